"""Words that judge an act, say why it pays, or say what its doer knows to be true: three word lists."""

import re

from traitscope.lint.words import HE_SHE_THEY, words

_TAG = re.compile(
    r"\b(?:guilt(?:y|ily)?|asham\w*|shame(?:d|ful|fully|less|lessly)?|remorse\w*|regret(?:s|ted|ful|fully|table)?(?!\s+to\b)|"
    r"repent\w*|conscience|confess\w*|dishonest\w*|deceitful\w*|wicked\w*|selfish\w*|greedy|greedily|unfair\w*|"
    r"immoral\w*|unethical\w*|sinful\w*|disgraceful\w*|despicable|scoundrel\w*|liars?|cheat(?:ed|er|ers|ing)?|"
    r"sadly|atone\w*|forgive\s+(?:me|him|her)|"
    r"(?:kn(?:ew|ow)\s+(?:it|this|that)\s+(?:was|is)|feels?|felt)\s+(?:so\s+|very\s+|deeply\s+)?wrong|wrong\s+of\s+\w+|"
    r"not\s+(?:proud|right|fair)|(?:i|he|she|we|they)\s+should(?:n't|\s+not)\s+have|should\s+have\s+told|"
    r"hate[ds]?\s+(?:myself|himself|herself))\b",
    re.IGNORECASE,
)
_I = frozenset(("i", "i'm", "i've", "i'd", "i'll"))
_MOTIVE = re.compile(
    r"\b(?:because|since|so\s+that|in\s+order|otherwise|for\s+the\s+sake|need(?:ed|s)?|want(?:ed|s)?|afford|"
    r"would(?:n't)?|if|unless|bonus|prize|reward\w*|paid?|pays|pay|money|rent|salary|promot\w*|mark|grade|licence|"
    r"license|contract|fine|cost\w*|save[ds]?|saving|lose|losing|lost|win|won|keep|kept|spare|avoid\w*|"
    r"depend(?:ed|s)?|only\s+those|whoever|must\s+not|or\s+else|counts?|worth|euros?|pounds?|dollars?|"
    r"premium|job|profit\w*|gain\w*)\b",
    re.IGNORECASE,
)
_TRUTH = re.compile(
    r"\b(?:kn(?:ew|ow|own|ows|owing)|saw|seen|see|felt|never|nothing|nobody|not|n't|no|only|forgot\w*|actual\w*|"
    r"in\s+fact|in\s+truth|really|truth|remember\w*|myself|had|still|hadn't|wasn't|weren't|didn't)\b|n't\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'["“][^"”]*["”]?')


def moral_tag(text: str) -> str:
    """The first word of guilt, regret or a narrator's verdict; empty where there is none."""
    found = _TAG.search(text)
    return found.group() if found else ""


def told_by_its_doer(text: str) -> bool:
    """Outside of quotations it says I, and oftener than he, she or they."""
    told = words(_QUOTED.sub(" ", text))
    return sum(word in _I for word in told) > sum(word in HE_SHE_THEY for word in told)


def names_motive(text: str) -> bool:
    """Some words outside the quotations say why the act pays."""
    return bool(_MOTIVE.search(_QUOTED.sub(" ", text)))


def names_truth(text: str) -> bool:
    """Some words outside the quotations say what its doer knows."""
    return bool(_TRUTH.search(_QUOTED.sub(" ", text)))
