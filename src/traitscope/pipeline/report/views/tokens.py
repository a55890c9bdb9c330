"""The view of two variants' answers to one prompt: every response token with its projection."""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from traitscope.config import nearest
from traitscope.errors import InputError
from traitscope.pipeline.compare.readings import Compared
from traitscope.pipeline.compare.stage import TOKENS, comparison_artefact, comparisons
from traitscope.pipeline.infer.project import DYNAMICS
from traitscope.pipeline.infer.stage import Reading, store
from traitscope.pipeline.run import Run
from traitscope.pipeline.tables import read_table
from traitscope.report import TokenLine, TokenView
from traitscope.report.comparison_view import Going

MOST_NAMED = 12
"""Names that a refusal lists."""


def token_view(run: Run, prompt: str, trait: str, pair: str | None = None) -> TokenView:
    """The answers of a pair (the first whose prompt set holds the prompt, if none is named).

    Args:
        pair: "before:after".

    Raises:
        InputError: no such pair, prompt or trait, or nothing is compared yet; names the nearest.
    """
    where, settings = str(run.experiment.file), run.experiment.config.infer
    found = comparisons(run)
    if settings is None or not found:
        raise InputError(where, "compares no variants, so that there are no tokens", "add 'compare' to it")
    of_pair = _of_pair(found, pair)
    holding = [one for one in of_pair if prompt in one.prompts.ids]
    if not holding:
        ids = dict.fromkeys(id for one in of_pair for id in one.prompts.ids)
        raise InputError("--prompt", f"no prompt is called '{prompt}'", _mend(prompt, ids))
    if trait not in run.traits:
        raise InputError("--trait", f"the file has no trait '{trait}'", _mend(trait, run.traits))
    done = [one for one in holding if comparison_artefact(run, one, settings).is_done()]
    if not done:
        one = holding[0]
        what = f"{one.pair.before} and {one.pair.after} are not compared on {one.prompts.name} yet"
        raise InputError(where, what, f"run: traitscope compare {where}")
    one = done[0]
    asked = (pl.col("prompt") == prompt) & (pl.col("trait") == trait)
    table = read_table(comparison_artefact(run, one, settings).folder / TOKENS).filter(asked)
    going = {
        name: _going(read_table(store(run, Reading(one.prompts, name, name)) / DYNAMICS).filter(asked))
        for name in (one.pair.before, one.pair.after)
    }
    return _view(one, table, going, prompt, trait, where)


def _going(rows: pl.DataFrame) -> dict[str, Going]:
    return {row["trait"]: Going(row["crossing"], row["rate"]) for row in rows.iter_rows(named=True)}


def _of_pair(found: Sequence[Compared], pair: str | None) -> Sequence[Compared]:
    if pair is None:
        return found
    named = {f"{one.pair.before}:{one.pair.after}": None for one in found}
    if pair not in named:
        raise InputError("--pair", f"'{pair}' is not compared", _mend(pair, named))
    return [one for one in found if f"{one.pair.before}:{one.pair.after}" == pair]


def _view(
    one: Compared,
    rows: pl.DataFrame,
    going: Mapping[str, Mapping[str, Going]],
    prompt: str,
    trait: str,
    where: str,
) -> TokenView:
    if rows.is_empty():
        raise InputError(
            where,
            f"no tokens of '{prompt}' are kept",
            "set infer.store to 'tokens', or choose a prompt that every variant answers",
        )
    by_variant = rows.partition_by("variant", as_dict=True, maintain_order=True)
    before, after = (
        TokenLine(name, tuple(part["text"]), {trait: tuple(part["value"])}, going[name])
        for name in (one.pair.before, one.pair.after)
        for part in [by_variant.get((name,), rows.clear())]
    )
    text = one.prompts.texts[one.prompts.ids.index(prompt)]
    return TokenView(prompt, text, "asked for", before, after)


def _mend(name: str, known: Iterable[str]) -> str:
    names = list(known)
    guess = nearest(name, names)
    if guess:
        return f"did you mean '{guess}'?"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"there are {', '.join(names[:MOST_NAMED])}{more}"
