"""The table in the terminal: 80 columns, plain where it must be, and no markup from names."""

import io
import re
from dataclasses import replace

import example_view
import pytest
from rich.console import Console

from traitscope.report import Absent, Estimate, ReportView, SpecificityView, SteeringView, summary_table
from traitscope.report.damage_view import DamageView


def printed(view: ReportView, width: int = 80, **options: object) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, **options)  # type: ignore[arg-type]
    console.print(summary_table(view))
    return stream.getvalue()


def test_the_table_holds_the_figures_of_traits_and_comparisons(view: ReportView) -> None:
    text = printed(view)
    for figure in ("26>67", "+41.3 [31.0, 52.2]", "79", "18", "0.98", "0.57", "shown"):
        assert figure in _line(text, "shown", 0)
    for figure in ("+31.2 [24.1, 38.1]", "+0.412", "0.0005", "+0.565", "moved up", "yes"):
        assert figure in _line(text, "gloom", 0)
    assert "not shown" in _line(text, "gloom", 1) and "-1.6 [-6.4, 3.4]" in _line(text, "gloom", 1)
    assert "chat -> plain (control)" in text


def test_headings_name_the_prompt_set_where_there_are_several(view: ReportView) -> None:
    planted, control = (replace(one, several_sets=True) for one in view.comparisons)
    lines = printed(replace(view, comparisons=(planted, replace(control, prompts="few")))).splitlines()
    assert {"chat -> gloomy on neutral", "chat -> plain on few (control)"} <= set(map(str.rstrip, lines))


def test_the_result_stands_first(view: ReportView) -> None:
    lines = printed(view).splitlines()
    assert lines[0].split()[:2] == ["result", "trait"]
    assert lines[1].split()[:2] == ["shown", "gloom"]
    assert lines[2].split()[:2] == ["skipped", "formality"]


def test_what_stands_beside_the_winners_is_told_below(view: ReportView) -> None:
    text = printed(view)
    assert "  a system prompt instead: gloom +32.2" in text
    assert "  gloom: other traits' directions: 1 of the 5 asked for; the file has no more" in text
    assert "not specific" not in text


def test_what_there_was_no_time_for_is_told_of_all_traits_at_once(view: ReportView) -> None:
    steering = view.traits[0].steering
    assert isinstance(steering, SteeringView)
    late = replace(view.traits[0], steering=replace(steering, left_out="finer layers wait"))
    text = printed(replace(view, traits=(late, replace(late, name="sorrow"))))
    assert text.count("  gloom and sorrow: finer layers wait") == 1


def test_a_winner_that_moves_another_trait_more_is_labelled(view: ReportView) -> None:
    unspecific = SpecificityView(False, "moves formality by -1.9 baseline spreads, itself by +1.2", ())
    gloom = replace(view.traits[0], specificity=unspecific)
    text = printed(replace(view, traits=(gloom, *view.traits[1:])))
    assert "  gloom: not specific, moves formality by -1.9 baseline spreads, itself by +1.2" in text


def test_reasons_stand_below_the_table(view: ReportView) -> None:
    text = printed(view)
    assert "formality and hedging: steer.traits does not name it" in text
    assert "formality and hedging: no judge for this trait" in text


@pytest.mark.parametrize("width", [80, 100])
def test_the_table_fits_with_long_names_and_wide_figures(view: ReportView, width: int) -> None:
    text = printed(_wide(view), width)
    assert max(len(line) for line in text.splitlines()) <= width
    unbroken = re.sub(r"\s+", " ", text)
    assert "-100.0 [-100.0, -100.0]" in unbroken
    for word in ("skipped", "moved up", "cannot tell", "1,240"):
        assert word in unbroken


def test_a_gain_stands_with_its_price(view: ReportView) -> None:
    row = next(line for line in printed(view, 100).splitlines() if "gloom" in line and "+41.3" in line)
    assert "0.42" in row
    assert " -6 " in row
    without = replace(view, traits=(replace(view.traits[0], damage=Absent("steer.damage is false")),))
    assert "0.42" not in printed(without, 100)


def test_the_winners_worst_median_and_best_answer_stand_beside_the_unsteered_ones(view: ReportView) -> None:
    said = re.sub(r"\s+", " ", printed(view, 100))
    places = [said.index(f"gloom, {flag} answer (") for flag in ("worst", "median", "best")]
    assert places == sorted(places)
    assert said.count("; unsteered (") == 3


def test_the_table_is_plain_ascii_without_colour(view: ReportView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in printed(view, force_terminal=True)
    monkeypatch.delenv("NO_COLOR")
    plain = printed(view)
    assert plain.isascii()


def test_a_terminal_with_colour_gets_it(view: ReportView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;9" in printed(view, force_terminal=True, color_system="standard")


def test_names_are_no_markup(view: ReportView) -> None:
    named = replace(view.traits[0], name="[red]x[/]")
    row = replace(view.comparisons[0].ranking[0], trait="[bold]y[/]")
    one = replace(view.comparisons[0], after="[dim]z[/]", ranking=(row,))
    text = printed(replace(view, traits=(named,), comparisons=(one,)))
    assert "[red]x[/]" in text and "[bold]y[/]" in text and "[dim]z[/]" in text


def test_control_characters_in_names_do_not_reach_the_terminal(view: ReportView) -> None:
    named = replace(view.traits[0], name="gl\x1b[2Joom")
    assert "\x1b" not in printed(replace(view, traits=(named,), comparisons=()))


@pytest.mark.parametrize("state", ["only_extracted", "nothing_done", "nothing_coherent"])
def test_an_unfinished_experiment_has_a_table(state: str) -> None:
    text = printed(getattr(example_view, state)())
    assert "None" not in text and "nan" not in text and text.strip()


def _line(text: str, start: str, number: int) -> str:
    return [line for line in text.splitlines() if line.startswith(start)][number]


def _wide(view: ReportView) -> ReportView:
    gloom, planted = view.traits[0], view.comparisons[0]
    assert isinstance(gloom.steering, SteeringView)
    full = Estimate(-100.0, -100.0, -100.0, 20, "questions")
    best = replace(gloom.steering.evaluations[0], coefficient=1240.0, layer=79)
    arms = tuple(replace(arm, trait=100.0, coherence=100.0, delta=full) for arm in gloom.steering.arms)
    steering = replace(gloom.steering, arms=arms, best=best)
    names = ("helpfulness_expressed", "a_name_of_thirty_characters_no")
    assert isinstance(gloom.damage, DamageView)
    lost = replace(gloom.damage.accuracy, change=Estimate(-100.0, -100.0, -100.0, 120, "items"))
    damage = replace(gloom.damage, divergence=12.34, accuracy=lost)
    return replace(
        view,
        traits=tuple(
            replace(gloom, name=name, steering=steering, result="skipped", damage=damage) for name in names
        ),
        comparisons=(
            replace(
                planted,
                before="instruct_without_adapter",
                after="instruct_with_sycophancy_adapter",
                ranking=tuple(
                    replace(row, trait=names[0], behaviour=full, output=-12345.6) for row in planted.ranking
                ),
            ),
        ),
    )
