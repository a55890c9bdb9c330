"""Thresholds of `traitscope trait lint`: when a trait folder is warned of."""

from typing import Annotated

from pydantic import Field

from traitscope.config.values import Count, Fraction, Positive, Settings

Area = Annotated[float, Field(strict=True, ge=0.5, le=1, allow_inf_nan=False)]


class LintSettings(Settings):
    """When a set of scenes counts as faulty; shares are of one side's scenes."""

    shortest_scene: Count = 5
    """Words below which a scene is too short: nothing in it can call for the trait."""
    longest_scene: Count = 80
    """Words above which a scene is too long: what counts is decided by its last words."""
    near_duplicate: Fraction = 0.6
    """Share of words two texts have in common (of all their words) from which they are one text told twice;
    folds hold texts together from 0.8 on, so that those between would leak from one fold into the next."""
    shared_run: Count = 7
    """Words in a row that two texts may not share: so many rarely meet by chance in honest writing."""
    opening_words: Count = 4
    """Words that make an opening; scenes that begin with the same ones were cast from one mould."""
    same_opening: Fraction = 0.2
    """Share of a side that may open alike; beyond a fifth the direction holds the opening's echo."""
    frequent_word: Fraction = 0.1
    """Share of a side that one content word may be in; a tenth is far above any in free writing."""
    frequent_word_scenes: Count = 5
    """Scenes below which a word is never too frequent: in a small set a tenth is two or three."""
    frequent_topic: Fraction = 0.25
    """Share of a side that may be about one topic; beyond a quarter the topic is part of the direction."""
    leak_share: Fraction = 0.8
    """Share of the scenes with a word that may lie on one side; beyond, the word gives the side away."""
    leak_cover: Fraction = 0.05
    """Share of all scenes (a tenth of one side) that a word must be in to count as a leak: a rarer one moves
    the mean of a side too little to matter."""
    leak_chance: Fraction = 0.05
    """Chance that any word at all is called a leak in a set whose sides use words alike."""
    bag_of_words_auc: Area = 0.8
    """Held-out AUC of a bag-of-words classifier beyond which the words alone give the sides away; careful
    sets lie between 0.5 and 0.75."""
    effect_size: Positive = 0.5
    """Cohen's d from which a difference in length, person, tense, punctuation or sentiment is large: at 0.5
    it tells 64 of 100 pairs apart."""
    effect_deviations: Positive = 3.0
    """Standard errors by which d must differ from 0; at 3 one sound set in some 40 is warned by chance, over
    all of the measures together."""
    same_ending: Fraction = 0.4
    """Share of a side that may end in one way (speech, action, ...); beyond, the ending is learned too."""
    few_pairs: Count = 100
    """Pairs below which directions still change with every scene; below 20 traitscope refuses the set."""
    unequal_sides: Fraction = 0.2
    """Share by which the smaller side may fall short of the larger."""
    definition_word_scenes: Count = 7
    """Scenes of one side that must hold a word of the definition, and none of the other, to be named; of
    words used on both sides one in 64 would by chance."""
    few_questions: Count = 20
    """Questions below which a mean score is mostly the luck of the questions."""
    split_questions: Count = 30
    """Questions that steering splits by default: 10 to search on and 20 to report on."""
    few_labelled: Count = 60
    """Labelled answers below which a judge's check is too unsure to mean anything."""
    labelled_third: Fraction = 0.15
    """Share of the labelled answers that each of 0-30, 30-70 and 70-100 must hold."""
