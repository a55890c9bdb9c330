"""The models of a plan, loaded and timed for seconds; what is found is remembered for this machine."""

from traitscope.engine.throughput import PROMPT_TOKENS, Throughput, measure
from traitscope.experiment import Experiment
from traitscope.models.sizes import find_size
from traitscope.pipeline.run import look
from traitscope.planning import Plan
from traitscope.planning.arithmetic import pass_operations
from traitscope.planning.pace import Pace, machine_name, remember
from traitscope.progress import Progress


def probe(experiment: Experiment, plan: Plan, progress: Progress) -> None:
    """Time every distinct model of a plan at its batch size; adapters are left aside.

    Raises:
        InputError, WorkError: a model cannot be found or loaded, or does not fit.
    """
    run = look(experiment)
    run.variants.progress = progress
    seen = set()
    for variant in plan.variants:
        key = (variant.model, variant.number_format, variant.device)
        if key in seen:
            continue
        seen.add(key)
        settings = experiment.config.variants[variant.name]
        architecture = find_size(variant.model, experiment.beside, settings.revision).architecture
        model = run.variants.bare_model(variant.name)
        progress.say(f"measuring {variant.model} with batches of {variant.rows} rows")
        found = measure(model, variant.rows)
        operations = pass_operations(architecture, found.prompt_rows, PROMPT_TOKENS, PROMPT_TOKENS, 1)
        pace = _pace(found, operations, variant.rows, variant.device)
        remember(variant.model, architecture, variant.number_format, variant.device, variant.rows, pace)


def _pace(found: Throughput, operations: float, rows: int, device: str) -> Pace:
    """A step's seconds as a line through one row and a full batch; more rows are never taken to be faster."""
    row = max((found.all_rows - found.one_row) / (rows - 1), 0.0) if rows > 1 else 0.0
    step = max(found.all_rows, found.one_row) - rows * row
    source = f"measured here ({machine_name(device)})"
    return Pace(operations / found.prompt_seconds, max(step, 0.0), row, source, measured=True)
