"""The bank of scenes on neutral topics: contrasts of these are directions that mean no listed trait.

`shipped/neutral_topics/TOPIC.txt` holds a half-written scene a line, as a pole of a trait does.
"""

from dataclasses import dataclass

from traitscope.data.scenes import Scene, read_scenes
from traitscope.experiment.layout import SHIPPED

FOLDER = SHIPPED / "neutral_topics"


@dataclass(frozen=True)
class Bank:
    """Scenes of unrelated topics.

    Attributes:
        topics: names, in order.
        scenes: of all topics, one topic after the other.
        topic_of: number of each scene's topic.
    """

    topics: tuple[str, ...]
    scenes: tuple[Scene, ...]
    topic_of: tuple[int, ...]


def load_bank() -> Bank:
    """The shipped bank.

    Raises:
        InputError: a file cannot be used.
    """
    files = sorted(FOLDER.glob("*.txt"))
    by_topic = [read_scenes(path)[0] for path in files]
    return Bank(
        tuple(path.stem for path in files),
        tuple(scene for scenes in by_topic for scene in scenes),
        tuple(number for number, scenes in enumerate(by_topic) for _ in scenes),
    )
