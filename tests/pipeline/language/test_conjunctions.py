"""A conjunction that ties a sentence to what is left out is dropped, in every language."""

import pytest

from pipeline.language.conjunctions import strip_conjunction

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


@pytest.mark.parametrize("row", BARE)
def test_a_conjunction_at_the_beginning_is_dropped(row: str) -> None:
    language, _, said = row.partition(" ")
    assert strip_conjunction(said, language) == BARE[row]
