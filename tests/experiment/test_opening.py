"""Experiments by file, folder and name, and where their inputs are then."""

from pathlib import Path

import pytest

from traitscope.errors import InputError
from traitscope.experiment import SHIPPED, Experiment, Layout, open_experiment

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def file(tmp_path: Path, config_text: str) -> Path:
    """The user's file, in a folder that is not the current one, with an adapter and a trait beside it."""
    folder = tmp_path / "study"
    (folder / "traits" / "envy").mkdir(parents=True)
    (folder / "lora" / "mine").mkdir(parents=True)
    (folder / "moods.yaml").write_text(config_text + "# my comment\n")
    return folder / "moods.yaml"


@pytest.fixture
def recorded(file: Path) -> Experiment:
    """As after its first run."""
    experiment = open_experiment(file)
    experiment.record({"threads": 2})
    return experiment


def test_a_file_opens_with_its_inputs_beside_it_and_its_outputs_below_the_current_folder(file: Path) -> None:
    experiment = open_experiment(file)
    assert experiment.config.name == "moods"
    assert experiment.beside == file.parent
    assert experiment.layout.root == Path("experiments/moods")
    assert not experiment.layout.root.exists()
    assert experiment.resolved() == experiment.resolved_variants() == {}


def test_a_run_keeps_a_copy_of_the_file_and_what_was_decided_once(file: Path, recorded: Experiment) -> None:
    assert recorded.layout.config.read_bytes() == file.read_bytes()
    assert recorded.resolved() == {"threads": 2}
    before = recorded.layout.record.stat().st_mtime_ns, recorded.layout.config.stat().st_mtime_ns
    recorded.record({"threads": 2})
    assert (recorded.layout.record.stat().st_mtime_ns, recorded.layout.config.stat().st_mtime_ns) == before


@pytest.mark.parametrize("name", ["moods", "experiments/moods", "experiments/moods/experiment.yaml"])
def test_by_name_folder_and_copy_the_inputs_are_still_beside_the_first_file(
    file: Path, recorded: Experiment, name: str
) -> None:
    experiment = open_experiment(name)
    assert experiment.config == recorded.config
    assert experiment.beside == file.parent
    assert experiment.layout.root.resolve() == Path("experiments/moods").resolve()
    assert experiment.resolved() == {"threads": 2}
    assert experiment.input("traits", "envy") == file.parent / "traits" / "envy"
    assert experiment.adapter("lora/mine") == file.parent / "lora" / "mine"


def test_what_was_decided_of_a_variant_is_told_by_its_name(recorded: Experiment) -> None:
    assert recorded.resolved_variants() == {}
    recorded.record({"threads": 2, "variants": {"base": {"model": "smollm2", "dtype": "float32"}}})
    assert recorded.resolved_variants() == {"base": {"model": "smollm2", "dtype": "float32"}}


def test_a_changed_file_replaces_the_copy_when_it_runs(file: Path, recorded: Experiment) -> None:
    file.write_text(file.read_text() + "seed: 3\n")
    assert open_experiment("moods").config.seed == 0
    changed = open_experiment(file)
    assert changed.config.seed == 3
    changed.record(changed.resolved())
    assert open_experiment("moods").config.seed == 3


def test_another_file_in_an_experiments_folder_is_the_one_that_opens(
    recorded: Experiment, config_text: str
) -> None:
    other = recorded.layout.root / "finer.yaml"
    other.write_text(config_text.replace("name: moods", "name: finer"))
    experiment = open_experiment(other)
    assert experiment.config.name == "finer"
    assert experiment.layout.root == Path("experiments/finer")


def test_a_file_written_by_hand_into_experiments_has_its_inputs_beside_it(config_text: str) -> None:
    folder = Path("experiments/moods")
    folder.mkdir(parents=True)
    (folder / "experiment.yaml").write_text(config_text)
    for name in ("moods", "experiments/moods/experiment.yaml"):
        assert open_experiment(name).beside == folder.resolve()


def test_an_unknown_experiment_is_a_sentence_with_the_nearest_name(recorded: Experiment) -> None:
    with pytest.raises(InputError) as caught:
        open_experiment("mods")
    assert str(caught.value) == (
        "experiment 'mods': is neither a file, a folder with an experiment.yaml, a name under "
        "experiments/, nor an example; did you mean 'moods'?"
    )


def test_with_no_experiment_near_the_sentence_says_how_to_write_one() -> None:
    with pytest.raises(InputError, match=r"; write one with: traitscope new NAME\.$"):
        open_experiment("moods")


def test_inputs_beside_the_file_come_before_shipped_ones(file: Path) -> None:
    experiment = open_experiment(file)
    assert experiment.input("traits", "gloom") == SHIPPED / "traits" / "gloom"
    assert experiment.adapter("lora/gloom") == SHIPPED / "lora" / "gloom"
    (file.parent / "traits" / "gloom").mkdir()
    (file.parent / "lora" / "gloom").mkdir()
    assert experiment.input("traits", "gloom") == file.parent / "traits" / "gloom"
    assert experiment.adapter("lora/gloom") == file.parent / "lora" / "gloom"


def test_a_missing_input_is_a_sentence_with_the_nearest_name(file: Path) -> None:
    with pytest.raises(InputError) as caught:
        open_experiment(file).input("traits", "gloon")
    assert str(caught.value) == (
        f"{file}: traits/gloon: does not exist beside the experiment file (in {file.parent}) "
        "nor among the shipped traits; did you mean 'gloom'?"
    )


def test_an_adapter_may_be_an_id_only_where_no_folder_can_be_meant(file: Path) -> None:
    experiment = open_experiment(file)
    assert experiment.adapter("lora/mine") == file.parent / "lora" / "mine"
    assert experiment.adapter("lora/gloom") == SHIPPED / "lora" / "gloom"
    assert experiment.adapter("owner/name") is None
    for folder in ("lora/mien", "mine", "./owner/name", "/owner/name"):
        found = experiment.adapter(folder)
        assert found is not None
        assert not found.is_dir()


def test_a_missing_input_near_nothing_is_a_sentence_that_says_where_to_put_it(file: Path) -> None:
    with pytest.raises(InputError, match=rf"put it into {file.parent / 'prompts'}\.$"):
        open_experiment(file).input("prompts", "xyzzyxyzzy.json")


FORMS = (".json", ".csv")


def test_an_input_may_be_in_any_of_its_forms_beside_the_file_and_then_among_the_shipped(file: Path) -> None:
    experiment, folder = open_experiment(file), file.parent / "prompts"
    assert experiment.input("prompts", "neutral", FORMS) == SHIPPED / "prompts" / "neutral.json"
    folder.mkdir(exist_ok=True)
    (folder / "neutral.csv").write_text("text\nWhy?\n")
    assert experiment.input("prompts", "neutral", FORMS) == folder / "neutral.csv"


def test_an_input_in_two_forms_in_one_place_is_refused(file: Path) -> None:
    folder = file.parent / "prompts"
    folder.mkdir(exist_ok=True)
    for form in FORMS:
        (folder / f"few{form}").write_text("")
    with pytest.raises(
        InputError, match=r"prompts/few: few.json and few.csv are both in .*; keep one of them"
    ):
        open_experiment(file).input("prompts", "few", FORMS)


def test_of_a_missing_input_the_nearest_name_in_any_form_is_offered(file: Path) -> None:
    folder = file.parent / "prompts"
    folder.mkdir(exist_ok=True)
    (folder / "holidays.csv").write_text("")
    (folder / "holiday.md").write_text("")
    experiment = open_experiment(file)
    with pytest.raises(InputError, match=r"shipped prompts, as .json, .csv; did you mean 'holidays'\?$"):
        experiment.input("prompts", "holiday", FORMS)
    assert not experiment.lacks("prompts", "holiday", FORMS)
    assert not experiment.lacks("prompts", "holidays", FORMS)
    assert experiment.lacks("prompts", "xyzzyxyzzy", FORMS)


def test_outputs_are_where_the_design_says() -> None:
    layout = Layout(Path("experiments/demo"))
    assert {str(path.relative_to(layout.root)) for path in (
        layout.config, layout.record, layout.summary, layout.lock, layout.archive, layout.report,
        layout.extract("gloom", "base"), layout.steer("gloom", "chat"), layout.answers("chat", "neutral"),
        layout.reading("chat", "neutral", "chat"), layout.reading("chat", "neutral", "gloomy"),
        layout.comparison("chat", "gloomy", "neutral"),
    )} == {
        "experiment.yaml", "experiment.json", "summary.json", "lock", "archive", "report",
        "extract/gloom/base", "steer/gloom/chat", "infer/chat/neutral/own", "infer/chat/neutral/read-gloomy",
        "compare/chat_vs_gloomy/neutral",
    }  # fmt: skip
