"""Where things are and whether they are still true; the only room that decides paths and manifests.

In: the name of an experiment. Out: its config and paths, artefacts with their states, journals that survive a
kill, atomic writes, fingerprints, and the lock that keeps a second writer out.
"""

from traitscope.experiment.artefact import Artefact, State, making, read_manifest
from traitscope.experiment.fingerprint import digest, file_digest, files_digest
from traitscope.experiment.journal import Journal
from traitscope.experiment.layout import SHIPPED, Layout
from traitscope.experiment.lock import locked
from traitscope.experiment.opening import Experiment, open_experiment

__all__ = [
    "SHIPPED",
    "Artefact",
    "Experiment",
    "Journal",
    "Layout",
    "State",
    "digest",
    "file_digest",
    "files_digest",
    "locked",
    "making",
    "open_experiment",
    "read_manifest",
]
