"""Each code is found in a deliberately bad copy, at its place, and in the good folder nothing is found."""

import pytest
from small_set import SMALL, Copy
from spoiling import SPOILT

from traitscope.config.lint import LintSettings
from traitscope.lint import CODES

OTHER_SETTINGS = {"few-pairs": {"few_pairs": 24}, "unsplittable-questions": {"split_questions": 12}}


def test_there_is_nothing_to_mend_in_the_good_folder(good: Copy) -> None:
    report = good.report()

    assert [(finding.code, finding.line, finding.what) for finding in report.findings] == []
    assert report.waived == ()


def test_there_is_a_bad_copy_for_every_code() -> None:
    assert sorted(SPOILT) == sorted(CODES)


@pytest.mark.parametrize("code", SPOILT)
def test_a_bad_copy_is_found_at_its_file_and_line(code: str, good: Copy) -> None:
    spoilt = SPOILT[code]
    spoilt.spoil(good)

    found = good.found(code, LintSettings(**(SMALL.model_dump() | OTHER_SETTINGS.get(code, {}))))

    assert [(finding.file.name, finding.line) for finding in found][:1] == [(spoilt.file, spoilt.line)]
    assert {(finding.severity, finding.harm, finding.mend) for finding in found} == {
        (CODES[code].severity, CODES[code].harm, CODES[code].mend)
    }


@pytest.mark.parametrize("code", CODES.values(), ids=CODES)
def test_harm_and_mend_are_a_sentence_each(code) -> None:
    for sentence in (code.harm, code.mend):
        assert sentence[0].isupper() and sentence.endswith(".") and "\n" not in sentence
    assert code.name == code.name.lower().replace("_", "-")


def test_thresholds_are_keys_of_the_lint_section_and_every_key_is_a_threshold() -> None:
    keys = {key for code in CODES.values() for key in code.settings}

    assert keys == set(LintSettings.model_fields)


def test_what_is_about_several_scenes_names_them_all(good: Copy) -> None:
    SPOILT["frequent-word"].spoil(good)

    (found,) = (finding for finding in good.found("frequent-word") if "marmalade" in finding.what)

    assert found.lines == (1, 2, 3, 4, 5, 6, 7, 8)
    assert found.what.endswith("of 24 scenes (33%): lines 1, 2, 3, 4, 5, 6, 7, 8")
