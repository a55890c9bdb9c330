"""The page: what it shows, what it must never let through, and that it needs nobody."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import example_view
import pytest
from figures_of_view import figures
from page_reader import Reader, with_every_text

from traitscope.report import (
    Absent,
    AnswerSet,
    ReportView,
    SteeringView,
    render_page,
    report_markdown,
    write_page,
)
from traitscope.report.sentences import INSIDE_CAUTION

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'`&]]>--><!--"


@pytest.fixture(scope="module")
def page(view: ReportView) -> str:
    return render_page(view)


def test_every_figure_of_the_view_stands_in_the_page(view: ReportView, page: str) -> None:
    text = Reader(page).text
    missing = [place for place in figures(view) if place[1] not in text]
    assert missing == []


def test_every_token_and_every_projection_is_in_the_page(view: ReportView, page: str) -> None:
    reader = Reader(page)
    tokens = json.loads(reader.raw["script"][0])["tokens"]
    for slug, comparison in zip(tokens, view.comparisons, strict=True):
        lines = [line for shown in comparison.tokens for line in (shown.before, shown.after)]
        for line, answer in zip(lines, tokens[slug]["answers"], strict=True):
            assert " ".join("".join(line.tokens).split()) in reader.text
            for trait, values in line.values.items():
                assert answer[trait]["values"] == pytest.approx(values, rel=6e-3)


def test_comparisons_on_several_sets_are_told_apart_everywhere(view: ReportView) -> None:
    planted, control = view.comparisons
    sets = [
        replace(one, prompts=name, several_sets=True)
        for name in ("few", "many")
        for one in (planted, control)
    ]
    several = replace(view, comparisons=tuple(sets))
    found = Reader(render_page(several))
    anchors = found.attribute("id")
    assert len(anchors) == len(set(anchors))
    assert set(found.attribute("href")) >= {f"#comparison-chat-to-gloomy-{name}" for name in ("few", "many")}
    text = report_markdown(several)
    for name in ("few", "many"):
        # The verdict, its table, the tab and the heading.
        assert found.text.count(f"gloomy on {name}") == 4
        assert f"## Comparison: chat → gloomy on {name}\n" in text
    assert "gloomy on" not in Reader(render_page(view)).text


def test_comparisons_whose_names_run_together_keep_pages_of_their_own(view: ReportView) -> None:
    planted, control = view.comparisons
    alike = (
        replace(planted, after="lora", prompts="to-set"),
        replace(control, after="lora-to", prompts="set"),
    )
    found = Reader(render_page(replace(view, comparisons=alike)))
    anchors = [one for one in found.attribute("id") if one.startswith("comparison-")]
    assert len(anchors) == len(set(anchors)) == 2


def test_answers_of_an_evaluation_can_be_opened_under_its_key(view: ReportView, page: str) -> None:
    data = json.loads(Reader(page).raw["script"][0])
    steering = view.traits[0].steering
    assert isinstance(steering, SteeringView)
    for evaluation in steering.evaluations:
        opened = data["evaluations"][f"gloom.{evaluation.layer}.{evaluation.step}"]
        assert [text for text, _, _ in opened["answers"]] == [answer.text for answer in evaluation.answers]
    assert data["questions"]["gloom"] == list(steering.questions)


def test_every_evaluation_can_be_chosen_in_the_path_and_in_both_maps(view: ReportView, page: str) -> None:
    keys = Reader(page).attribute("data-evaluation")
    steering = view.traits[0].steering
    assert isinstance(steering, SteeringView)
    expected = {f"gloom.{e.layer}.{e.step}" for e in steering.evaluations}
    assert {key: keys.count(key) for key in keys} == dict.fromkeys(expected, 3)


def test_nothing_from_a_model_or_a_user_becomes_markup(view: ReportView, page: str) -> None:
    hostile = with_every_text(view, _poison)
    poisoned, clean = Reader(render_page(hostile)), Reader(page)
    assert [tag for tag, _ in poisoned.elements if tag == "img"] == []
    assert [tag for tag, _ in poisoned.elements] == [tag for tag, _ in clean.elements]
    assert not [name for _, attributes in poisoned.elements for name in attributes if name.startswith("on")]
    assert poisoned.unclosed == []


def test_hostile_text_is_shown_as_it_is(view: ReportView) -> None:
    hostile = with_every_text(view, _poison)
    reader = Reader(render_page(hostile))
    shown = " ".join(HOSTILE.split())
    for name in ("gloom", "demo", "gloomy", example_view.PLAIN[0], example_view.QUESTIONS[0], "neutral-03"):
        assert name + shown in reader.text
    assert any("gloom" + HOSTILE in title for title in reader.attribute("aria-label"))
    data = json.loads(reader.raw["script"][0])
    assert (
        example_view.QUESTIONS[0] + HOSTILE
        in data["questions"]["gloom-script-script-alert-1-script-img-src-x-onerror-alert-2"]
    )
    assert len(reader.raw["script"]) == 2


def test_the_script_data_holds_no_angle_bracket(view: ReportView) -> None:
    hostile = with_every_text(view, _poison)
    assert not set("<>&\u2028\u2029") & set(Reader(render_page(hostile)).raw["script"][0])


def test_control_characters_and_broken_unicode_do_not_break_the_page(view: ReportView) -> None:
    broken = with_every_text(replace(view, figures=()), lambda text: text + "\x00\x1b[31m\ud800\u2028")
    page = render_page(broken)
    assert not set("\x00\x1b\ud800") & set(page)
    page.encode()


def test_the_page_asks_for_nothing_outside_itself(page: str) -> None:
    reader = Reader(page)
    for _, attributes in reader.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            address = attributes.get(name, "")
            assert not re.match(r"(?i)\s*([a-z][a-z0-9+.-]*:)?//|\s*(?!data:)[a-z]+:", address), address
    style, script = reader.raw["style"][0], reader.raw["script"][1]
    assert "url(" not in style and "@import" not in style
    assert not re.search(r"fetch|XMLHttpRequest|WebSocket|import\s*\(|sendBeacon|https?:", script)


def test_the_policy_allows_this_style_and_this_script_alone(page: str) -> None:
    reader = Reader(page)
    metas = [a for tag, a in reader.elements if tag == "meta"]
    policy = next(a["content"] for a in metas if a.get("http-equiv") == "Content-Security-Policy")
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["style-src"] == f"'sha256-{_digest(reader.raw['style'][0])}'"
    assert directives["script-src"] == f"'sha256-{_digest(reader.raw['script'][1])}'"
    assert not reader.attribute("style")


def test_the_script_writes_text_and_never_markup(page: str) -> None:
    script = Reader(page).raw["script"][1]
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", script
    )


def test_sections_stand_in_the_order_in_which_they_are_read(page: str) -> None:
    ids = [name for name in Reader(page).attribute("id") if name in _SECTIONS]
    assert ids == _SECTIONS


_SECTIONS = [
    "verdicts",
    "table-traits",
    "traits",
    "trait-gloom",
    "trait-formality",
    "trait-hedging",
    "comparisons",
    "comparison-chat-to-gloomy-neutral",
    "comparison-chat-to-plain-neutral",
    "provenance",
    "warnings",
    "limits",
]


def test_the_caution_about_the_inside_score_stands_with_every_comparison(view: ReportView, page: str) -> None:
    assert Reader(page).text.count(INSIDE_CAUTION) == len(view.comparisons) + 1


def test_a_missing_figure_is_a_hyphen_with_its_reason_on_hover_and_in_text(page: str) -> None:
    reader = Reader(page)
    hovers = [a["title"] for _, a in reader.elements if a.get("class") == "absent"]
    assert "no judge for this trait" in hovers
    assert "- (no judge for this trait)" in reader.text
    assert "formality and hedging: no behaviour and smallest seen (no judge for this trait)." in reader.text
    assert "layer 6, step 4: no trait and delta (only 7 of 10 answers could be scored)." in reader.text


def test_the_steered_flag_stands_beside_the_verdict_and_changes_nothing_else(view: ReportView) -> None:
    planted = view.comparisons[0]
    first = replace(planted.ranking[0], steered=False)
    without = replace(view, comparisons=(replace(planted, ranking=(first, *planted.ranking[1:])),))
    with_flag = replace(view, comparisons=(planted,))
    texts = [Reader(render_page(one)).text for one in (with_flag, without)]
    assert texts[0] != texts[1]
    assert texts[0].replace("not steered", "steered") == texts[1].replace("not steered", "steered")


def test_everything_that_was_compared_is_listed_done_or_not_and_controls_as_such(
    view: ReportView, page: str
) -> None:
    text = Reader(page).text
    assert "chat gloomy neutral no done chat plain neutral noise done chat gloomy many no missing" in text
    assert "| chat | gloomy | many | no | missing |" in report_markdown(view)


def test_the_inside_line_is_said_to_be_uncalibrated_wherever_it_decides(view: ReportView, page: str) -> None:
    text = Reader(page).text
    assert text.count("inside: not calibrated here") == len(view.comparisons)
    assert view.comparisons[0].calibration in text
    without = replace(view, comparisons=tuple(replace(one, calibration="") for one in view.comparisons))
    assert "calibrated here" not in Reader(render_page(without)).text


def test_what_a_verdict_leaves_out_stands_beside_it(page: str) -> None:
    verdicts = Reader(page).text.partition("Everything that was compared")[0]
    assert "Something else moved. The listed traits span 18 % of a shift" in verdicts
    assert "gloom and hedging overlap (cosine +0.314): what moves one is bound to move the other." in verdicts
    assert "opening only possible" in verdicts
    assert "0 of 1 controls score this high" in verdicts


def test_every_part_of_a_comparison_has_an_address_of_its_own(page: str) -> None:
    reader = Reader(page)
    for part in ("evidence", "layers", "effects", "tokens", "spans"):
        assert f"{part}-chat-to-gloomy-neutral" in reader.attribute("id")
        assert f"#{part}-chat-to-gloomy-neutral" in reader.attribute("href")
    assert {"groups-chat-to-gloomy-neutral-1", "series-chat-step_10-step_20-neutral"} <= set(
        reader.attribute("id")
    )


def test_the_page_is_the_same_when_written_twice(view: ReportView, tmp_path: Path) -> None:
    first = write_page(view, tmp_path / "a").read_bytes()
    assert write_page(example_view.example_view(), tmp_path / "b").read_bytes() == first


def test_the_page_is_one_file_called_index_html(view: ReportView, tmp_path: Path) -> None:
    path = write_page(view, tmp_path / "report")
    assert path == tmp_path / "report" / "index.html"
    assert [entry.name for entry in (tmp_path / "report").iterdir()] == ["index.html"]


def test_a_page_that_would_be_too_large_leaves_answers_out_and_says_so(
    view: ReportView, tmp_path: Path
) -> None:
    gloom = view.traits[0]
    steering = gloom.steering
    assert isinstance(steering, SteeringView) and not isinstance(steering.best, Absent)
    wordy = [replace(e, answers=_longer(e.answers, 6_000)) for e in steering.evaluations]
    best = next(e for e in wordy if (e.layer, e.step) == (steering.best.layer, steering.best.step))
    long = replace(
        gloom,
        steering=replace(steering, evaluations=tuple(wordy), best=best, best_per_layer=(best,)),
    )
    traits = tuple(replace(long, name=f"gloom {index}") for index in range(3))
    path = write_page(replace(view, traits=traits), tmp_path)
    reader = Reader(path.read_text(encoding="utf-8"))
    assert path.stat().st_size <= 5_000_000
    assert "best evaluation of each layer" in reader.text
    kept = [e for e in json.loads(reader.raw["script"][0])["evaluations"].values() if e["answers"]]
    assert len(kept) == 3


def test_even_endless_answers_fit_into_a_page(view: ReportView, tmp_path: Path) -> None:
    gloom = view.traits[0]
    assert isinstance(gloom.steering, SteeringView)
    endless = tuple(_endless(answers) for answers in gloom.steering.answers)
    steering = replace(gloom.steering, answers=endless)
    path = write_page(replace(view, traits=(replace(gloom, steering=steering),)), tmp_path)
    assert path.stat().st_size <= 5_000_000
    assert "worst, median and best question" in Reader(path.read_text(encoding="utf-8")).text


@pytest.mark.parametrize("state", ["only_extracted", "nothing_done", "nothing_coherent"])
def test_an_unfinished_experiment_has_a_page(state: str) -> None:
    reader = Reader(render_page(getattr(example_view, state)()))
    assert reader.unclosed == []
    assert "None" not in re.sub(r"Warnings None\.", "", reader.text)
    assert "nan" not in reader.text.split()


def test_a_page_without_a_comparison_says_so_and_links_to_none() -> None:
    reader = Reader(render_page(example_view.only_extracted()))
    assert "No variants were compared." in reader.text
    assert "#comparisons" not in reader.attribute("href")
    assert "No steering: the stage steer has not run." in reader.text


def test_a_search_without_a_coherent_evaluation_says_what_to_change() -> None:
    text = Reader(render_page(example_view.nothing_coherent())).text
    assert "No evaluation was coherent: start lower (start: 0.35) or take more steps (steps: 8)." in text


def test_warnings_are_counted_in_the_head_of_the_page(page: str) -> None:
    reader = Reader(page)
    assert "2 warnings" in reader.text
    assert "#warnings" in reader.attribute("href")


def test_links_inside_the_page_have_a_target(page: str) -> None:
    reader = Reader(page)
    ids = reader.attribute("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in reader.attribute("href") if href.startswith("#")} <= set(ids)


def test_a_figure_that_is_not_finite_is_named_by_its_path(view: ReportView) -> None:
    broken = replace(view.comparisons[0], dose=float("nan"))
    with pytest.raises(ValueError, match=re.escape("view.comparisons[0].dose is nan")):
        render_page(replace(view, comparisons=(broken,)))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the command chromium")
def test_the_script_runs_under_the_pages_own_policy(view: ReportView, tmp_path: Path) -> None:
    path = write_page(view, tmp_path / "report")
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-background-networking", f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom"]
    address = f"{path.as_uri()}#trait=hedging&tokens=formality&theme=dark"
    shown = subprocess.run(
        [*command, address], capture_output=True, text=True, timeout=120, check=True
    ).stdout
    reader = Reader(shown)
    root = reader.elements[0][1]
    assert (root["class"], root["data-theme"]) == ("live", "dark")
    active = [a["data-name"] for _, a in reader.elements if a.get("class") == "panel active"]
    assert active == ["hedging", "chat-to-gloomy-neutral"]


def _poison(text: str) -> str:
    """Hostile words behind every text but the empty ones and the arms, which the program names itself."""
    return text if text in ("", "unsteered", "winner") or text.startswith("random_") else text + HOSTILE


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _longer(answers: tuple, characters: int) -> tuple:
    return tuple(
        replace(answer, text=(answer.text + " ") * (characters // len(answer.text))) for answer in answers
    )


def _endless(answers: AnswerSet) -> AnswerSet:
    return replace(answers, best=_longer((answers.best,), 400_000)[0])
