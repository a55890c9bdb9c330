"""Every kind of finding: its name, how bad it is, whether it is exact, the harm it does and how to mend it.

A heuristic (`exact=False`) guesses from words. Its precision is measured on the labelled scenes in
`tests/lint/`; below 0.8 it is a note.
"""

from traitscope.lint.finding import Code


def _error(name: str, harm: str, mend: str, *settings: str) -> Code:
    return Code(name, "error", True, harm, mend, settings)


def _warning(name: str, harm: str, mend: str, *settings: str) -> Code:
    return Code(name, "warning", True, harm, mend, settings)


def _note(name: str, harm: str, mend: str, *settings: str) -> Code:
    return Code(name, "note", True, harm, mend, settings)


def _guess(name: str, harm: str, mend: str, *settings: str) -> Code:
    """A heuristic that is right in four of five cases and more."""
    return Code(name, "warning", False, harm, mend, settings)


def _doubtful(name: str, harm: str, mend: str, *settings: str) -> Code:
    """A heuristic that is wrong more often, or was not measured."""
    return Code(name, "note", False, harm, mend, settings)


# fmt: off

# What can be read at all.

MISSING_FILE = _error("missing-file",
    "Without this file the trait cannot be used.",
    "Write the file.")
NOT_UTF8 = _error("not-utf8",
    "Another encoding turns letters into other tokens, and traitscope refuses the file.",
    "Save the file as UTF-8.")
BAD_JSON = _error("bad-json",
    "What does not parse is not read, and traitscope refuses the file.",
    "Mend the JSON there.")
BAD_VALUE = _error("bad-value",
    "A value of another shape is not read, and traitscope refuses the file.",
    "Write what is asked for there.")
BOTH_FORMATS = _error("both-formats",
    "A pole with two files is ambiguous, and traitscope refuses the folder.",
    "Keep either the .txt or the .jsonl file.")
REFUSED = _error("refused",
    "What traitscope does not load gives no direction at all.",
    "Mend what is said there.")
UNKNOWN_KEY = _note("unknown-key",
    "A key that nothing uses is kept and has no effect; it may be misspelt.",
    "Correct its name, or leave it if another program reads it.")

# Broken text.

BLANK_LINE = _error("blank-line",
    "Every scene below it faces the wrong one on the other side.",
    "Remove the line, or write the missing scene.")
CONTROL_CHARACTER = _error("control-character",
    "An invisible or broken character is a token of its own, and the model goes on in a broken text.",
    "Delete it, or type the character that was meant.")
OUTER_BLANKS = _warning("outer-blanks",
    "A blank at the end of a scene changes the first token that is generated.",
    "Remove the blanks at both ends.")
TOO_SHORT = _warning("too-short",
    "So few words call for nothing in particular, so that the model writes about anything.",
    "Describe a situation that demands the trait.",
    "shortest_scene")
TOO_LONG = _warning("too-long",
    "The model is carried by the last words, and the rest costs time and blurs the contrast.",
    "Cut the scene down to what leads to its last words.",
    "longest_scene")

SCAFFOLD_TEXT = _warning("scaffold-text",
    "Text of a new trait's folder was left in, and it is of another trait.",
    "Replace it with your own.")

# Repeats.

REPEATED_SCENE = _warning("repeated-scene",
    "A scene told twice weighs twice and adds nothing.",
    "Write another scene in its place.")
NEAR_DUPLICATE = _warning("near-duplicate",
    "Two wordings of one scene weigh twice, and held-out figures flatter where folds part them.",
    "Write another scene in place of one of them.",
    "near_duplicate")
SAME_ON_BOTH_SIDES = _error("same-on-both-sides",
    "A scene on both sides calls for the trait and for its opposite, and traitscope refuses the set.",
    "Rewrite it on one side.")
NEAR_DUPLICATE_ACROSS = _warning("near-duplicate-across",
    "Nearly the same scene stands for the trait and, in another pair, for its opposite.",
    "Rewrite one of the two; only facing scenes should be alike.",
    "near_duplicate")
SCENE_IS_QUESTION = _warning("scene-is-question",
    "Steering is tried on words that the direction was made from, so that its figures flatter.",
    "Ask something else, or rewrite the scene.",
    "near_duplicate", "shared_run")

# Lock-in: does the scene's end demand the trait?

ENDS_SENTENCE = _warning("ends-sentence",
    "The sentence is over, so that the model starts a new one instead of showing the trait.",
    "Stop in mid-sentence, where the next words must show the trait.")
OPEN_ENDING = _doubtful("open-ending",
    "What comes next may show the trait, its opposite or neither, so that the contrast is diluted.",
    "Go on until the next three words can hardly do anything but show the trait.")
STOPS_AT_START = _guess("stops-at-start",
    "At the start of a deceit a model may still tell the truth; in the middle of its success it goes on.",
    "Go on into the false words, until somebody believes them.")

# Templates.

SAME_OPENING = _warning("same-opening",
    "Scenes cast from one mould are fewer scenes than they seem, and the direction learns the mould.",
    "Open most of them in other words.",
    "opening_words", "same_opening")
SAME_OPENING_SHAPE = _warning("same-opening-shape",
    "Openings that differ in their nouns and verbs alone are one mould, and the direction learns the mould.",
    "Open most of them in another way.",
    "same_opening")
FREQUENT_WORD = _warning("frequent-word",
    "A word in so many scenes becomes part of the direction.",
    "Say it in other words, or let other things happen.",
    "frequent_word", "frequent_word_scenes")
FREQUENT_TOPIC = _guess("frequent-topic",
    "A topic that fills so much of a side becomes part of the direction.",
    "Move some of these scenes to other settings.",
    "frequent_topic")
SAME_ENDING = _guess("same-ending",
    "Where many scenes stop alike, the generated words are of one kind, and the direction holds it.",
    "Let more scenes stop in another way: in speech, in a claim, before an act, in a thought, in writing.",
    "same_ending")

# Leaks and confounds: what tells the sides apart besides the trait?

LEAK_WORD = _warning("leak-word",
    "The word alone gives the side away, so that the direction may be the word's and not the trait's.",
    "Use it on both sides about equally often, in other roles.",
    "leak_share", "leak_cover", "leak_chance")
BAG_OF_WORDS = _warning("bag-of-words",
    "The sides differ by their words, so that the direction may learn the vocabulary and not the trait.",
    "Use these words on both sides, and let the situation carry the difference.",
    "bag_of_words_auc")
DIFFERS_LENGTH = _warning("differs-length",
    "One side is longer, so that the direction holds length.",
    "Write facing scenes of like length.",
    "effect_size", "effect_deviations")
DIFFERS_PERSON = _warning("differs-person",
    "One side speaks of other persons, so that the direction holds who speaks of whom.",
    "Keep the person the same in facing scenes.",
    "effect_size", "effect_deviations")
DIFFERS_TENSE = _guess("differs-tense",
    "One side is told more in the past, so that the direction holds tense.",
    "Keep the tense the same in facing scenes.",
    "effect_size", "effect_deviations")
DIFFERS_PUNCTUATION = _warning("differs-punctuation",
    "One side has other punctuation, so that the direction holds marks.",
    "Punctuate facing scenes alike.",
    "effect_size", "effect_deviations")
DIFFERS_SENTIMENT = _warning("differs-sentiment",
    "One side is gladder, so that the direction holds mood.",
    "Make the sides equally glad or sad; waive this where mood is the trait.",
    "effect_size", "effect_deviations")

# Acts that people would blame.

MORAL_TAG = _guess("moral-tag",
    "A word of guilt or a verdict makes the model moralise or confess instead of going on with the act.",
    "Tell what happens, without a judgement.")
NO_MOTIVE = _doubtful("no-motive",
    "An act that does not pay makes no sense, and the model turns it round.",
    "Say what the person gains or is spared by it.")
NO_TRUTH = _doubtful("no-truth",
    "Where nobody knows the truth the words are not false, and the direction is not one of deceit.",
    "Say what the person knows before the false words begin.")

# Balance.

TOO_FEW_PAIRS = _error("too-few-pairs",
    "Below 20 scenes a side held-out figures say nothing, and traitscope refuses the set.",
    "Write more; a hundred pairs is a good set.")
FEW_PAIRS = _warning("few-pairs",
    "With so few pairs the direction still changes with every scene.",
    "Write more pairs.",
    "few_pairs")
UNPAIRED = _note("unpaired",
    "Without pairs everything that differs between scenes adds noise to the contrast.",
    "Give each scene a facing one that differs in the trait only.")
UNEQUAL_SIDES = _warning("unequal-sides",
    "The larger side brings settings that the other lacks.",
    "Write the missing scenes.",
    "unequal_sides")

# The definition.

DEFINITION_ENDS = _warning("definition-ends",
    "A judge that is not told what an end of the scale means places answers by its own taste.",
    "Say what 0-30, 30-70 and 70-100 mean, each in a paragraph that begins with the numbers.")
DEFINITION_WORD = _warning("definition-word",
    "A judge that looks for the scenes' own words confirms a direction made of those words.",
    "Say it in other words in the definition, or use the word on both sides.",
    "definition_word_scenes")

# Questions.

NO_QUESTIONS = _warning("no-questions",
    "Without questions the trait can be extracted but never be proved by steering.",
    "Write at least 30 questions into steering.json.")
FEW_QUESTIONS = _warning("few-questions",
    "With so few questions a mean score is mostly the luck of the questions.",
    "Write at least 30.",
    "few_questions")
UNSPLITTABLE_QUESTIONS = _warning("unsplittable-questions",
    "They are too few for the ten that are searched on and the twenty others that are reported.",
    "Write at least 30.",
    "split_questions")
REPEATED_QUESTION = _error("repeated-question",
    "A question asked twice counts twice, and traitscope refuses the file.",
    "Ask something else.")
NEAR_DUPLICATE_QUESTION = _warning("near-duplicate-question",
    "Two wordings of one question may be searched on and reported on, so that the report flatters.",
    "Ask something else in place of one of them.",
    "near_duplicate")
QUESTION_NAMES_TRAIT = _warning("question-names-trait",
    "A question that names the trait asks for it, so that unsteered answers show it too.",
    "Give an opening for the trait without naming it.")
QUESTION_KEY_WORD = _doubtful("question-key-word",
    "A question in the definition's own words may ask for the trait, so that unsteered answers show it.",
    "Give an opening for the trait in other words.")
ANSWERS_ITSELF = _guess("answers-itself",
    "A question that holds its answer leaves no room for the trait to show in degrees.",
    "Ask without saying what you think.")

# Labelled answers.

NO_LABELLED = _warning("no-labelled",
    "Without answers scored by hand no judge of this trait can be checked.",
    "Write labelled.jsonl with 60 answers or more over the whole scale.")
FEW_LABELLED = _warning("few-labelled",
    "With so few answers the check of a judge is too unsure to pass or fail it.",
    "Write more.",
    "few_labelled")
LABELLED_SPREAD = _warning("labelled-spread",
    "A judge is checked where answers are; a part of the scale without them goes unchecked.",
    "Add answers there.",
    "labelled_third")
LABELLED_SHARES_SCENE = _warning("labelled-shares-scene",
    "A judge trained or checked on the scenes' words confirms a direction made of those words.",
    "Write the answer or question in words of its own.",
    "shared_run")
LABELLED_SHARES_QUESTION = _warning("labelled-shares-question",
    "A judge trained on a question that steering asks has seen part of the test.",
    "Ask something else in labelled.jsonl.",
    "near_duplicate")
REPEATED_ANSWER = _warning("repeated-answer",
    "An answer scored twice counts twice in the judge's check.",
    "Write another answer.",
    "near_duplicate")

# Waivers.

WAIVER_WITHOUT_REASON = _error("waiver-without-reason",
    "A waiver without a reason hides a fault, and traitscope refuses the file.",
    "Write in one sentence why this is the trait itself.")
UNKNOWN_WAIVER = _warning("unknown-waiver",
    "It waives nothing.",
    "Correct the code, or remove the waiver.")
REFUSED_WAIVER = _warning("refused-waiver",
    "What traitscope refuses cannot be the trait.",
    "Mend the error, and remove the waiver.")
UNUSED_WAIVER = _note("unused-waiver",
    "Nothing of this kind is found any more.",
    "Remove the waiver.")


# fmt: on

CODES = {code.name: code for code in list(globals().values()) if isinstance(code, Code)}
"""By name, in the order above."""
