"""What can open a text, in languages other than English."""

import pytest
import talks

from pipeline.texts import headings
from pipeline.texts.chatter import quoted
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.self_contained import has_verb, lacks_referent

VERBLESS = """
de Mit 4.500 Euro Erspartem und drei Montageständern.
de Drei Wochen später, im alten Hof hinter der Molkerei.
fr Vingt-trois repas et une fanfare !
fr Trois choses, dans cet ordre-là.
es Cuatro mujeres con el gorro puesto desde casa.
it Trentacinque anni di tornio.
nl Brandstoffilter verstopt.
nl Zo'n negentig keer per dag.
pt Balde de tinta, caixote de feira, banheirinha de bebê.
"""
WITH_VERB = """
de Zweitens: Nimm von Anfang an Geld, auch wenn's wenig ist.
de Heute leitet Emre die Werkstatt, und ich mach die Buchhaltung.
de Das war's.
fr D'abord, allez parler aux anciens avant de toucher une pierre.
fr C'est le plus beau jour de ma vie.
es La gente quiere empezar por los brazos y, claro, se hunde.
it Si pulisce prima di sostituire, perché nove guasti su dieci sono sporco.
it C'è un ragazzino, Elia, dodici anni.
nl Vaar altijd volgens de dienstregeling, ook als er niemand staat.
pt Chama alguém pra ver se a laje aguenta o peso.
ru Тимур мастером на оптическом заводе.
ja 42番の。
zh 心梗。
"""
BARE = {
    "de Und drei Wochen später geht die Tür auf.": "Drei Wochen später geht die Tür auf.",
    "de Und zwar sofort.": "Und zwar sofort.",
    "de So war das.": "So war das.",
    "fr Et alors, le jour de l'inauguration, rien.": "Le jour de l'inauguration, rien.",
    "fr Plus on attend, plus on a froid.": "Plus on attend, plus on a froid.",
    "es Y un día le digo a uno.": "Un día le digo a uno.",
    "es Y eso que el río lo tenemos ahí.": "Y eso que el río lo tenemos ahí.",
    "it E lei l'ha mai saputo?": "Lei l'ha mai saputo?",
    "it E invece no.": "E invece no.",
    "nl En halverwege slaat de motor af.": "Halverwege slaat de motor af.",
    "pt E ninguém sabia.": "Ninguém sabia.",
    "ru И второе зеркало мы сделали.": "Второе зеркало мы сделали.",
    "ja で、怖くて返せなくて。": "怖くて返せなくて。",
    "en And then we left.": "We left.",
}


def split(row: str) -> tuple[str, str]:
    language, _, said = row.partition(" ")
    return language, said


@pytest.mark.parametrize("row", VERBLESS.strip().splitlines())
def test_a_sentence_without_a_verb_is_seen(row: str) -> None:
    language, said = split(row)
    assert not has_verb(said, language)


@pytest.mark.parametrize("row", WITH_VERB.strip().splitlines())
def test_a_sentence_with_a_verb_or_of_an_unknown_language_passes(row: str) -> None:
    language, said = split(row)
    assert has_verb(said, language)


@pytest.mark.parametrize("row", BARE)
def test_a_conjunction_at_the_beginning_is_dropped(row: str) -> None:
    language, said = split(row)
    assert strip_conjunction(said, language) == BARE[row]


def test_a_pronoun_that_stands_for_nothing_needs_no_noun() -> None:
    assert not lacks_referent("Il faut du temps.", "fr")
    assert not lacks_referent("En 2014, tout a changé.", "fr")
    assert not lacks_referent("Es gibt drei Regeln.", "de")
    assert lacks_referent("Il a du temps.", "fr")


ENTRY = ["Il dit : «Entrez.", "Il fait froid.", "Fermez la porte.»", "Je suis entré."]


@pytest.mark.parametrize(
    ("language", "said", "inside"),
    [
        ("en", ["He said, “I hate bread.", "I never want any.”", "So I left."], {1}),
        ("en", ['He said, "I hate bread.', 'I never want any."', "So I left."], {1}),
        ("en", ["He said “no” to it.", "So I left."], set()),
        ("de", ["Er sagte „ja“ dazu.", "Das Brot war gut."], set()),
        ("de", ["Er sagte: „Ich backe.", "Jeden Tag.“", "Das Brot war gut."], {1}),
        *((language, ENTRY, {1, 2}) for language in ("fr", "pt", "de")),
    ],
)
def test_what_is_quoted_over_several_sentences_is_known(
    language: str, said: list[str], inside: set[int]
) -> None:
    assert quoted(talks.transcript([(text, None) for text in said], language)) == inside


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "pt", "nl", "ru", "ja", "zh"])
def test_nothing_names_nothing(language: str) -> None:
    """What is left of a sentence without its impersonal beginning may be nothing."""
    for text in ("", " ", "One thing, it's", "Es gibt", "Il y a", "Hay", "C'è", "Er is"):
        lacks_referent(text, language)
        assert headings.thought([text], language) == ""
