"""What is the trait itself may be waived, with a reason, and is listed."""

from small_set import Copy
from spoiling import SPOILT


def test_a_waived_finding_is_listed_with_its_reason_and_does_not_fail(good: Copy):
    SPOILT["differs-punctuation"].spoil(good)
    unwaived = good.found("differs-punctuation")
    good.steering(lint={"waive": {"differs-punctuation": "Marks are the trait."}})

    report = good.report()

    assert [
        waived.finding for waived in report.waived if waived.finding.code == "differs-punctuation"
    ] == unwaived
    assert {waived.reason for waived in report.waived} == {"Marks are the trait."}
    assert not any(finding.code == "differs-punctuation" for finding in report.findings)


def test_an_error_is_reported_although_it_is_waived(good: Copy):
    SPOILT["same-on-both-sides"].spoil(good)
    good.steering(lint={"waive": {"same-on-both-sides": "It is the trait."}})

    codes = [finding.code for finding in good.report().findings]

    assert "same-on-both-sides" in codes and "refused-waiver" in codes


def test_waivers_cannot_be_waived(good: Copy):
    good.steering(lint={"waive": {"nonsense": "A reason.", "unknown-waiver": "Another."}})

    (finding,) = good.found("unknown-waiver")

    assert '"nonsense"' in finding.what


def test_an_unknown_code_is_answered_by_the_nearest_one(good: Copy):
    good.steering(lint={"waive": {"bag-of-word": "It is the trait."}})

    assert "is bag-of-words meant?" in good.found("unknown-waiver")[0].what
