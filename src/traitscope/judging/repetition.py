"""How much of a text is new: loops, stuttering and one endless word are not."""

GRAM = 8
"""Characters in a run that is looked for twice: longer than nearly every word with its spaces, so that plain
English hardly repeats one, and shorter than any sentence, so that a loop repeats nearly all of them."""
LONGEST_WORD = 40
"""Letters past which a word is noise: no answer in prose needs a longer one."""


def novelty(text: str) -> float:
    """Share, 0 to 1, of the text's 8-character runs that occur for the first time.

    1 for a text too short to repeat anything; 0 for one endless word, and for a text without a letter.
    """
    words = text.lower().split()
    plain = " ".join(words)
    if not any(character.isalnum() for character in plain) or max(map(len, words)) > LONGEST_WORD:
        return 0.0
    grams = [plain[start : start + GRAM] for start in range(len(plain) - GRAM + 1)]
    return len(set(grams)) / len(grams) if grams else 1.0
