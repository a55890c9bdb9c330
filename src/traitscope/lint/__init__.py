"""Static checks of trait folders: a folder comes in, findings with file and line go out.

No model is asked. Exact checks count; heuristics guess, say so, and are notes where their measured precision
is below 0.8. `codes.py` is the table of everything that can be found.
"""

from traitscope.lint.codes import CODES
from traitscope.lint.figures import Figures
from traitscope.lint.finding import Code, Finding, Severity, Waived
from traitscope.lint.folder import lint_folder
from traitscope.lint.report import LintReport

__all__ = ["CODES", "Code", "Figures", "Finding", "LintReport", "Severity", "Waived", "lint_folder"]
