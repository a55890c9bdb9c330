"""Readings in shards: killed between two, damaged, asked for more; only what is lacking is captured."""

import errno
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from figures import figures
from judged_run import rewrite
from safetensors.torch import load_file
from tiny_run import Engine, Tiny

from traitscope.errors import WorkError
from traitscope.inference import read_index, shards
from traitscope.pipeline.infer import capturing
from traitscope.planning import store_sizes

OWN = "infer/chat/everyday/own"
READINGS = 4
FIGURES = ["raw", "cosine", "normalised"]
Prepared = Callable[..., Tiny]


def compared(tiny: Tiny, **infer: Any) -> None:
    """Two variants, nothing steered; `infer` as given."""
    wanted = {"variants": ["chat", "moved"], "prompts": "everyday", "new_tokens": 12, "shard_mb": 1}
    pairs = {"pairs": [{"before": "chat", "after": "moved"}], "against": "covariance"}
    rewrite(tiny, steer=None, infer=wanted | infer, compare=pairs)


def in_shards_of_four(patch: pytest.MonkeyPatch) -> None:
    """Batches of two answers, and two of them to a shard: three shards."""
    patch.setattr(store_sizes, "READ_ROWS", 2)
    patch.setattr(store_sizes, "store_bytes", lambda *_: 300_000)


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    in_shards_of_four(monkeypatch)


@pytest.fixture(scope="module")
def extracted(worked_on: Callable[[Callable[[Tiny], None]], Path]) -> Path:
    """Traits extracted, nothing read."""

    def work(tiny: Tiny) -> None:
        compared(tiny)
        tiny.run("extract")

    return worked_on(work)


@pytest.fixture(scope="module")
def read(worked_on: Callable[[Callable[[Tiny], None]], Path], extracted: Path) -> Path:
    """All readings made, in three shards each."""

    def work(tiny: Tiny) -> None:
        shutil.copytree(extracted, tiny.folder, dirs_exist_ok=True)
        tiny.run("infer")

    # Undone before the module ends: what is made for all modules is made in shards of the usual size.
    with pytest.MonkeyPatch.context() as patch:
        in_shards_of_four(patch)
        return worked_on(work)


@pytest.fixture
def prepared(extracted: Path, copy_of: Callable[[Path], Tiny]) -> Prepared:
    """`prepared(store="mean")`: the extracted experiment with these settings under infer."""

    def prepare(**infer: Any) -> Tiny:
        tiny = copy_of(extracted)
        compared(tiny, **infer)
        return tiny

    return prepare


@pytest.fixture
def finished_reading(read: Path, copy_of: Callable[[Path], Tiny]) -> Tiny:
    return copy_of(read)


def stored(tiny: Tiny, reading: str = OWN) -> list[str]:
    """Names of a store's files."""
    folder = tiny.root / reading
    return sorted(str(path.relative_to(folder)) for path in folder.glob("*/*"))


def assert_same(tiny: Tiny, other: Path) -> None:
    found, expected = figures_of_infer(tiny.root), figures_of_infer(other / "experiments/tiny")
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def figures_of_infer(root: Path) -> dict[str, Any]:
    """What lies under infer."""
    return {name: one for name, one in figures(root).items() if name.startswith("infer/")}


def test_a_shard_holds_whole_batches_and_one_covariance_is_left(finished_reading: Tiny) -> None:
    numbers = ("00000", "00001", "00002")
    assert stored(finished_reading) == [
        "covariance/00002.safetensors",
        *(f"residuals/{number}.safetensors" for number in numbers),
        *(f"summaries/{number}.safetensors" for number in numbers),
    ]
    index = read_index(finished_reading.root / OWN)
    assert [index[f"summaries/{number}.safetensors"].places for number in numbers] == [
        (0, 1, 2, 3),
        (4, 5, 6, 7),
        (8, 9, 10, 11),
    ]


@pytest.mark.parametrize(
    ("function", "call"), [("append_rows", 2), ("append_rows", 3), ("write_tensors", 3), ("write_tensors", 6)]
)
def test_a_run_that_ends_between_shards_goes_on_to_the_last_digit(
    prepared: Prepared, read: Path, monkeypatch: pytest.MonkeyPatch, function: str, call: int, engine: Engine
) -> None:
    tiny = prepared()
    calls = 0
    write = getattr(shards, function)

    def dying(path: Path, *rest: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == call:
            raise KeyboardInterrupt
        write(path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(shards, function, dying)
        with pytest.raises(KeyboardInterrupt):
            tiny.run("infer")
    whole = 4 * len({one.shard for one in read_index(tiny.root / OWN).values()})
    assert whole < 12
    engine.read = 0
    tiny.run("infer")
    assert engine.read == 12 * READINGS - whole
    assert_same(tiny, read)


@pytest.mark.parametrize("kind", ["residuals", "summaries"])
@pytest.mark.parametrize("left", [b"", None])
def test_a_cut_shard_is_seen_and_its_answers_alone_are_read_again(
    finished_reading: Tiny, read: Path, engine: Engine, kind: str, left: bytes | None
) -> None:
    path = finished_reading.root / OWN / kind / "00001.safetensors"
    path.write_bytes(path.read_bytes()[:-9] if left is None else left)
    assert finished_reading.states()["infer: chat reads its own words"] == "missing"
    finished_reading.run("infer")
    assert engine.read == 4
    assert_same(finished_reading, read)


def test_a_shard_of_other_contents_is_named_when_it_is_read_and_its_answers_alone_are_read_again(
    finished_reading: Tiny, read: Path, engine: Engine
) -> None:
    folder = finished_reading.root / OWN
    shard = folder / "residuals/00001.safetensors"
    content = shard.read_bytes()
    shard.write_bytes(content[:-40] + bytes(40))
    (folder / "projections.parquet").unlink()
    with pytest.raises(WorkError, match=r"own/residuals/00001.safetensors: is not what was written there"):
        finished_reading.run("infer")
    assert engine.read == 0
    finished_reading.run("infer")
    assert engine.read == 4
    assert shard.read_bytes() == content
    assert_same(finished_reading, read)


@pytest.mark.parametrize("lost", ["covariance/00002.safetensors", "index.jsonl"])
def test_a_lost_covariance_or_index_is_seen_and_all_answers_are_read_again(
    finished_reading: Tiny, read: Path, engine: Engine, lost: str
) -> None:
    path = finished_reading.root / OWN / lost
    path.write_bytes(path.read_bytes()[:40] if lost.startswith("cov") else b"")
    assert finished_reading.states()["infer: chat reads its own words"] == "missing"
    finished_reading.run("infer")
    assert engine.read == 12
    assert_same(finished_reading, read)


def test_layers_asked_for_later_alone_are_captured_and_the_rest_is_left(
    prepared: Prepared, engine: Engine
) -> None:
    tiny = prepared(layers="1")
    tiny.run("infer")
    first = {path: path.read_bytes() for path in (tiny.root / "infer").rglob("*.safetensors")}
    # The layer of the file, and the one in the middle of the deciding range, where traits are read.
    assert {one.layers for one in read_index(tiny.root / OWN).values()} == {(1, 3), ()}
    engine.read, before = 0, stored(tiny)
    compared(tiny, layers="0,1")
    assert tiny.states()["infer: chat reads its own words"] == "missing"
    tiny.run("infer")
    assert engine.read == 12 * READINGS
    assert all(path.read_bytes() == content for path, content in first.items())
    added = set(stored(tiny)) - set(before)
    assert added == {f"residuals/0000{number}-l0.safetensors" for number in range(3)}
    sizes = [(tiny.root / OWN / name).stat().st_size for name in ("residuals/00000-l0.safetensors",)]
    assert sizes[0] < 0.6 * (tiny.root / OWN / "residuals/00000.safetensors").stat().st_size
    assert not tiny.run("infer")


def test_a_later_file_that_is_lost_together_with_the_first_one_is_captured_once(
    prepared: Prepared, engine: Engine
) -> None:
    tiny = prepared(layers="1")
    tiny.run("infer")
    compared(tiny, layers="0,1")
    tiny.run("infer")
    for name in ("00001", "00001-l0"):
        (tiny.root / OWN / f"residuals/{name}.safetensors").unlink()
    engine.read = 0
    tiny.run("infer")
    assert engine.read == 4
    assert not tiny.run("infer")


def test_a_new_best_layer_alone_is_captured(finished: Tiny, engine: Engine) -> None:
    import json

    shutil.rmtree(finished.root / "infer/chat/everyday/own/residuals")
    (finished.root / OWN / "reading.manifest.json").unlink()
    finished.change("new_tokens: 12}", 'new_tokens: 12, layers: "0"}')
    finished.run("infer")
    path = finished.root / "steer/sombre/chat/best.json"
    best = json.loads(path.read_text())
    layer = best["best"]["layer"]
    assert read_index(finished.root / OWN)["residuals/00000.safetensors"].layers == (0, layer, 3)
    other = {1: 2, 2: 1}[layer]
    best["best"] |= next(one for one in best["evaluations"] if one["layer"] == other)
    path.write_text(json.dumps(best))
    engine.read = 0
    finished.run("infer")
    # The other readings hold all layers already.
    assert engine.read == 12
    assert read_index(finished.root / OWN)[f"residuals/00000-l{other}.safetensors"].layers == (other,)
    table = pl.read_parquet(finished.root / OWN / "projections.parquet")
    assert table.filter(trait="sombre")["layer"].unique().to_list() == [other]


def test_shards_are_planned_alike_whatever_is_there(finished_reading: Tiny) -> None:
    from traitscope.experiment import open_experiment
    from traitscope.pipeline import look

    run = look(open_experiment(finished_reading.file))
    settings = run.experiment.config.infer
    assert settings is not None
    lengths = {place: 12 - place % 3 for place in range(12)}
    before = capturing.planned_shards(run, "chat", lengths, settings)
    assert [shard.batches for shard in before] == [((0, 1), (2, 3)), ((4, 5), (6, 7)), ((8, 9), (10, 11))]
    shutil.rmtree(finished_reading.root / OWN / "residuals")
    assert capturing.planned_shards(run, "chat", lengths, settings) == before
    # An empty answer is not read: the others close up.
    del lengths[1]
    assert capturing.planned_shards(run, "chat", lengths, settings)[0].places == (0, 2, 3, 4)


@pytest.mark.parametrize("sides", ["response", "all"])
def test_without_tokens_projections_are_those_of_stored_ones(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, extracted: Path, sides: str
) -> None:
    tiny = prepared(store="tokens", store_dtype="float32", sides=sides)
    found = {}
    for store in ("tokens", "none"):
        compared(tiny, store=store, store_dtype="float32", sides=sides)
        tiny.run("infer")
        found[store] = {
            path.relative_to(tiny.root): (pl.read_parquet(path), summaries_of(path.parent))
            for path in (tiny.root / "infer").rglob("projections.parquet")
        }
    assert len(found["none"]) == READINGS
    for name, (table, sums) in found["none"].items():
        other, same = found["tokens"][name]
        assert table.drop(FIGURES).equals(other.drop(FIGURES))
        for figure in FIGURES:
            np.testing.assert_allclose(table[figure], other[figure], rtol=1e-5, atol=1e-5)
        assert sums.keys() == same.keys()
        assert all(torch.equal(one.nan_to_num(), same[key].nan_to_num()) for key, one in sums.items())
    assert "residuals/00000.safetensors" in stored(tiny)
    assert {key.split(".")[0] for key in load_file(tiny.root / OWN / "residuals/00000.safetensors")} == {
        *("projected", "places", "first", "offsets")
    }


def summaries_of(folder: Path) -> dict[str, torch.Tensor]:
    return {
        f"{path.name}: {name}": one
        for path in sorted((folder / "summaries").iterdir())
        for name, one in load_file(path).items()
    }


def test_of_sums_alone_the_means_of_answers_and_prompts_are_projected(prepared: Prepared) -> None:
    tiny = prepared(store="mean")
    tiny.run("infer")
    means = pl.read_parquet(tiny.root / OWN / "projections.parquet")
    assert not any(name.startswith("residuals/") for name in stored(tiny))
    compared(tiny, store_dtype="float32", sides="all")
    tiny.run("infer")
    tokens = pl.read_parquet(tiny.root / OWN / "projections.parquet")
    words = tokens.filter(side="response").group_by("prompt", "trait").agg(pl.col("raw").mean())
    joined = means.filter(side="response").join(words, on=["prompt", "trait"], suffix="_tokens")
    assert len(joined) == 12 * 2
    np.testing.assert_allclose(joined["raw"], joined["raw_tokens"], rtol=1e-4, atol=1e-4)
    assert means.filter(side="prompt").height == 12 * 2


@pytest.mark.parametrize("store", ["mean", "none"])
def test_without_tokens_a_lost_shard_is_captured_anew_under_its_own_name(
    prepared: Prepared, engine: Engine, store: str
) -> None:
    tiny = prepared(store=store)
    tiny.run("infer")
    before = {name: (tiny.root / OWN / name).read_bytes() for name in stored(tiny)}
    (tiny.root / OWN / "summaries/00001.safetensors").unlink()
    engine.read = 0
    tiny.run("infer")
    assert engine.read == 4
    assert {name: (tiny.root / OWN / name).read_bytes() for name in stored(tiny)} == before


def test_what_is_no_number_is_named_by_variant_prompt_and_layer(
    prepared: Prepared, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny = prepared()
    capture = capturing.capture

    def poisoned(model: Any, *rest: Any) -> Any:
        with torch.no_grad():
            model.network.model.layers[2].mlp.down_proj.weight.fill_(torch.nan)
        return capture(model, *rest)

    monkeypatch.setattr(capturing, "capture", poisoned)
    with pytest.raises(
        WorkError, match=r"variant 'chat', prompt 'p01', layer 2: .*no number .*check its weights"
    ):
        tiny.run("infer")
    assert not (tiny.root / OWN / "index.jsonl").exists()


def test_a_disk_that_fills_up_between_shards_is_said_and_the_run_goes_on_from_there(
    prepared: Prepared, read: Path, monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    from safetensors import torch as files

    tiny = prepared()
    save = files.save_file

    def full(content: Any, path: Path, *rest: Any) -> None:
        if "00001" in str(path):
            raise OSError(errno.ENOSPC, "No space left on device")
        save(content, path, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(files, "save_file", full)
        with pytest.raises(WorkError, match=r"00001.safetensors: cannot be written .*free some space"):
            tiny.run("infer")
    assert {one.shard for one in read_index(tiny.root / OWN).values()} == {0}
    engine.read = 0
    tiny.run("infer")
    assert engine.read == 12 * READINGS - 4
    assert_same(tiny, read)
