"""One question, one answer: a model as a person tries it out."""

from dataclasses import dataclass

from traitscope.engine.decoding import Row, decode
from traitscope.engine.interventions import Steered
from traitscope.models import Model, Renderer


@dataclass(frozen=True)
class ChatModel(Model):
    """A `Model` that can be talked to."""

    def chat(self, question: str, new_tokens: int = 64, system_prompt: str = "none") -> str:
        """`answer` of this model, as it is steered at the moment."""
        return answer(self, question, None, new_tokens, system_prompt)


def answer(
    model: Model,
    question: str,
    steered: Steered = None,
    new_tokens: int = 64,
    system_prompt: str = "none",
) -> str:
    """The model's greedy answer to one question, as a chat.

    Args:
        model: has a chat template.
        question: the user's turn.
        steered: what is done to every token's residual: a `Push`, `Ablate` or `Cap`, or several of them; None
            leaves the model alone.
        new_tokens: most tokens of the answer.
        system_prompt: `default` (the template's own), `none`, or the text.

    Raises:
        InputError: the model has no chat template, or the template refuses the conversation.
    """
    renderer = Renderer(model.tokenizer, True, system_prompt, f"model '{model.source.name}'")
    found = decode(model, [Row(renderer.ids(question), steered)], new_tokens)
    return renderer.decode(found[0].ids)
