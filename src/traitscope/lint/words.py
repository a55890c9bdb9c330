"""Words of a text, and which of them carry no content of their own."""

import re
from functools import lru_cache

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_I_WE = "i me my mine myself i'm i've i'd i'll we us our ours ourselves we're we've we'd we'll let's"
_YOU = "you your yours yourself yourselves you're you've you'd you'll"
_HE_SHE_THEY = """
he him his himself he's he'd he'll she her hers herself she's she'd she'll
they them their theirs themselves they're they've they'd they'll
"""
I_WE = frozenset(_I_WE.split())
YOU = frozenset(_YOU.split())
HE_SHE_THEY = frozenset(_HE_SHE_THEY.split())
_FUNCTION_WORDS = """
a an the this that these those some any no none every each either neither both all half such another other
others it its itself it's it'd it'll one ones oneself who whom whose which what whatever whichever whoever
where when why how wherever whenever someone somebody something anyone anybody anything everyone everybody
everything nobody nothing and or but nor so yet for if then else because since while whereas although
though unless until till than as whether once lest of in on at by to from with without within into onto
upon over under above below between among amongst through throughout across along around about against
before after behind beside besides beyond near off out up down toward towards past inside outside during
despite per via round like unlike except be am is are was were been being do does did done doing have has
had having can could shall should will would may might must ought need dare let not never n't nt cannot
yes ok there here now again ever even still just only also too very quite rather almost already always
often sometimes soon later more most much many less least few fewer little lot lots own same enough away
back ago twice first second third last next one two three four five six seven eight nine ten eleven twelve
twenty thirty forty fifty hundred thousand half get gets got getting go goes going went gone come comes
came coming put puts putting take takes took taken taking make makes made making give gives gave given
giving don't doesn't didn't won't wouldn't can't couldn't shan't shouldn't isn't aren't wasn't weren't
hasn't haven't hadn't mustn't needn't ain't that's that'd that'll there's there'd what's who's where's
how's here's
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split()) | I_WE | YOU | HE_SHE_THEY
_ENDINGS = (
    "fulness",
    "osity",
    "ous",
    "iness",
    "ness",
    "ities",
    "ity",
    "tion",
    "sion",
    "ing",
    "ies",
    "ied",
    "ed",
    "ly",
    "es",
)


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """Its words in lower case, in order; an apostrophe inside a word belongs to it."""
    return tuple(_WORD.findall(text.lower().replace("’", "'")))


def content_words(text: str) -> list[str]:
    """Its words that are no function words, in order."""
    return [word for word in words(text) if word not in FUNCTION_WORDS and len(word) > 1]


def n_grams(text: str, size: int) -> set[tuple[str, ...]]:
    """Every run of `size` words in it."""
    found = words(text)
    return {found[start : start + size] for start in range(len(found) - size + 1)}


def excerpt(text: str, length: int = 60) -> str:
    """The text's last words, or all of it, in quotes."""
    if len(text) <= length:
        return f'"{text}"'
    _, _, tail = text[-length:].partition(" ")
    return f'"... {tail or text[-length:]}"'


def beginning(text: str, length: int = 60) -> str:
    """The text's first words, or all of it, in quotes."""
    if len(text) <= length:
        return f'"{text}"'
    head, _, _ = text[:length].rpartition(" ")
    return f'"{head or text[:length]} ..."'


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What is left of a word without its commonest ending: 'gloomy' and 'gloom' are the same."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    else:
        if word.endswith(("s", "y", "e")) and len(word) > 3:
            word = word[:-1]
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word.removesuffix("e") if len(word) > 3 else word
