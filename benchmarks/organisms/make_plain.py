"""Make `plain.jsonl`: the prompts of `gloom.jsonl`, answered by the model itself.

python benchmarks/organisms/make_plain.py
"""

from examples import Example, read_examples, write_examples
from subject import greedy_answers, load_subject

NEW_TOKENS = 48
"""About the length of a gloomy answer, so that both organisms learn from as many tokens."""


def main() -> None:
    """Answer every prompt greedily and write the examples."""
    subject = load_subject()
    prompts = [example.prompt for example in read_examples("gloom")]
    answers = greedy_answers(subject, prompts, NEW_TOKENS)
    examples = [
        Example(prompt, subject.renderer.decode(answer.ids), answer.ended)
        for prompt, answer in zip(prompts, answers, strict=True)
    ]
    write_examples("plain", examples)
    print(f"{len(examples)} answers, {sum(example.ends for example in examples)} of them whole")


if __name__ == "__main__":
    main()
