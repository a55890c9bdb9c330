"""Open an experiment: from a file, a folder or a name to a config, its paths and its once-resolved facts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitscope.config import Config, nearest, read_config
from traitscope.errors import InputError
from traitscope.experiment.artefact import FORMAT, read_manifest
from traitscope.experiment.files import write_bytes, write_json
from traitscope.experiment.layout import EXAMPLES, EXPERIMENTS, SHIPPED, Layout


@dataclass(frozen=True)
class Experiment:
    """One experiment: what its file says and where its things are.

    Attributes:
        config: the checked file.
        file: the file it was read from.
        beside: input paths are looked for here first, then among the shipped ones.
        layout: output paths.
    """

    config: Config
    file: Path
    beside: Path
    layout: Layout

    def input(self, kind: str, name: str, forms: Sequence[str] = ("",)) -> Path:
        """Where the input `kind/name` is: beside the file, else among the shipped data.

        Args:
            forms: how its file's name may end behind `name`.

        Raises:
            InputError: it is in neither place (the nearest name is offered), or in one of them in two forms.
        """
        for place in self._places(kind):
            found = [path for path in _in_forms(place, name, forms) if path.exists()]
            if len(found) > 1:
                both = " and ".join(path.name for path in found)
                raise InputError(
                    f"{self.file}: {kind}/{name}", f"{both} are both in {found[0].parent}", "keep one of them"
                )
            if found:
                return found[0]
        close = self._near(kind, name, forms)
        endings = f", as {', '.join(forms)}" if len(forms) > 1 else ""
        raise InputError(
            f"{self.file}: {kind}/{name}",
            f"does not exist {self._beside_what} (in {self.beside}) nor among the shipped {kind}{endings}",
            f"did you mean '{close}'?" if close else f"put it into {self.beside / kind}",
        )

    def lacks(self, kind: str, name: str, forms: Sequence[str] = ("",)) -> bool:
        """Whether an input is still to be written: it is nowhere, nor is one of nearly its name."""
        places = self._places(kind)
        here = any(path.exists() for place in places for path in _in_forms(place, name, forms))
        return not here and not self._near(kind, name, forms)

    def _places(self, kind: str) -> tuple[Path, Path]:
        return self.beside / kind, SHIPPED / kind

    def _near(self, kind: str, name: str, forms: Sequence[str]) -> str | None:
        here = [path.name for place in self._places(kind) if place.is_dir() for path in place.iterdir()]
        known = {one.removesuffix(form) for one in here for form in forms if one.endswith(form)}
        return nearest(Path(name).name, sorted(known))

    @property
    def _beside_what(self) -> str:
        """What a user puts inputs beside; where an example lies is none of her business."""
        shipped = self.file.parent == EXAMPLES
        return "in the folder you started from" if shipped else "beside the experiment file"

    def adapter(self, name: str) -> Path | None:
        """Where an adapter's folder is: as a path beside the file, else among the shipped data.

        None where no folder can be meant, because the one it would lie in exists in neither place: it may
        then be the id of an adapter on a hub.
        """
        places = [place / Path(name).expanduser() for place in (self.beside, SHIPPED)]
        for folder in places:
            if folder.is_dir():
                return folder
        meant = Path(name).is_absolute() or name.startswith((".", "~")) or "/" not in name
        return places[0] if meant or any(folder.parent.is_dir() for folder in places) else None

    def resolved(self) -> dict[str, Any]:
        """What was decided once when the experiment first ran (threads, batch size, dtypes); empty before."""
        found = read_manifest(self.layout.record)
        return dict(found["resolved"]) if found else {}

    def resolved_variants(self) -> dict[str, dict[str, Any]]:
        """Variant -> what was decided once of it: model, dtype, device, and the commits that the hub gave."""
        return dict(self.resolved().get("variants", {}))

    def record(self, resolved: dict[str, Any]) -> None:
        """Keep the file's copy, where it came from, and what was resolved."""
        content = self.file.read_bytes()
        if not self.layout.config.exists() or self.layout.config.read_bytes() != content:
            write_bytes(self.layout.config, content)
        record = {"format": FORMAT, "beside": str(self.beside), "resolved": resolved}
        if read_manifest(self.layout.record) != record:
            write_json(self.layout.record, record)


def open_experiment(name: str | Path) -> Experiment:
    """Open an experiment named by its file, by its folder, by its name under `experiments/`, or an example.

    Inputs of an example are looked for in the current folder, where its outputs go.

    Raises:
        InputError: there is no such experiment, or its file has a mistake.
    """
    path = Path(name)
    if path.is_file():
        return _open_file(path)
    for folder in (path, EXPERIMENTS / path):
        if (folder / "experiment.yaml").is_file():
            return _open_folder(folder)
    examples = {example.stem: example for example in sorted(EXAMPLES.glob("*.yaml"))}
    if str(name) in examples:
        return _open_example(examples[str(name)])
    known = [found.name for found in sorted(EXPERIMENTS.glob("*")) if (found / "experiment.yaml").is_file()]
    known += examples
    close = nearest(path.name, known)
    raise InputError(
        f"experiment '{name}'",
        "is neither a file, a folder with an experiment.yaml, a name under experiments/, nor an example",
        f"did you mean '{close}'?" if close else "write one with: traitscope new NAME",
    )


def _in_forms(place: Path, name: str, forms: Sequence[str]) -> list[Path]:
    return [place / f"{name}{form}" for form in forms]


def _open_file(file: Path) -> Experiment:
    config = read_config(file)
    if file.name == "experiment.yaml" and file.parent.resolve().parent == EXPERIMENTS.resolve():
        return _open_folder(file.parent)
    return Experiment(config, file, file.parent.resolve(), Layout(EXPERIMENTS / config.name))


def _open_example(file: Path) -> Experiment:
    config = read_config(file)
    return Experiment(config, file, Path().resolve(), Layout(EXPERIMENTS / config.name))


def _open_folder(folder: Path) -> Experiment:
    layout = Layout(folder)
    config = read_config(layout.config)
    record = read_manifest(layout.record)
    beside = Path(record["beside"]) if record else folder.resolve()
    return Experiment(config, layout.config, beside, layout)
