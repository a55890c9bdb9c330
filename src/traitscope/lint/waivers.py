"""Findings that steering.json declares to be the trait itself, each with a reason."""

from collections.abc import Iterable

from traitscope.config import nearest
from traitscope.lint import codes
from traitscope.lint.draft import Draft
from traitscope.lint.finding import Finding, Waived, printable


def waive(draft: Draft, found: Iterable[Finding]) -> tuple[list[Finding], list[Waived]]:
    """What is left of the findings, with what is wrong about the waivers, and what was waived."""
    reasons = {
        code: printable(reason.strip())
        for code, reason in draft.waived.items()
        if isinstance(reason, str) and reason.strip()
    }
    kept: list[Finding] = []
    waived: list[Waived] = []
    for finding in found:
        if finding.code in reasons and finding.severity != "error":
            waived.append(Waived(finding, reasons[finding.code]))
        else:
            kept.append(finding)
    used = {one.finding.code for one in waived}
    return [*kept, *_faults(draft, reasons, used)], waived


def _faults(draft: Draft, reasons: dict[str, str], used: set[str]) -> list[Finding]:
    found = []
    for code in draft.waived:
        line = draft.key_lines.get(code)
        known = codes.CODES.get(code)
        if code not in reasons:
            what = f'"{code}" is waived without a reason'
            found.append(codes.WAIVER_WITHOUT_REASON.found(draft.steering_file, line, what))
        if known is None:
            guess = nearest(code, codes.CODES)
            what = f'"{code}" is no code' + (f"; is {guess} meant?" if guess else "")
            found.append(codes.UNKNOWN_WAIVER.found(draft.steering_file, line, what))
        elif known.severity == "error":
            what = f'"{code}" is an error'
            found.append(codes.REFUSED_WAIVER.found(draft.steering_file, line, what))
        elif code in reasons and code not in used:
            found.append(codes.UNUSED_WAIVER.found(draft.steering_file, line, f'"{code}" is waived'))
    return found
