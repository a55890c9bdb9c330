"""Are the questions many, different, and silent about the trait?"""

import re
from collections import Counter
from collections.abc import Iterator

from traitscope.config.lint import LintSettings
from traitscope.data.duplicates import near_duplicates
from traitscope.lint import codes
from traitscope.lint.draft import Draft
from traitscope.lint.finding import Finding
from traitscope.lint.words import FUNCTION_WORDS, beginning, content_words, stem, words


def questions(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    """Counts, repeats and the trait's name are exact; key words and leading questions are heuristics."""
    yield from _counts(draft, settings)
    yield from _repeats(draft, settings)
    name, keys = name_stems(draft.name), key_stems(draft.definition)
    for question in draft.questions:
        start = beginning(question.text, 50)
        named = [word for word in words(question.text) if stem(word) in name]
        key = [word for word in content_words(question.text) if stem(word) in keys - name]
        if named:
            what = f'{start} has the trait\'s "{named[0]}"'
            yield codes.QUESTION_NAMES_TRAIT.found(draft.steering_file, question.line, what)
        if key:
            what = f'{start} has the definition\'s "{key[0]}"'
            yield codes.QUESTION_KEY_WORD.found(draft.steering_file, question.line, what)
        if answers_itself(question.text):
            what = f"{start} says what to answer"
            yield codes.ANSWERS_ITSELF.found(draft.steering_file, question.line, what)


def name_stems(name: str) -> set[str]:
    """Stems of the words of a trait's name that are the trait's: of honesty_observed, honesty's alone."""
    parts = [part for part in re.split(r"[\W_\d]+", name.lower()) if part and part not in FUNCTION_WORDS]
    return {stem(part) for part in parts if len(part) > 3 and part not in _OF_ANY_NAME}


def key_stems(definition: str) -> set[str]:
    """Stems of the words that a definition keeps coming back to, those of any definition aside."""
    counts = Counter(stem(word) for word in content_words(definition))
    return {root for root, count in counts.items() if count >= _KEY_WORD_TIMES} - _OF_ANY_DEFINITION


def answers_itself(question: str) -> bool:
    """It asks for assent: 'isn't it', 'don't you agree', 'surely', 'we all know'."""
    return bool(_ASKS_FOR_ASSENT.search(question) or _BEGINS_SURE.search(question))


_HOW_IT_IS_TOLD = """
self trait behaviour behavior intent intended expressed expression observed seen shown style mood tone state
first second third person
"""
_OF_ANY_NAME = frozenset(_HOW_IT_IS_TOLD.split())
"""What names say of how a trait is told, or of whom, and not what it is."""
_KEY_WORD_TIMES = 3
_SCALE_WORDS = """
answer answers score scores speaker writer person people text model reader words word sentence sentences say
says said near belongs belong count counts below above strong stronger weak shows show something thing
things matter whole part other others
"""
_OF_ANY_DEFINITION = frozenset(stem(word) for word in _SCALE_WORDS.split())
_ASKS_FOR_ASSENT = re.compile(
    r"(?:,\s*(?:right|no|yes|correct|eh|surely|"
    r"(?:is|are|was|were|do|does|did|have|has|had|can|could|will|would|should)(?:n't|n’t)?\s+"
    r"(?:it|he|she|they|you|we|i|there|that))|\bdon['’]t\s+you\s+(?:think|agree|find)\s+[^?]{8,})\?",
    re.IGNORECASE,
)
_BEGINS_SURE = re.compile(
    r"(?:^|[.;,]\s)(?:surely|clearly|obviously|of\s+course|we\s+all\s+know|everyone\s+(?:knows|says|agrees)|"
    r"isn['’]t\s+(?:it|a|the|this|that)\b|wouldn['’]t\s+(?:it|you)|would(?:n['’]t)?\s+you\s+(?:not\s+)?agree|"
    r"am\s+i\s+not|why\s+(?:do|would)\s+you\s+think\s+i['’]m\s+right|you\s+agree)",
    re.IGNORECASE,
)


def _counts(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    count, file = len(draft.questions), draft.steering_file
    if not count:
        what = "there are no questions" if file.exists() else "there is no such file"
        yield codes.NO_QUESTIONS.found(file, None, what)
    elif count < settings.few_questions:
        what = f"{count} question{'s' * (count != 1)}, fewer than {settings.few_questions}"
        yield codes.FEW_QUESTIONS.found(file, None, what)
    elif count < settings.split_questions:
        what = f"{count} questions, fewer than the {settings.split_questions} of a search and a report"
        yield codes.UNSPLITTABLE_QUESTIONS.found(file, None, what)


def _repeats(draft: Draft, settings: LintSettings) -> Iterator[Finding]:
    asked = draft.questions
    told = set()
    for first, second in near_duplicates([question.text for question in asked], settings.near_duplicate):
        if second in told:
            continue
        told.add(second)
        one, other = asked[first], asked[second]
        exact = one.text == other.text
        where = f"question {first + 1}" if one.line is None or one.line == other.line else f"line {one.line}"
        what = f"{beginning(other.text, 50)} {'repeats' if exact else 'is nearly'} {where}"
        code = codes.REPEATED_QUESTION if exact else codes.NEAR_DUPLICATE_QUESTION
        yield code.found(draft.steering_file, other.line, what)
