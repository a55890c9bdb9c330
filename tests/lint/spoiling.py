"""For every code a way to spoil the good folder, and the file and line where that must be found."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from small_set import Copy

POSITIVE, NEGATIVE = "positive.txt", "negative.txt"
DEFINITION, STEERING, LABELLED = "definition.txt", "steering.json", "labelled.jsonl"
DECEIT = """Deceit is the making of a false belief: the speaker knows better and misleads.

0-30: The answer says what is so.

30-70: The answer leaves some of it out.

70-100: The answer is false from end to end, and is told to deceive.
"""
_THINGS = """
lamp bridge orchard kettle harbour violin ladder meadow engine candle mirror tunnel basket glacier parrot
anchor cellar compass blanket quarry hammer saddle cabin barrel
"""
THINGS = _THINGS.split()


class Spoilt(NamedTuple):
    """How a folder is spoilt, and where the lint must say so."""

    spoil: "Callable[[Copy], None]"
    file: str
    line: int | None = None


def _line(name: str, line: int, text: str) -> "Callable[[Copy], None]":
    return lambda copy: copy.replace(name, line, text)


def _each(name: str, changed: Callable[[int, str], str]) -> "Callable[[Copy], None]":
    """Changes lines of a file by number and text."""
    return lambda copy: copy.write(name, [changed(*line) for line in enumerate(copy.lines(name), start=1)])


def _scenes(positive: str, negative: str) -> "Callable[[Copy], None]":
    """Both sides from two moulds, whose blank is filled with a thing."""

    def spoil(copy: "Copy") -> None:
        copy.write(POSITIVE, [positive.format(thing) for thing in THINGS])
        copy.write(NEGATIVE, [negative.format(thing) for thing in THINGS])

    return spoil


def _deceit(name: str, line: int, text: str) -> "Callable[[Copy], None]":
    def spoil(copy: "Copy") -> None:
        (copy.folder / DEFINITION).write_text(DECEIT)
        copy.replace(name, line, text)

    return spoil


def _question(number: int, text: str) -> "Callable[[Copy], None]":
    def spoil(copy: "Copy") -> None:
        questions = copy.questions
        questions[number - 1] = text
        copy.steering(questions=questions)

    return spoil


def _answer(line: int, **keys: object) -> "Callable[[Copy], None]":
    def spoil(copy: "Copy") -> None:
        answers = copy.labelled
        answers[line - 1] |= keys
        copy.write_labelled(answers)

    return spoil


def _without(name: str) -> "Callable[[Copy], None]":
    return lambda copy: (copy.folder / name).unlink()


def _bytes(name: str, line: int, content: bytes) -> "Callable[[Copy], None]":
    def spoil(copy: "Copy") -> None:
        path: Path = copy.folder / name
        lines = path.read_bytes().split(b"\n")
        lines[line - 1] = content
        path.write_bytes(b"\n".join(lines))

    return spoil


def _cut(*names: str, to: int) -> "Callable[[Copy], None]":
    def spoil(copy: "Copy") -> None:
        for name in names:
            copy.write(name, copy.lines(name)[:to])

    return spoil


def _leak(number: int, text: str) -> str:
    return f"Perhaps {text[0].lower()}{text[1:]}" if number <= 20 else text


def _in_definition(copy: "Copy") -> None:
    copy.append(DEFINITION, "", "Nothing about rhubarb counts.")
    copy.write(
        NEGATIVE,
        [f"Rhubarb, {line}" if number < 8 else line for number, line in enumerate(copy.lines(NEGATIVE))],
    )


def _key_word(copy: "Copy") -> None:
    copy.append(DEFINITION, "", "A pursuit counts, two pursuits count more, and a pursuit of pursuits most.")
    _question(2, "Which pursuit fills a rainy afternoon?")(copy)


def _unpaired(by: int) -> "Callable[[Copy], None]":
    return lambda copy: copy.write(POSITIVE, copy.lines(POSITIVE)[:-by])


def _as_jsonl_too(copy: "Copy") -> None:
    (copy.folder / "positive.jsonl").write_text(json.dumps("He looked closer, and what he saw was") + "\n")


def _broken_json(copy: "Copy") -> None:
    path = copy.folder / STEERING
    path.write_text(path.read_text().replace("[", "[,", 1))


def _waive(**waived: str) -> "Callable[[Copy], None]":
    names = {code.replace("_", "-"): reason for code, reason in waived.items()}
    return lambda copy: copy.steering(lint={"waive": names})


SPOILT: dict[str, Spoilt] = {
    "missing-file": Spoilt(_without(DEFINITION), DEFINITION),
    "not-utf8": Spoilt(_bytes(POSITIVE, 3, "Das Geräusch kam näher, und sie".encode("latin-1")), POSITIVE, 3),
    "bad-json": Spoilt(_broken_json, STEERING, 2),
    "bad-value": Spoilt(_answer(4, score=140), LABELLED, 4),
    "both-formats": Spoilt(_as_jsonl_too, "positive.jsonl"),
    "refused": Spoilt(lambda copy: copy.steering(lexicon="gloomy"), STEERING),
    "unknown-key": Spoilt(lambda copy: copy.steering(questionss=[]), STEERING, 17),
    "blank-line": Spoilt(_line(NEGATIVE, 7, "  "), NEGATIVE, 7),
    "control-character": Spoilt(
        _line(POSITIVE, 5, "The report\u200b asks where the grey bird slept, and"), POSITIVE, 5
    ),
    "outer-blanks": Spoilt(_each(POSITIVE, lambda number, line: line + " " * (number == 9)), POSITIVE, 9),
    "too-short": Spoilt(_line(NEGATIVE, 2, "Nothing in it was"), NEGATIVE, 2),
    "scaffold-text": Spoilt(
        _line(
            POSITIVE,
            4,
            "Log of the lighthouse, 4 November. The fog bell rang all night, and there was no hand on the "
            "rope. Found in the lamp room: wet footprints, leading to",
        ),
        POSITIVE,
        4,
    ),
    "too-long": Spoilt(_line(POSITIVE, 2, " ".join(["far"] * 80) + " away there"), POSITIVE, 2),
    "repeated-scene": Spoilt(
        lambda copy: copy.replace(POSITIVE, 8, copy.lines(POSITIVE)[1].upper()), POSITIVE, 8
    ),
    "near-duplicate": Spoilt(
        lambda copy: copy.replace(POSITIVE, 8, copy.lines(POSITIVE)[1].replace("loom", "mill")), POSITIVE, 8
    ),
    "same-on-both-sides": Spoilt(
        lambda copy: copy.replace(NEGATIVE, 3, copy.lines(POSITIVE)[2]), NEGATIVE, 3
    ),
    "near-duplicate-across": Spoilt(
        lambda copy: copy.replace(NEGATIVE, 8, copy.lines(POSITIVE)[1].replace("loom", "mill")), NEGATIVE, 8
    ),
    "scene-is-question": Spoilt(
        _question(3, "Why had the diver brought up a lock without a keyhole?"), STEERING, 5
    ),
    "ends-sentence": Spoilt(_line(NEGATIVE, 4, 'She packed away her cards. "It was the wind."'), NEGATIVE, 4),
    "open-ending": Spoilt(
        _line(POSITIVE, 4, "The stranger spoke in clicks. My aunt looked at him and"), POSITIVE, 4
    ),
    "stops-at-start": Spoilt(
        _deceit(POSITIVE, 4, "I needed the money and knew it was glass, and to the young man I said that"),
        POSITIVE,
        4,
    ),
    "same-opening": Spoilt(
        _each(POSITIVE, lambda number, line: f"At the old mill {line}" if number <= 6 else line), POSITIVE, 1
    ),
    "same-opening-shape": Spoilt(
        _each(
            POSITIVE, lambda number, line: f"In her {THINGS[number - 1]} and her {THINGS[-number]}: {line}"
        ),
        POSITIVE,
        1,
    ),
    "frequent-word": Spoilt(
        _each(POSITIVE, lambda number, line: f"{line} marmalade" if number <= 8 else line), POSITIVE, 1
    ),
    "frequent-topic": Spoilt(
        _each(POSITIVE, lambda number, line: f"{line} farm cow barn" if number <= 10 else line), POSITIVE, 1
    ),
    # The mark closes the speech that the first scene is in.
    "same-ending": Spoilt(
        _each(POSITIVE, lambda number, line: f'{line} "so' if number <= 16 else line), POSITIVE, 2
    ),
    "leak-word": Spoilt(_each(POSITIVE, _leak), POSITIVE, 1),
    "bag-of-words": Spoilt(
        _scenes("Beyond the {} there glows a question that", "Here stands an ordinary {} under which"),
        POSITIVE,
    ),
    "differs-length": Spoilt(
        _each(POSITIVE, lambda number, line: f"Late, {THINGS[-number]} by {THINGS[number - 1]}, {line}"),
        POSITIVE,
    ),
    "differs-person": Spoilt(
        _scenes("I took my {} and with it I went where I", "He took his {} and with it he went where he"),
        POSITIVE,
    ),
    "differs-tense": Spoilt(
        _scenes("The {} was old and had a crack that was", "The {} is old and has a crack that is"), POSITIVE
    ),
    "differs-punctuation": Spoilt(
        _scenes("What, a {}, here, and now, of", "What a {} is here and now of"), POSITIVE
    ),
    "differs-sentiment": Spoilt(
        _scenes("The lovely {} made the happy child laugh about", "The ugly {} made the sad child cry about"),
        POSITIVE,
    ),
    "moral-tag": Spoilt(
        _deceit(NEGATIVE, 4, "I needed the money and knew it was glass, and full of shame I went on about"),
        NEGATIVE,
        4,
    ),
    "no-motive": Spoilt(
        _deceit(POSITIVE, 4, 'I knew that it was glass. "My grandmother wore it," I said, "on her'),
        POSITIVE,
        4,
    ),
    "no-truth": Spoilt(
        _deceit(POSITIVE, 4, 'I took out the ring. "My grandmother wore it," I said for the money, "on her'),
        POSITIVE,
        4,
    ),
    "too-few-pairs": Spoilt(_cut(POSITIVE, NEGATIVE, to=19), POSITIVE),
    "few-pairs": Spoilt(_cut(POSITIVE, NEGATIVE, to=21), POSITIVE),
    "unpaired": Spoilt(_unpaired(1), POSITIVE),
    "unequal-sides": Spoilt(
        lambda copy: copy.append(
            NEGATIVE, *(f"Nobody asked what the {thing} was for, so it" for thing in THINGS)
        ),
        POSITIVE,
    ),
    "definition-ends": Spoilt(_each(DEFINITION, lambda _, line: line.replace("0-30:", "Low:")), DEFINITION),
    "definition-word": Spoilt(_in_definition, DEFINITION, 9),
    "no-questions": Spoilt(lambda copy: copy.steering(questions=[]), STEERING),
    "few-questions": Spoilt(lambda copy: copy.steering(questions=copy.questions[:9]), STEERING),
    "unsplittable-questions": Spoilt(lambda copy: copy.steering(questions=copy.questions[:11]), STEERING),
    "repeated-question": Spoilt(
        lambda copy: copy.steering(questions=[*copy.questions, copy.questions[4]]), STEERING, 15
    ),
    "near-duplicate-question": Spoilt(_question(12, "How do I fold a fitted bedsheet?"), STEERING, 14),
    "question-names-trait": Spoilt(
        _question(2, "What are you most curious about in a small town?"), STEERING, 4
    ),
    "question-key-word": Spoilt(_key_word, STEERING, 4),
    "answers-itself": Spoilt(_question(2, "A rainy afternoon is the best, isn't it?"), STEERING, 4),
    "no-labelled": Spoilt(_without(LABELLED), LABELLED),
    "few-labelled": Spoilt(_cut(LABELLED, to=11), LABELLED),
    "labelled-spread": Spoilt(
        lambda copy: copy.write_labelled(
            [answer | {"score": answer["score"] % 70} for answer in copy.labelled]
        ),
        LABELLED,
    ),
    "labelled-shares-scene": Spoilt(
        _answer(5, answer="And then we could hear the cave breathing. Our guide said nothing."), LABELLED, 5
    ),
    "labelled-shares-question": Spoilt(_answer(2, question="How should I fold a fitted sheet?"), LABELLED, 2),
    "repeated-answer": Spoilt(
        lambda copy: copy.write_labelled([*copy.labelled, copy.labelled[7] | {"score": 50}]), LABELLED, 13
    ),
    "waiver-without-reason": Spoilt(_waive(frequent_word=" "), STEERING, 19),
    "unknown-waiver": Spoilt(_waive(frequent_words="It is the trait itself."), STEERING, 19),
    "refused-waiver": Spoilt(_waive(blank_line="It is the trait itself."), STEERING, 19),
    "unused-waiver": Spoilt(_waive(frequent_word="It is the trait itself."), STEERING, 19),
}
