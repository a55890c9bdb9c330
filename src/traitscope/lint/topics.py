"""What a scene is about, by the topic whose words it holds most of."""

from collections import Counter
from functools import lru_cache

from traitscope.lint.words import stem, words

_TOPICS = {
    "home": """
        home house kitchen mother father mum dad sister brother aunt uncle grandmother grandfather
        grandma grandpa wife husband daughter son cousin neighbour neighbor sofa bedroom stairs
        garden family dog cat vase couch furniture landlord flat puppy stove telegram nephew niece
    """,
    "office": """
        office manager director boss meeting colleague team report project client desk contract
        promotion bonus salary department deadline customer committee spreadsheet memo e-mail
        presentation intern budget expense hr employee company
    """,
    "school": """
        school teacher class pupil student exam test homework essay lesson classroom headmaster
        university professor grade tutor chalk blackboard campus lecture library novel
    """,
    "sport": """
        match goal referee coach team player ball league race runner champion stadium tackle scout
        knee cup training marathon climber rope keeper boxing swim tennis medal finish steps
    """,
    "science": """
        experiment telescope planet comet laboratory lab researcher readings data hypothesis journal
        mice microscope species astronomer measurement sample grant theory physicist fossil p-value
        equation
    """,
    "money": """
        price buy buyer sell sold seller bank money shop dealer market customer loan invoice auction
        euros dollars pounds cash wallet deposit
 savings
    """,
    "farm": """
        farm farmer field harvest barn cow calf mare horse hens wheat sheep lambs tractor seed
        orchard plough sack goat cider heifer gate crop crops
    """,
    "health": """
        doctor nurse patient hospital surgeon pills operation medicine clinic ward dose insurer
        symptom ankle rash diagnosis physiotherapist dentist ambulance scan pharmacy therapy
    """,
    "law": """
        court judge jury lawyer police constable witness trial law licence sentence prison defendant
        notary prosecutor detective robber council motion clause party inspector
    """,
    "travel": """
        train ship ferry ticket station passenger island hotel map path guide captain steward
        harbour deck sail flight plane airport bus platform journey tourists passport cabin road
    """,
    "war": """
        soldier captain lieutenant sergeant army enemy patrol regiment trench shell gun war general
        corporal troops bridge powder battle deserter spy order front
    """,
    "art": """
        painting painter canvas gallery violin concert song melody critic curtain stage theatre
        actor poem poet orchestra chord museum sculpture film brush landscape producer verse
    """,
    "food": """
        soup chef cook kitchen bread dough oven recipe restaurant waiter cake eggs salt flour dish
        menu guests mushrooms trout plate wine fry bake sauce leeks
    """,
    "computers": """
        user assistant computer code software app server files log robot model agent program backup
        script screen password data branch editor bug release tests algorithm chatbot system
    """,
    "community": """
        village mayor church parish town neighbours square parson priest hall club committee council
        bridge fair well churchwarden sexton plate notice bus meeting vicar chapel
    """,
    "history": """
        emperor king queen caesar legions chronicle century empire knight castle roman pharaoh
        medieval duke peasants palace year tablet
    """,
    "fantasy": """
        dragon wizard witch princess spirit ghost spell magic fairy giant elf goblin enchanted fox
        goose prophecy cave casket troll moon
    """,
    "nature": """
        forest sea storm river stars mountain rain snow wind valley bird ants bark marsh reeds wolf
        ocean sky tree leaves desert
    """,
}
_OF_WORD: dict[str, list[str]] = {}
for _topic, _listed in _TOPICS.items():
    for _word in _listed.split():
        _OF_WORD.setdefault(stem(_word), []).append(_topic)


@lru_cache(maxsize=4096)
def topic_of(text: str) -> str | None:
    """The topic with most words in the text; None where there is no such word, or a tie."""
    counts = Counter(topic for word in set(words(text)) for topic in _OF_WORD.get(stem(word), ()))
    ranked = counts.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return ranked[0][0]
