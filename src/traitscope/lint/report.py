"""What the lint says of one trait folder."""

from dataclasses import dataclass
from pathlib import Path

from traitscope.lint.figures import Figures
from traitscope.lint.finding import Finding, Severity, Waived
from traitscope.lint.kind import Kind


@dataclass(frozen=True)
class LintReport:
    """One trait folder, looked at."""

    name: str
    folder: Path
    findings: tuple[Finding, ...]
    waived: tuple[Waived, ...]
    figures: Figures
    kind: Kind
    """What the trait was taken for; some heuristics look at deceit and at blamed acts alone."""

    def count(self, severity: Severity) -> int:
        """Findings of that severity."""
        return sum(finding.severity == severity for finding in self.findings)

    def failed(self, strict: bool) -> bool:
        """It has errors or, where strict, warnings."""
        return bool(self.count("error") or (strict and self.count("warning")))
