"""The stages in order: extract, steer, infer, compare, report.

In: an opened experiment. Out: artefacts in its folder, `summary.json`, the report. Each stage does what is
not done or no longer true, and goes on where it was killed.
"""

from traitscope.pipeline.conduct import Conduct, Stopped
from traitscope.pipeline.report.summary import summary
from traitscope.pipeline.run import Run, look, running
from traitscope.pipeline.stages import run_stages
from traitscope.pipeline.status import STAGES, Standing, status

__all__ = [
    "STAGES",
    "Conduct",
    "Run",
    "Standing",
    "Stopped",
    "look",
    "run_stages",
    "running",
    "status",
    "summary",
]
