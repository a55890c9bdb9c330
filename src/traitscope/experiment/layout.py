"""Where everything of one experiment is."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

SHIPPED = Path(__file__).parent.parent / "shipped"
EXAMPLES = SHIPPED / "examples"
EXPERIMENTS = Path("experiments")


@dataclass(frozen=True)
class Layout:
    """Paths under `experiments/NAME`; nothing else in traitscope knows their shape."""

    root: Path

    @property
    def config(self) -> Path:
        """The copy of the experiment file."""
        return self.root / "experiment.yaml"

    @property
    def record(self) -> Path:
        """Where the file came from and what was resolved once."""
        return self.root / "experiment.json"

    @property
    def imported(self) -> Path:
        """What is known of captures that others made, where the experiment was imported."""
        return self.root / "imported.json"

    @property
    def summary(self) -> Path:
        """The figures, as others may rely on them."""
        return self.root / "summary.json"

    @property
    def lock(self) -> Path:
        """Held by the one process that writes."""
        return self.root / "lock"

    def model(self, name: str) -> Path:
        """The small files of a variant's model and adapter: how it renders, how large it is; no weights."""
        return self.root / "models" / name

    @property
    def judge_cache(self) -> Path:
        """Judgements that were paid for."""
        return self.root / "judge-cache.sqlite"

    @property
    def archive(self) -> Path:
        """Replaced artefacts."""
        return self.root / "archive"

    def replaced(self, folder: Path) -> list[Path]:
        """Where results that once lay in a folder lie in the archive, oldest first."""
        place = folder.relative_to(self.root)
        # The times they are named by sort as text.
        moments = sorted(self.archive.iterdir()) if self.archive.is_dir() else []
        return [moment / place for moment in moments if (moment / place).is_dir()]

    @property
    def report(self) -> Path:
        """The page, its Markdown and its figures."""
        return self.root / "report"

    def extract(self, trait: str, variant: str) -> Path:
        """A trait's completions, activations and directions."""
        return self.root / "extract" / trait / variant

    def bank(self, variant: str) -> Path:
        """Residuals of the shipped scenes on neutral topics."""
        return self.root / "bank" / variant

    def against(self, trait: str, variant: str, wording: Path) -> Path:
        """Completions of another wording of a trait's scenes; folders of one name stay apart."""
        folder = wording.resolve()
        place = sha256(str(folder).encode(errors="surrogateescape")).hexdigest()[:8]
        return self.extract(trait, variant) / "against" / f"{folder.name}-{place}"

    def check(self, trait: str, judge: str) -> Path:
        """What became of a judge on answers with known scores."""
        return self.root / "judges" / trait / judge

    def settings_check(self, trait: str, way: str) -> Path:
        """A sample of a trait's answers under other settings; no figure rests on it."""
        return self.root / "settings" / trait / way

    def steer(self, trait: str, variant: str) -> Path:
        """A trait's steered answers and their scores."""
        return self.root / "steer" / trait / variant

    def choices(self, variant: str) -> Path:
        """What a variant, unsteered, answers to multiple-choice items; kept for all traits."""
        return self.root / "steer" / f"{variant}.choices.jsonl"

    def answers(self, variant: str, prompts: str) -> Path:
        """A variant's own answers to a prompt set, and its reading of them."""
        return self.root / "infer" / variant / prompts / "own"

    def reading(self, reader: str, prompts: str, writer: str) -> Path:
        """`reader`'s reading of `writer`'s answers (of its own where they are the same)."""
        folder = "own" if reader == writer else f"read-{writer}"
        return self.root / "infer" / reader / prompts / folder

    def given(self, texts: str, variant: str) -> Path:
        """A variant's reading of texts that existed already."""
        return self.root / "read" / texts / variant

    def comparison(self, before: str, after: str, prompts: str) -> Path:
        """What changed from one variant to another."""
        return self.root / "compare" / f"{before}_vs_{after}" / prompts
