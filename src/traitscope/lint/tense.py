"""How much of a text is told in the past, guessed from its verbs."""

import re

from traitscope.lint.words import words

_PAST = """
was were had did said went came saw took told knew thought felt gave got made left kept held stood sat ran
began brought bought caught found fell heard lay led lost met paid read rose sang sold sent shook slept
spoke spent stole swam swore taught threw understood woke won wore wrote drew drove ate broke chose drank
flew forgot grew hid hung rang shut struck tore wasn't weren't hadn't didn't could would i'd he'd she'd
they'd we'd couldn't wouldn't leaned lit built burnt burst cut dealt dug fed fought froze laid leapt meant
rode sank shone shot smelt spat spread sprang stuck swept wept wound knelt crept bent bit blew bore bound
bred
"""
_PRESENT = """
is are am has have does do i'm it's he's she's they're we're you're isn't aren't don't doesn't hasn't
haven't i've we've they've you've will won't can can't says knows thinks feels takes goes comes sees makes
gives gets tells looks stands sits runs wants needs keeps holds finds hears leaves turns opens begins writes
asks i'll he'll she'll they'll we'll you'll there's that's what's
"""
PAST = frozenset(_PAST.split())
PRESENT = frozenset(_PRESENT.split())
_PAST_FORM = re.compile(r"[a-z]{3,}ed")
_FIRST_PERSON = re.compile(r"\bi (?:[a-z]+ )?([a-z]+)")
_QUOTED = re.compile(r'["“][^"”]*["”]?')


def past_share(text: str) -> float:
    """Past forms of all verbs that show a tense, 0 to 1; 0.5 where none does. Quotations do not count."""
    told = words(_QUOTED.sub(" ", text))
    if len(told) < 4:
        told = words(text)
    past = sum(word in PAST or bool(_PAST_FORM.fullmatch(word)) for word in told)
    present = sum(word in PRESENT for word in told)
    return past / (past + present) if past + present else 0.5
