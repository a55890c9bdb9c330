"""The predecessor's captures in both of its layouts become experiments that are projected and compared."""

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from tests.pipeline.predecessor_folders import (
    ADAPTED,
    CLEAN,
    DEPTH,
    PROMPTS,
    SHIFT,
    TRAIT,
    Made,
    direction,
    first_layout,
    residual,
    second_layout,
    words,
)

from traitscope.errors import InputError
from traitscope.experiment import Experiment, open_experiment
from traitscope.inference import load_covariance, load_summary, token_shards
from traitscope.pipeline import run_stages
from traitscope.pipeline.imported.captured import cut_at_spaces
from traitscope.pipeline.imported.comparing import compare_imported
from traitscope.pipeline.imported.importing import Told, import_experiment
from traitscope.pipeline.imported.projecting import project_imported
from traitscope.pipeline.imported.record import load_imported

ALL = ((CLEAN, CLEAN), (ADAPTED, ADAPTED), (ADAPTED, CLEAN), (CLEAN, ADAPTED))
SET = "rm_syco-train_100"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, beside the predecessor's."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def second(tmp_path: Path) -> Callable[..., Made]:
    """A folder in the layout of traitinterp: `second(cells, ...)`."""

    def make(cells: Sequence[tuple[str, str]] = ALL, **how: Any) -> Made:
        return second_layout(tmp_path / "rm_syco", cells, **how)

    return make


def imported(made: Made, **told: Any) -> Experiment:
    return open_experiment(import_experiment(made.root, Told(**told)))


def projections(found: Experiment, reader: str, writer: str, prompts: str = SET) -> pl.DataFrame:
    return pl.read_parquet(found.layout.reading(reader, prompts, writer) / "projections.parquet")


def test_the_second_layout_becomes_an_experiment_that_reads_back(second: Callable[..., Made]) -> None:
    found = imported(second())
    assert found.config.name == "rm_syco"
    assert found.config.variants[ADAPTED].lora == "someone/rm-lora"
    assert found.config.trait_paths == {"gloom": "gloom"}
    assert [(one.before, one.after) for one in found.config.comparisons] == [(CLEAN, ADAPTED)]
    prompts = json.loads((found.layout.root / "prompts" / f"{SET}.json").read_text())["prompts"]
    assert [one["id"] for one in prompts] == [str(number) for number in range(PROMPTS)]
    known = load_imported(found).known
    assert known["provenance"] == "imported"
    assert known["variants"][CLEAN]["identity"] is None
    assert "neither commit nor weights" in known["variants"][CLEAN]["identity_reason"]
    assert (known["depth"], known["depth_known"]) == (DEPTH, True)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_every_token_is_projected_on_the_vector_that_steered_best(
    second: Callable[..., Made], dtype: torch.dtype
) -> None:
    found = imported(second(dtype=dtype))
    assert project_imported(found) == 4
    assert project_imported(found) == 0
    for reader, writer in ALL:
        table = projections(found, reader, writer)
        assert set(table["layer"]) == {2}
        assert set(table["method"]) == {"probe"}
        mine = table.filter((pl.col("prompt") == "3") & (pl.col("side") == "response")).sort("token")
        rows = residual(reader, writer, 3, 2, len(words(writer, 3))).to(dtype).float()
        assert mine["raw"].to_list() == pytest.approx((rows @ direction()).tolist(), abs=1e-5)
        assert mine["text"].to_list() == [f" w{one}" for one in words(writer, 3)]
        last = table.filter((pl.col("prompt") == "3") & (pl.col("token") == -1))["raw"][0]
        of_prompt = residual(reader, "prompt", 3, 2, 4).to(dtype).float()[-1]
        assert last == pytest.approx(float(of_prompt @ direction()), abs=1e-5)


def test_the_model_effect_is_the_shift_that_the_adapter_makes(second: Callable[..., Made]) -> None:
    (found,) = compare_imported(imported(second()))
    (row,) = found["ranking"]
    assert found["lacks"] == []
    assert found["words_of"] is None
    assert row["model_effect"] == pytest.approx(SHIFT, abs=1e-4)
    assert row["interaction"] == pytest.approx(0, abs=1e-4)
    means = {
        (reader, writer): np.mean(
            [
                (residual(reader, writer, prompt, 2, len(words(writer, prompt))) @ direction()).mean().item()
                for prompt in range(PROMPTS)
            ]
        )
        for reader, writer in ALL
    }
    assert row["shift"] == pytest.approx(means[ADAPTED, ADAPTED] - means[CLEAN, CLEAN], abs=1e-4)
    assert row["score"] > 0.5
    assert row["tail_share"] < 0.05
    assert row["verdict"] == "cannot_tell"
    assert "not judged" in row["behaviour_reason"]


def test_with_one_writers_words_alone_the_effect_is_on_those(second: Callable[..., Made]) -> None:
    (found,) = compare_imported(imported(second([(CLEAN, CLEAN), (ADAPTED, CLEAN)])))
    (row,) = found["ranking"]
    assert found["words_of"] == CLEAN
    assert row["model_effect"] == pytest.approx(SHIFT, abs=1e-4)
    assert row["score"] > 0.5
    assert row["text_effect"] is None
    assert f"{CLEAN}'s alone" in row["text_effect_reason"]
    assert row["shift"] is None
    assert ADAPTED in row["shift_reason"]
    assert found["lacks"] == [
        f"{CLEAN}'s reading of {ADAPTED}'s answers",
        f"{ADAPTED}'s reading of its own answers",
    ]


def test_a_replay_in_the_readers_own_folder_is_known_by_its_words(tmp_path: Path) -> None:
    made = second_layout(tmp_path / "syco", [(CLEAN, CLEAN)])
    made.capture(f"inference/{ADAPTED}/raw/residual/rm_syco/train_100", ADAPTED, CLEAN)
    cells = [(one.reader, one.writer) for one in load_imported(imported(made)).cells]
    assert cells == [(CLEAN, CLEAN), (ADAPTED, CLEAN)]


def test_answers_of_which_only_the_text_was_kept_are_known_too(tmp_path: Path) -> None:
    made = second_layout(tmp_path / "syco", [])
    made.capture(f"inference/{ADAPTED}/raw/residual/rm_syco/train_100", ADAPTED, CLEAN)
    for prompt in range(PROMPTS):
        ids = words(CLEAN, prompt)
        content = {"prompt": "?", "response": "".join(f" w{one}" for one in ids), "token_ids": [1, 2, *ids]}
        made.json(f"inference/{CLEAN}/responses/rm_syco/train_100/{prompt}.json", content | {"prompt_end": 2})
    cells = [(one.reader, one.writer) for one in load_imported(imported(made)).cells]
    assert cells == [(ADAPTED, CLEAN)]


def test_answers_without_tokens_are_cut_at_spaces_and_said_to_be(tmp_path: Path) -> None:
    made = second_layout(tmp_path / "syco", [(CLEAN, CLEAN)])
    for path in made.files:
        content = torch.load(path, weights_only=True)
        del content["response"]["tokens"], content["response"]["token_ids"]
        torch.save(content, path)
    found = imported(made)
    assert load_imported(found).known["tokens_exact"] is False
    project_imported(found)
    table = projections(found, CLEAN, CLEAN).filter(pl.col("prompt") == "0").sort("token")
    assert table["text"].to_list()[1:4] == [" w100", " w101", " w102"]


def test_vectors_and_results_of_the_later_form_are_found_in_the_first_layout(tmp_path: Path) -> None:
    made = first_layout(tmp_path / "llama")
    shutil.rmtree(made.root / "extraction")
    for layer in range(DEPTH):
        made.vector(f"extraction/{TRAIT}/base/vectors/response__5/residual/probe/layer{layer}.pt")
    known = load_imported(imported(made)).known["traits"]["gloom"]
    assert (known["variant"], known["positions"]) == ("base", ["response[:5]"])


def test_without_the_same_words_the_plain_shift_is_there_and_the_score_says_what_it_lacks(
    second: Callable[..., Made],
) -> None:
    (found,) = compare_imported(imported(second([(CLEAN, CLEAN), (ADAPTED, ADAPTED)])))
    (row,) = found["ranking"]
    assert row["shift"] is not None
    assert row["score"] is None
    assert f"{ADAPTED}'s reading of {CLEAN}'s answers" in row["score_reason"]


def test_readings_that_share_nothing_are_refused_by_what_is_missing(second: Callable[..., Made]) -> None:
    found = imported(second([(CLEAN, CLEAN), (CLEAN, ADAPTED)]))
    with pytest.raises(InputError, match="or one's answers read by both"):
        compare_imported(found)


def test_the_store_holds_the_sums_of_the_tokens_that_were_captured(second: Callable[..., Made]) -> None:
    folder = imported(second()).layout.reading(CLEAN, SET, CLEAN)
    summary, covariance = load_summary(folder), load_covariance(folder, [4])
    every = [residual(CLEAN, CLEAN, prompt, 4, len(words(CLEAN, prompt))) for prompt in range(PROMPTS)]
    sums = torch.stack([one.sum(0) for one in every])
    assert torch.allclose(summary.sums[:, :, 4].sum(1), sums, atol=1e-4)
    assert summary.responses.tolist() == [len(one) for one in every]
    tokens = torch.cat(every).double()
    assert np.allclose(covariance.mean[0], tokens.mean(0), atol=1e-5)
    whole = covariance.leading[0].T @ covariance.leading[0] + np.diag(covariance.rest[0])
    assert np.allclose(whole, np.cov(tokens.T, bias=True), atol=1e-4)


def test_the_first_layout_tells_variants_by_the_ends_of_names(tmp_path: Path) -> None:
    found = imported(first_layout(tmp_path / "llama"))
    known = load_imported(found)
    assert known.known["layout"] == "trait-interp"
    assert {(one.reader, one.writer, one.prompts) for one in known.cells} == {
        ("clean", "clean", "rm_train"),
        ("sycophant", "sycophant", "rm_train"),
    }
    assert known.known["variants"]["clean"]["model"] == "google/gemma-2-2b-it"
    assert "ica" in known.known["traits"]["gloom"]["left_out"][0]
    project_imported(found)
    table = projections(found, "sycophant", "sycophant", "rm_train")
    assert set(table["layer"]) == {3}
    (compared,) = compare_imported(found)
    assert (compared["before"], compared["after"]) == ("clean", "sycophant")


def test_a_longer_set_beside_a_shorter_one_is_no_variant(tmp_path: Path) -> None:
    made = first_layout(tmp_path / "llama", suffixes=())
    made.capture("inference/raw/residual/rm_train_more", CLEAN, CLEAN)
    for path in (tmp_path / "llama/inference/raw/residual/rm_train_more").glob("*.pt"):
        content = torch.load(path, weights_only=True)
        content["prompt"]["text"] += " More?"
        torch.save(content, path)
    known = load_imported(imported(made))
    assert {(one.reader, one.prompts) for one in known.cells} == {
        ("clean", "rm_train"),
        ("clean", "rm_train_more"),
    }


@pytest.mark.parametrize("with_prompt", [True, False])
def test_rows_kept_while_an_answer_was_generated_are_moved_to_their_tokens(
    tmp_path: Path, with_prompt: bool
) -> None:
    made = first_layout(tmp_path / "llama", moved=True, component="residual_out", with_prompt=with_prompt)
    found = imported(made)
    assert load_imported(found).known["rows_moved"] is True
    (tokens,) = token_shards(found.layout.reading("clean", "rm_train", "clean"))
    place, first, where = next(iter(tokens.answers()))
    count = len(words(CLEAN, 0))
    expected = residual(CLEAN, CLEAN, 0, 1, count)[: count - 1]
    assert (place, first) == (0, -1)
    assert torch.allclose(tokens.at(1)[where][1:], expected, atol=1e-5)
    assert torch.allclose(tokens.at(1)[where][0], residual(CLEAN, "prompt", 0, 1, 4)[-1], atol=1e-5)


def test_vectors_of_hidden_states_are_counted_by_blocks(tmp_path: Path) -> None:
    made = first_layout(tmp_path / "llama")
    for layer in range(DEPTH + 1):
        made.vector(f"extraction/{TRAIT}/vectors/mean_diff_layer{layer}.pt", torch.eye(16)[layer])
    known = load_imported(imported(made)).known["traits"]["gloom"]
    assert known["vector_layers"] == "hidden-states"
    from traitscope.pipeline.extract.stage import read_directions

    read = read_directions(Path("experiments/llama/extract/gloom/extraction"), "gloom", "mean_diff").read
    assert [int(row.argmax()) for row in read[: DEPTH - 1]] == [1, 2, 3, 4, 5]
    assert not read[DEPTH - 1].any()


def test_a_layer_that_was_not_captured_is_named_with_its_prompts(tmp_path: Path) -> None:
    made = second_layout(tmp_path / "part", [(CLEAN, CLEAN)], layers=(0, 1, 3, 4, 5))
    found = imported(made, depth=DEPTH)
    with pytest.raises(InputError, match=r"layers 2 of 9 of 9 prompts .*\(0, 1, 2,") as refused:
        project_imported(found)
    assert "import that again" in str(refused.value)
    assert projections(found, CLEAN, CLEAN).is_empty()


def test_a_pickle_that_holds_more_is_refused_and_leaves_nothing(
    second: Callable[..., Made], here: Path
) -> None:
    made = second()
    torch.save({"prompt": Path("x"), "response": {}}, made.files[5])
    with pytest.raises(InputError, match="holds more than tensors, and reading that could run code"):
        imported(made)
    assert list(here.rglob("*")) in ([], [here / "experiments"])


def test_a_residual_that_is_no_number_is_refused_and_leaves_nothing(
    second: Callable[..., Made], here: Path
) -> None:
    made = second()
    content = torch.load(made.files[2], weights_only=True)
    content["response"]["activations"][3]["residual"][4, 4] = torch.nan
    torch.save(content, made.files[2])
    with pytest.raises(InputError, match="layer 3: holds a value that is no number"):
        imported(made)
    assert list((here / "experiments").iterdir()) == []


def spoil_rows(content: dict[str, Any]) -> None:
    for one in content["response"]["activations"].values():
        one["residual"] = one["residual"][:4]


def spoil_component(content: dict[str, Any]) -> None:
    content["response"]["activations"][2] = {"attn_out": torch.zeros(3, 16)}


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (spoil_rows, "holds 4 rows of residuals for 18 tokens"),
        (spoil_component, "holds no residual at layer 2"),
        (lambda content: content.pop("response"), "is no captured answer"),
        (lambda content: content["response"].update(activations={}), "holds no residual of the response"),
    ],
)
def test_a_capture_that_cannot_be_used_is_refused_by_name(
    second: Callable[..., Made], spoil: Callable[[dict[str, Any]], Any], sentence: str
) -> None:
    made = second([(CLEAN, CLEAN)])
    content = torch.load(made.files[0], weights_only=True)
    spoil(content)
    torch.save(content, made.files[0])
    with pytest.raises(InputError, match=sentence) as refused:
        imported(made)
    assert str(made.files[0]) in str(refused.value)


def test_other_mistakes_are_one_sentence_each(second: Callable[..., Made], tmp_path: Path) -> None:
    made = second([(CLEAN, CLEAN)])
    with pytest.raises(InputError, match="is no folder"):
        import_experiment(tmp_path / "none", Told())
    with pytest.raises(InputError, match="is in neither layout"):
        import_experiment(made.root / "extraction", Told())
    with pytest.raises(InputError, match="in the layout of trait-interp"):
        import_experiment(made.root, Told(layout="trait-interp"))
    with pytest.raises(InputError, match="a model of 3 layers has not"):
        import_experiment(made.root, Told(depth=3))
    with pytest.raises(InputError, match="cannot be the name of a folder"):
        import_experiment(made.root, Told(name="two words"))
    imported(made)
    with pytest.raises(InputError, match="exists already"):
        imported(made)
    (made.root / "config.json").write_text("{")
    with pytest.raises(InputError, match=r"config\.json: cannot be read as JSON"):
        imported(made, name="again")
    shutil.rmtree(made.root / "extraction")
    (made.root / "config.json").unlink()
    with pytest.raises(InputError, match="holds no vectors"):
        imported(made, name="again")


def test_a_replay_of_other_words_than_it_is_named_after_is_refused(tmp_path: Path) -> None:
    made = second_layout(tmp_path / "syco", [(CLEAN, CLEAN)])
    made.capture(f"inference/{ADAPTED}/raw/residual/rm_syco/train_100_replay_{CLEAN}", ADAPTED, ADAPTED)
    with pytest.raises(InputError, match="reads other words than"):
        imported(made)


def test_what_needs_a_model_is_refused(second: Callable[..., Made]) -> None:
    found = imported(second([(CLEAN, CLEAN)]))
    with pytest.raises(InputError, match="was imported, without models"):
        run_stages(found, ("infer",))


def test_a_changed_vector_makes_the_projections_stale(second: Callable[..., Made]) -> None:
    found = imported(second([(CLEAN, CLEAN)]))
    project_imported(found)
    path = found.layout.steer("gloom", CLEAN) / "best.json"
    content = json.loads(path.read_text())
    content["best"]["layer"] = 4
    path.write_text(json.dumps(content))
    assert project_imported(found) == 1
    assert set(projections(found, CLEAN, CLEAN)["layer"]) == {4}


@pytest.mark.parametrize(
    ("text", "count", "pieces"),
    [
        ("I am well", 3, ("I", " am", " well")),
        ("I am well", 2, ("I", " am well")),
        ("I am", 4, ("I", " am", "", "")),
        ("", 1, ("",)),
    ],
)
def test_an_answer_without_tokens_is_cut_at_spaces(text: str, count: int, pieces: tuple[str, ...]) -> None:
    assert cut_at_spaces(text, count) == pieces
