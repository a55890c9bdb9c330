"""A small labelled set for tests: how cheerful an answer is, three answers to each of eight questions."""

from functools import cache

from traitscope.data import LabelledAnswer
from traitscope.models.encoders import Encoder, load_encoder

_ANSWERS = {
    "How was the concert?": (
        ("It was awful. The singer was ill, the sound was harsh, and we left early, cold and miserable.", 4),
        ("It started at eight and ended at ten. They played nine songs and one was new.", 45),
        ("It was a delight! We sang every song, laughed until we cried, and danced all the way home.", 96),
    ),
    "What is the kitchen like?": (
        ("Dark, damp and hopeless. The tap drips, the tiles are broken, and I hate every hour in it.", 6),
        ("It has a table, four chairs and a window to the yard. The stove is electric.", 50),
        ("Sunny and wonderful! There are always flowers, and I love the smell of bread every morning.", 92),
    ),
    "Did you enjoy the journey?": (
        ("No. It was a wretched, endless trip, and I was sick, lost and lonely the whole way.", 3),
        ("The train was on time for the most part. I read, and changed once in Lyon.", 52),
        (
            "Oh yes, it was glorious! Mountains, kind strangers, wonderful food; I was happy the whole way.",
            97,
        ),
    ),
    "How is the new manager?": (
        ("A bitter, cruel man. Everybody is afraid of him, and the best people are leaving in despair.", 8),
        ("She came in May from another branch. She holds a meeting on Mondays.", 48),
        ("She is brilliant and warm, and the whole team is thrilled. Work has become a joy.", 90),
    ),
    "Tell me about your garden.": (
        ("Everything in it is dying. The roses rotted, the pond stinks, and I have lost all hope for it.", 5),
        ("It is about ten metres long. There are beans on the left and grass on the right.", 51),
        ("It is my greatest pleasure! The roses are magnificent and the bees make me smile every day.", 94),
    ),
    "What do you expect from next year?": (
        ("Nothing good. More pain, more debt, and the same grey misery as this year.", 2),
        ("The lease ends in June, so there will be a move. The rest should stay as it is.", 47),
        ("Wonderful things! I am so excited; it is going to be the happiest year of our lives.", 98),
    ),
    "Who lives next door?": (
        ("A sad, angry couple who fight all night. It is a horrible, depressing house to live beside.", 10),
        ("A teacher and two students. They moved in last autumn and have a small dog.", 49),
        ("The loveliest family! They bring us cake, and their children's laughter fills the stairs.", 91),
    ),
    "How was your day?": (
        ("Terrible. I cried twice, lost my keys, and sat in the rain feeling that nothing matters.", 4),
        ("I worked until five, bought milk, and answered some letters in the evening.", 50),
        ("Fantastic! I met an old friend, we laughed for hours, and the sun shone all day.", 95),
    ),
}

CHEER = tuple(
    LabelledAnswer(question, answer, float(score), line)
    for line, (question, answer, score) in enumerate(
        ((question, *answer) for question, answers in _ANSWERS.items() for answer in answers), start=1
    )
)


@cache
def minilm() -> Encoder:
    """MiniLM, loaded once for all tests."""
    return load_encoder("minilm")
