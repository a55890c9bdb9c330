"""A sample of answers repeated under other settings: do they agree, and what do they take?

The directions are those that were extracted; what is changed is how answers are made with them. No figure of
the experiment rests on any of it.
"""

from collections.abc import Sequence

from traitscope.config import one_of
from traitscope.data import Trait
from traitscope.errors import InputError, TraitscopeError
from traitscope.experiment import Experiment
from traitscope.pipeline.extract.stage import extraction
from traitscope.pipeline.inputs import check_adapters, check_inputs
from traitscope.pipeline.other_settings.repeating import Repeated, repeat
from traitscope.pipeline.other_settings.sample import Sampled, point_name, sample_settings
from traitscope.pipeline.other_settings.ways import Others, Way, ways
from traitscope.pipeline.run import Run, pin_commits, running
from traitscope.pipeline.steer.stage import settings_of, steered_traits
from traitscope.progress import Progress
from traitscope.report.settings_text import WayView
from traitscope.steering import best_overall
from traitscope.steering.agreement import Agreement, agree, agree_as_searches


def check_settings(
    experiment: Experiment, others: Others, trait: str | None, sample: int, progress: Progress
) -> list[WayView]:
    """Repeat a sample of one trait's answers under the file's settings and under others.

    Args:
        others: what is tried.
        trait: whose answers; None is the first that is steered.
        sample: how many questions, of those that a search draws.

    Raises:
        InputError: nothing is steered or extracted, there is no such trait, a value that no file could hold;
            or the file's own way cannot be tried.
        WorkError: the file's own way failed, or another process works on the experiment.
    """
    with running(experiment, progress) as run:
        check_inputs(run)
        pin_commits(run)
        check_adapters(run)
        whose = _trait(run, trait)
        steer = run.experiment.config.steer
        assert steer is not None
        if sample > len(whose.questions):
            what = f"{sample} questions are asked for, and '{whose.name}' has {len(whose.questions)}"
            raise InputError("--sample", what, "ask for fewer")
        settings = sample_settings(settings_of(steer, whose), sample)
        variant = run.variants.settings(steer.variant)
        tried = ways(settings, variant, run.variants.placement(steer.variant).dtype, others)
        return _views(run, whose, tried)


def _trait(run: Run, name: str | None) -> Trait:
    file, traits = run.experiment.file, steered_traits(run)
    if not traits:
        raise InputError(f"{file}, steer", "is not there", "add it: what is repeated are steered answers")
    if name is not None and name not in traits:
        raise InputError("--trait", f"{file} steers no trait '{name}'", f"name {one_of(name, traits)}")
    found = traits[name or next(iter(traits))]
    state = extraction(run, found).state().name
    if state != "done":
        what = f"the directions of '{found.name}' are {state}"
        raise InputError(str(file), what, f"type first: traitscope extract {file}")
    return found


def _views(run: Run, trait: Trait, tried: Sequence[Way]) -> list[WayView]:
    """Each way held against the first of its kind, which is the file's own."""
    found: list[WayView] = []
    own: dict[bool, Repeated] = {}
    for way in tried:
        reference = own.get(way.searches)
        try:
            repeated = repeat(run, trait, way)
        except TraitscopeError as error:
            if reference is None:
                raise
            found.append(WayView(trait.name, way.name, way.shown, reason=f"{error.what}; {error.mend}"))
            continue
        own.setdefault(way.searches, repeated)
        agreement = None
        if reference is not None:
            agreement = _agreement(reference.sampled, repeated.sampled, way, run.seed)
        found.append(_view(trait, way, repeated, reference, agreement))
    return found


def _agreement(first: Sampled, second: Sampled, way: Way, seed: int) -> Agreement:
    evaluations = first.evaluations, second.evaluations
    if not way.searches:
        scores = [
            {arm: [one.trait for one in some] for arm, some in s.scores.items()} for s in (first, second)
        ]
        return agree(scores[0], scores[1], evaluations, way.steer.push, seed)
    points = [
        {one.point: [each.trait for each in s.scores[point_name(one.point)]] for one in s.evaluations}
        for s in (first, second)
    ]
    return agree_as_searches(points[0], points[1], evaluations, way.steer.push, seed)


def _view(
    trait: Trait, way: Way, found: Repeated, reference: Repeated | None, agreement: Agreement | None
) -> WayView:
    pace, faster = found.pace, None
    best = best_overall(found.sampled.evaluations, way.steer.push)
    seconds = None if pace is None else pace.answering + pace.judging
    if reference is not None and reference.pace is not None and seconds:
        before = reference.pace.answering + reference.pace.judging
        faster = before / seconds
    return WayView(
        trait.name,
        way.name,
        way.shown,
        agreement,
        best.point if best else None,
        found.sampled.judged,
        found.tokens,
        None if pace is None else pace.answering,
        None if pace is None else pace.judging,
        faster,
        found.money,
    )
