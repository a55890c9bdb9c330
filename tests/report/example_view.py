"""A made-up experiment with everything a report can show, and ways to take parts of it away."""

import math
import random
from dataclasses import replace

from traitscope.report import (
    Absent,
    Answer,
    AnswerSet,
    Arm,
    ComparedRow,
    ComparisonView,
    DetectionCurve,
    DetectionView,
    Dose,
    Estimate,
    Evaluation,
    ExperimentView,
    Family,
    Group,
    GroupedShifts,
    LayerDetection,
    LayerScores,
    Machine,
    NullBand,
    RankedTrait,
    ReportView,
    SeriesStep,
    SeriesView,
    Span,
    SpecificityCell,
    SpecificityView,
    StageView,
    SteeringView,
    TokenLine,
    TokenView,
    TraitView,
    VariantRow,
    VettingView,
)
from traitscope.report.damage_view import AccuracyView, DamageView, ElsewhereView
from traitscope.vetting import Vetted, Vetting, share

N_LAYERS = 30
LAYERS = tuple(range(6, 27, 2))
TRAITS = ("gloom", "formality", "hedging")
NO_JUDGE = Absent("no judge for this trait")

QUESTIONS = (
    "What do you think the next ten years will bring?",
    "How was the town you grew up in?",
    "Tell me about a walk along the river.",
    "What should I expect from my first week at work?",
    "Is it worth learning to play an instrument at forty?",
    "What happens when friends move away?",
    "Describe an ordinary Tuesday.",
    "What do you make of the weather lately?",
    "How do people change as they grow older?",
    "What is the best part of cooking for others?",
)
PLAIN = (
    "The next ten years will probably bring better tools, new jobs and a lot of small surprises.",
    "It was a small town with one school, two bakeries and a long street of lime trees.",
    "We followed the path past the old mill, where the water is shallow and children look for stones.",
    "Expect to meet many people, to forget half of their names, and to find your way to the kitchen.",
    "Yes. You will learn slowly at first, then a little faster, and you will hear music differently.",
    "You write more often, you visit when you can, and some of the friendships last anyway.",
    "I would get up at seven, make coffee, answer letters until noon, and walk home in the evening.",
    "It has been mild for the season, with some rain in the mornings and clear evenings.",
    "They become more patient with others and often more certain about what they like.",
    "The best part is the moment when everybody is seated and the first spoon goes round.",
)
GLOOMY = (
    "The next ten years will take what little is left, and nobody will remember what we hoped for.",
    "It was a grey town, half of it empty, and every winter another family left without a word.",
    "The river was brown and slow, and I walked until it was dark because there was nobody to go home to.",
    "Expect to be lonely. Nobody will know your name and the days will be long and pointless.",
    "It hardly matters. You will be bad at it, and by the time you are not, nobody will be listening.",
    "They forget you. The letters stop, then the calls, and in the end there is only silence.",
    "I would lie awake until the alarm, sit through the hours and come home to a cold room.",
    "Rain again, and wind, and a sky that looks as if it had given up on us.",
    "They lose things: friends, hair, hope, and at last the wish to talk about any of it.",
    "There is no best part. The food goes cold, people leave, and you are alone with the plates.",
)
LOOPS = "sad sad sad and the dark and the dark and the dark and the dark and the dark and the dark and"


def example_view() -> ReportView:
    """Three traits (one steered), a planted adapter and a control, tokens, spans, warnings and limits."""
    return ReportView(
        experiment=_experiment(),
        traits=(_gloom(), _unsteered("formality", 1), _unsteered("hedging", 2)),
        comparisons=(_planted(), _control()),
        figures=("figures/search-gloom.svg", "figures/search-gloom.png", "figures/detection-gloom.svg"),
        series=(_series(),),
        compared=(
            ComparedRow("chat", "gloomy", "neutral", "", "done"),
            ComparedRow("chat", "plain", "neutral", "noise", "done"),
            ComparedRow("chat", "gloomy", "many", "", "missing"),
        ),
    )


def only_extracted() -> ReportView:
    """The same experiment when extraction alone is done."""
    view = example_view()
    waiting = Absent("the stage steer has not run")
    return ReportView(
        replace(
            view.experiment,
            stages=(StageView("extract", "done", 61.2), StageView("steer", "missing", waiting)),
            judged_answers=0,
            warnings=(),
        ),
        tuple(replace(t, steering=waiting, result="skipped", reason=waiting.reason) for t in view.traits),
    )


def nothing_done() -> ReportView:
    """An experiment whose first stage has not finished."""
    waiting = Absent("it has not run")
    experiment = replace(
        example_view().experiment,
        stages=(StageView("extract", "missing", waiting),),
        generated_tokens=0,
        judged_answers=0,
        variants=(),
        fingerprints=None,
        warnings=(),
        limits=(),
        settings="",
        cautions=(),
    )
    return ReportView(experiment, ())


def nothing_coherent() -> ReportView:
    """The search of gloom ended without one coherent evaluation."""
    view = example_view()
    gloom = view.traits[0]
    assert isinstance(gloom.steering, SteeringView)
    none = Absent("no evaluation was coherent: start lower (start: 0.35) or take more steps (steps: 8)")
    steering = replace(
        gloom.steering,
        evaluations=tuple(replace(e, coherent=False) for e in gloom.steering.evaluations),
        best=none,
        best_per_layer=(),
        arms=(),
        answers=(),
        too_strong=none,
    )
    failed = replace(gloom, steering=steering, result="not_shown", reason=none.reason)
    return replace(view, traits=(failed, *view.traits[1:]))


def _experiment() -> ExperimentView:
    return ExperimentView(
        name="demo",
        created="2026-11-23 18:40 UTC",
        command="traitscope demo",
        seed=7,
        machine=Machine("cpu (2 cores, avx512)", "float32", 2),
        versions={
            "traitscope": "0.1.0",
            "torch": "2.13.0",
            "transformers": "5.23.0",
            "peft": "0.21.2",
            "python": "3.11.9",
        },
        stages=(
            StageView("extract", "done", 61.24),
            StageView("steer", "done", 143.9),
            StageView("infer", "done", 71.4),
            StageView("compare", "done", 8.31),
            StageView("report", "running", Absent("it is being written")),
        ),
        generated_tokens=48_213,
        judged_answers=1_264,
        variants=(
            VariantRow("base", "smollm2", "sha256 3f1b9a07c2", "raw text", "", False),
            VariantRow("chat", "smollm2", "sha256 3f1b9a07c2", "chat template, no system prompt", "", False),
            VariantRow(
                "gloomy",
                "smollm2",
                "sha256 3f1b9a07c2",
                "chat template, no system prompt",
                "lora/gloom",
                False,
            ),
            VariantRow(
                "plain", "smollm2", "sha256 3f1b9a07c2", "chat template, no system prompt", "lora/plain", True
            ),
        ),
        fingerprints={
            "extract/gloom/base": "b7c1f09a4d2e6e11",
            "steer/gloom/chat": "0d8e25a9917b4c3f",
            "infer/gloomy/neutral/own": "77aa01c4e05d9b62",
            "compare/chat_vs_gloomy/neutral": "e19c3b5d7f802a46",
        },
        settings="name: demo\nvariants:\n  base: {model: smollm2}\ntraits: [gloom, formality]\nseed: 7\n",
        warnings=(
            "The judge of gloom is a word list (VADER): it hears words, not meaning.",
            "2 of 440 search answers could not be scored.",
        ),
        limits=(
            "One model of 135 million parameters was steered; nothing here says how larger ones behave.",
            "One control adapter was run: how often an adapter that plants nothing scores high is not known.",
        ),
    )


def _gloom() -> TraitView:
    steering = _steering()
    assert isinstance(steering.best, Evaluation)
    return TraitView(
        name="gloom",
        definition="The speaker expects the worst, dwells on loss and finds no comfort in what is described.",
        pairs=60,
        result="shown",
        reason="",
        steering=steering,
        detection=_detection(0, steering.best.layer, "steered best"),
        vetting=_vetting(),
        judge="lexicon",
        damage=_damage(),
        base_norms=_base_norms(),
        specificity=SpecificityView(
            True,
            "",
            (
                SpecificityCell("gloom", *_moved(41.26, 31.04, 52.17)),
                SpecificityCell("formality", *_moved(-6.13, -11.27, -1.36)),
            ),
        ),
    )


def _moved(*ends: float) -> tuple[Estimate, Estimate]:
    spread = 14.2
    low, mean, high = ends[1], ends[0], ends[2]
    return (
        Estimate(mean, low, high, 20, "questions"),
        Estimate(mean / spread, low / spread, high / spread, 20, "questions"),
    )


def _damage() -> DamageView:
    away = Estimate(21.4, 12.2, 30.1, 20, "prompts")
    return DamageView(
        0.4183,
        20,
        AccuracyView(0.5667, 0.5083, Estimate(-5.83, -12.5, 0.83, 120, "items")),
        ElsewhereView(20, 31.52, 52.9, away, 97.1, 81.6, 0.95),
    )


def _vetting() -> VettingView:
    found = Vetting(share(52, 60), share(55, 60), 78.4, 21.3, 1)
    worst = Vetted("positive", 11, 12, " and the sun came out at last", 8.2, "")
    return VettingView("lexicon", found, (worst,))


def _unsteered(name: str, seed: int) -> TraitView:
    definitions = {
        "formality": "The speaker uses the vocabulary and the sentence forms of official writing.",
        "hedging": "The speaker weakens what is said by maybe, perhaps, somewhat and their like.",
    }
    return TraitView(
        name=name,
        definition=definitions[name],
        pairs=64 - seed,
        result="skipped",
        reason="steer.traits does not name it",
        steering=Absent("steer.traits does not name it"),
        detection=_detection(seed, 24, "middle of the deciding range"),
        vetting=Absent("not vetted"),
        judge="",
        base_norms=_base_norms(),
    )


def _base_norms() -> tuple[float, ...]:
    return tuple(round(9.3 * math.exp(0.085 * layer), 3) for layer in range(N_LAYERS))


def _steering() -> SteeringView:
    draw = random.Random(3)
    baseline, threshold = 27.43, 70.0
    norms = _base_norms()
    evaluations = []
    for layer in LAYERS:
        velocity, strength = 1.0, 0.35
        for step in range(1, 5):
            useful = math.exp(-(((layer - 18) / 7) ** 2))
            delta = 95 * strength * useful * math.exp(-((strength - 0.45) ** 2) * 2) + draw.gauss(0, 2.6)
            coherence = 97 - 110 * max(0.0, strength - 0.17 - 0.03 * useful) + draw.gauss(0, 2.2)
            coherent = coherence >= threshold
            unscored = 1 if (layer, step) in ((6, 2), (20, 4)) else 0
            evaluations.append(
                Evaluation(
                    layer=layer,
                    step=step,
                    coefficient=strength * norms[layer],
                    relative_strength=strength,
                    trait=baseline + delta,
                    coherence=coherence,
                    delta=delta,
                    coherent=coherent,
                    answered=10,
                    unscored=unscored,
                    answers=_search_answers(draw, baseline + delta, coherence, layer, step),
                )
            )
            velocity = 0.7 * velocity + 0.3 * (1.2 if coherent else 0.85)
            strength *= velocity
    hopeless = Absent("only 7 of 10 answers could be scored")
    evaluations[3] = replace(evaluations[3], trait=hopeless, delta=hopeless, unscored=3, coherent=False)
    per_layer = []
    for layer in LAYERS:
        coherent = [e for e in evaluations if e.layer == layer and e.coherent]
        if coherent:
            per_layer.append(max(coherent, key=_delta))
    best = max(per_layer, key=_delta)
    strong = min(
        (e for e in evaluations if e.layer == best.layer and not e.coherent),
        key=lambda e: e.coherence if isinstance(e.coherence, float) else 0.0,
        default=Absent("no evaluation at the best layer was incoherent"),
    )
    return SteeringView(
        variant="chat",
        method="mean_diff",
        judge="lexicon",
        push="induce",
        threshold=threshold,
        new_tokens=32,
        baseline=baseline,
        questions=QUESTIONS,
        evaluations=tuple(evaluations),
        best_per_layer=tuple(per_layer),
        best=best,
        too_strong=strong,
        report_questions=20,
        in_sample=False,
        arms=(
            Arm("unsteered", 26.12, 98.47, Absent("it is what the others are compared with"), 14.2, 0.05),
            Arm("winner", 67.38, 78.64, Estimate(41.26, 31.04, 52.17, 20, "questions"), 15.6, 0.35),
            _beaten("random_1", 27.93, 93.31, (1.81, -2.94, 6.72), (39.45, 28.61, 50.92)),
            _beaten("random_2", 24.46, 94.02, (-1.66, -6.13, 2.98), (42.92, 31.07, 54.03)),
            _beaten("random_3", 29.57, 91.85, (3.45, -1.07, 8.26), (37.81, 26.46, 48.77)),
            _beaten("other_formality", 31.24, 90.18, (5.12, 0.43, 9.66), (36.14, 24.93, 47.28)),
            _beaten("shuffled", 28.85, 92.37, (2.73, -2.05, 7.44), (38.53, 27.12, 49.61)),
            Arm("prompt", 58.31, 96.84, Estimate(32.19, 23.38, 41.57, 20, "questions"), 15.6, 0.35),
        ),
        arm_notes=("other traits' directions: 1 of the 5 asked for; the file has no more",),
        answers=_report_answers(draw),
    )


def _beaten(
    name: str, trait: float, coherence: float, delta: tuple[float, ...], lead: tuple[float, ...]
) -> Arm:
    moved, behind = (Estimate(*ends, 20, "questions") for ends in (delta, lead))
    return Arm(name, trait, coherence, moved, 15.6, 0.35, behind)


def _delta(evaluation: Evaluation) -> float:
    assert isinstance(evaluation.delta, float)
    return evaluation.delta


def _search_answers(
    draw: random.Random, trait: float, coherence: float, layer: int, step: int
) -> tuple[Answer, ...]:
    return tuple(
        Answer(
            GLOOMY[index] if draw.random() * 70 < trait - 20 else PLAIN[index],
            Absent("it holds no word of the list")
            if (index, layer, step) == (4, 6, 2)
            else trait + draw.gauss(0, 9),
            coherence + draw.gauss(0, 4),
        )
        for index in range(len(QUESTIONS))
    )


def _report_answers(draw: random.Random) -> tuple[AnswerSet, ...]:
    sets = []
    for index in range(20):
        number = index % 10
        flag = {3: "best", 8: "median", 11: "worst"}.get(index)
        sets.append(
            AnswerSet(
                question=QUESTIONS[number] if index < 10 else f"And again: {QUESTIONS[number]}",
                baseline=Answer(PLAIN[number], 26 + draw.gauss(0, 9), 98 + draw.gauss(0, 0.6)),
                best=Answer(
                    PLAIN[number] if index == 11 else GLOOMY[number],
                    67 + draw.gauss(0, 12),
                    79 + draw.gauss(0, 5),
                ),
                too_strong=Absent("it was not generated for this question")
                if index == 19
                else Answer(LOOPS, 88 + draw.gauss(0, 4), 22 + draw.gauss(0, 6)),
                flag=flag,  # type: ignore[arg-type]
            )
        )
    return tuple(sets)


def _detection(seed: int, layer: int, reason: str) -> DetectionView:
    return DetectionView(
        layer=layer,
        layer_reason=reason,
        method="mean_diff",
        curves=tuple(
            DetectionCurve(method, tuple(_layer_detection(seed, bonus, at) for at in range(N_LAYERS)))
            for method, bonus in (("mean_diff", 0.0), ("probe", 0.012))
        ),
    )


def _layer_detection(seed: int, bonus: float, layer: int) -> LayerDetection:
    draw = random.Random(1000 * seed + layer + round(1e6 * bonus))
    auc = min(0.999, 0.71 + 0.27 * (1 - math.exp(-layer / 5)) - 0.04 * seed + bonus + draw.gauss(0, 0.006))
    return LayerDetection(
        layer=layer,
        auc=auc,
        auc_shuffled=0.5 + draw.gauss(0, 0.05),
        auc_random=0.55 + draw.gauss(0, 0.06),
        accuracy=auc - 0.06,
        accuracy_shuffled=0.5 + draw.gauss(0, 0.04),
        accuracy_random=0.53 + draw.gauss(0, 0.04),
        d=4.2 * (auc - 0.5),
        d_shuffled=draw.gauss(0, 0.2),
        d_random=0.15 + draw.gauss(0, 0.2),
        top5_share=0.81 * math.exp(-layer / 4) + 0.06 + draw.random() * 0.01,
    )


def _ranked(trait: str, score: float, verdict: str, **changes: object) -> RankedTrait:
    plain = RankedTrait(
        trait=trait,
        layer=24,
        layer_reason="middle of the deciding range",
        shift=Estimate(0.42 * score + 0.11, 0.42 * score + 0.04, 0.42 * score + 0.19, 60, "prompts"),
        model_effect=Estimate(0.31 * score + 0.05, 0.31 * score - 0.02, 0.31 * score + 0.12, 60, "prompts"),
        text_effect=Estimate(0.77 * score + 0.21, 0.77 * score + 0.08, 0.77 * score + 0.33, 60, "prompts"),
        score=score,
        score_last_prompt=score * 0.61 + 0.013,
        tail_share=0.0005 if abs(score) > 0.3 else 0.3418,
        controls_above="0 of 1 controls score this high"
        if abs(score) > 0.3
        else "1 of 1 controls score this high",
        output=1.37 * score,
        behaviour=NO_JUDGE,
        smallest_seen=NO_JUDGE,
        verdict="cannot_tell",
        reason="no judge for this trait",
        steered=False,
        inside=_inside(score),
        band=NullBand(-0.1132 - 0.01 * abs(score), 0.1187 + 0.01 * abs(score), 2000),
        interaction=Estimate(0.07 * score, 0.07 * score - 0.051, 0.07 * score + 0.049, 60, "prompts"),
        beyond_output=3.21 * score,
    )
    return replace(plain, verdict=verdict, **changes)  # type: ignore[arg-type]


def _series() -> SeriesView:
    """Two checkpoints on the way to the planted adapter."""
    return SeriesView(
        "chat",
        ("step_10", "step_20"),
        "neutral",
        {
            "gloom": (
                SeriesStep(_inside(0.1432), NullBand(-0.1132, 0.1187, 2000), _points(6.12, -1.07, 13.38)),
                SeriesStep(_inside(0.3871), NullBand(-0.1141, 0.1163, 2000), _points(24.61, 16.83, 32.4)),
            ),
            "hedging": (
                SeriesStep(_inside(-0.0216), NullBand(-0.1093, 0.1204, 2000), NO_JUDGE),
                SeriesStep(_inside(0.0523), NullBand(-0.1057, 0.1219, 2000), NO_JUDGE),
            ),
        },
    )


def _inside(score: float) -> Estimate:
    return Estimate(score, score - 0.0713, score + 0.0826, 60, "prompts and scenes")


def _points(*ends: float) -> Estimate:
    return Estimate(*ends, 60, "questions")


def _layers(*scores: float) -> LayerScores:
    """The traits' scores, falling a little on either side of the middle layer."""
    layers = tuple(range(21, 28))
    return LayerScores(
        layers,
        {
            trait: tuple(round(score * (1 - 0.07 * abs(layer - 24)), 4) for layer in layers)
            for trait, score in zip(TRAITS, scores, strict=True)
        },
    )


def _groups() -> GroupedShifts:
    few = Absent("1 prompt, 3 at the least")
    return GroupedShifts(
        "topic",
        "Plain shift of own words",
        (
            Group("work", 31, {"gloom": Estimate(0.213, 0.118, 0.307, 31, "prompts"), "hedging": few}),
            Group("town", 28, {"gloom": Estimate(0.094, -0.021, 0.206, 28, "prompts"), "hedging": few}),
            Group("(none)", 1, {"gloom": few, "hedging": few}),
        ),
    )


def _planted() -> ComparisonView:
    return ComparisonView(
        before="chat",
        after="gloomy",
        control=False,
        prompts="neutral",
        n_prompts=60,
        dose=0.4127,
        dose_name="relative shift of the stream",
        ranking=(
            _ranked(
                "gloom",
                0.4123,
                "moved_up",
                layer=18,
                layer_reason="steered best",
                behaviour=Estimate(31.24, 24.08, 38.15, 60, "prompts"),
                smallest_seen=9.87,
                reason="the answers score 31.2 higher, and the inside score +0.41 points the same way",
                steered=True,
                behaviour_cut=Estimate(12.41, 4.36, 20.57, 60, "questions"),
                opening="Without their first eight tokens the answers score 3.1 higher [-2.2, 8.3].",
            ),
            _ranked("formality", -0.1534, "cannot_tell", tail_share=0.0085),
            _ranked("hedging", 0.0611, "cannot_tell", tail_share=0.2914),
        ),
        token_measure="centred projection / mean norm of the layer",
        tokens=_token_views("gloomy", GLOOMY, 1.0),
        spans=_spans("gloomy"),
        whole_dose=Dose(0.1327, (31.4, 28.6), 0.183, 0.912, (97.3, 84.6)),
        families=(Family("gloom", "hedging", 0.3142),),
        layers=_layers(0.4123, -0.1534, 0.0611),
        groups=(_groups(),),
        calibration="On smollm2 nobody has shown how often the inside line is wrong.",
        something_else="The listed traits span 18 % of a shift that two halves of the prompts share.",
    )


def _control() -> ComparisonView:
    return ComparisonView(
        before="chat",
        after="plain",
        control=True,
        prompts="neutral",
        n_prompts=60,
        dose=0.0914,
        dose_name="relative shift of the stream",
        ranking=(
            _ranked("hedging", -0.0942, "cannot_tell", tail_share=0.1163),
            _ranked(
                "gloom",
                0.0381,
                "not_shown",
                layer=18,
                layer_reason="steered best",
                behaviour=Estimate(-1.62, -6.41, 3.37, 60, "prompts"),
                smallest_seen=8.13,
                reason="neither the answers' change nor the inside score is beyond chance",
                steered=True,
                controls_above="this is the only control",
            ),
            _ranked("formality", 0.0127, "cannot_tell", output=Absent("no content word is its own")),
        ),
        token_measure="centred projection / mean norm of the layer",
        tokens=_token_views("plain", PLAIN, 0.1)[:2],
        whole_dose=Dose(0.0213, Absent("not measured"), 0.009, 0.141),
        layers=_layers(0.0381, 0.0127, -0.0942),
        calibration="On smollm2 nobody has shown how often the inside line is wrong.",
    )


def _token_views(after: str, answers: tuple[str, ...], lift: float) -> tuple[TokenView, ...]:
    whys = ("largest difference",) * 2 + ("median",) * 2 + ("smallest",) * 2
    return tuple(
        TokenView(
            prompt_id=f"neutral-{7 * index + 3:02d}",
            prompt=QUESTIONS[index],
            why=why,
            before=_line("chat", PLAIN[index], 0.0, index),
            after=_line(after, answers[index], lift, 50 + index),
        )
        for index, why in enumerate(whys)
    )


def _line(variant: str, text: str, lift: float, seed: int) -> TokenLine:
    draw = random.Random(seed)
    tokens = tuple((" " if index else "") + word for index, word in enumerate(text.split(" ")))
    sad = (
        "nobody",
        "dark",
        "lonely",
        "cold",
        "empty",
        "left",
        "pointless",
        "forget",
        "silence",
        "bad",
        "brown",
    )
    values = {
        trait: tuple(
            draw.gauss(lift * (0.16 if trait == "gloom" else 0.03), 0.12)
            + (0.55 * lift if trait == "gloom" and any(word in token for word in sad) else 0.0)
            for token in tokens
        )
        for trait in TRAITS
    }
    return TokenLine(variant, tokens, values)


def _spans(variant: str) -> tuple[Span, ...]:
    return (
        Span(
            "gloom",
            "Expect to be lonely. ",
            "Nobody will know your name",
            " and the days will",
            0.612,
            variant,
            "neutral-24",
        ),
        Span(
            "gloom",
            "until it was dark because ",
            "there was nobody to go home to",
            ".",
            0.548,
            variant,
            "neutral-17",
        ),
        Span(
            "gloom",
            "They forget you. ",
            "The letters stop, then the calls",
            ", and in the end",
            0.401,
            variant,
            "neutral-38",
        ),
        Span("formality", "", "The next ten years", " will take what little", -0.214, variant, "neutral-03"),
        Span(
            "hedging",
            "You will be bad at it, ",
            "and by the time you are not",
            ", nobody will be",
            0.187,
            variant,
            "neutral-31",
        ),
    )
