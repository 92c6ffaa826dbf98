"""What a sentence does for its readers is told in ten languages: stories, advice, questions."""

import pytest

from pipeline.texts.statement_kinds import asks_readers, frame_end, is_general, is_past

STORIES = """
en He told me that it was broken.
de Im ersten Monat kamen zwölf Leute.
de Aus den vier Samstagen sind sechs Jahre geworden.
es Los abuelos se quedaban en la grada, mirando.
es Y Fermín había vuelto a por las gafas.
fr La commune pouvait en donner la moitié.
fr Le reste, on l'a trouvé avec des lotos.
it Guardavano su e facevano il conto.
it Due anni dopo l'ha sposata.
nl Omrijden was een uur, en dat ging niet.
nl Zij heeft het muntje toen gevonden.
pt Eu joguei um tomate estragado num balde.
pt Ninguém sabia, só eu.
ru На следующий день пришли девять человек.
ja 番台に鍵を置いたんです。
zh 后来我就想，干脆自己画一张吧。
"""
ADVICE = """
en Never repair what still works.
de Such dir zuerst die Leute und dann den Raum.
de Man muss früh genug anfangen.
es Hay que respirar despacio.
es La gente quiere empezar por los brazos.
fr Allez parler aux anciens avant de toucher une pierre.
fr Il ne faut jamais se presser.
it Bisogna scrivere tutto, con la data.
it Si pulisce prima di sostituire.
nl Vaar altijd volgens de dienstregeling.
nl Je moet nooit te lang wachten.
pt Chama alguém pra ver se a laje aguenta.
ru Возьмите бинокль, хоть у соседа.
ja 必ずノートにつけてください。
zh 先问老人，老人比导航准。
"""
NEITHER = """
de Bei uns ist es ruhig.
de Wir kaufen die Ersatzteile im Nachbarort.
es El café está en la esquina.
fr Elle parle avec le sous-préfet.
fr Le lait est parfait.
it Però può succedere in ogni casa.
nl De gemeente betaalt het geluid.
pt O museu europeu fica longe.
ru Сначала стол, потом зеркало.
ja 毎週木曜に来ますよ。
zh 还有一个差评。
"""
OPINIONS = {
    "en": ("I think that the lamp is fine.", "the lamp is fine."),
    "de": ("Ich glaube, die Leute kommen zu spät.", "die Leute kommen zu spät."),
    "es": ("Yo creo que la gente tiene miedo.", "la gente tiene miedo."),
    "fr": ("Moi, je pense que les gens ont peur.", "les gens ont peur."),
    "it": ("Secondo me la gente ha paura.", "la gente ha paura."),
    "pt": ("Eu acho que ninguém olha.", "ninguém olha."),
    "ru": ("Я думаю, что люди боятся.", "люди боятся."),
    "zh": ("我觉得老人比导航准。", "老人比导航准。"),
}
WITHOUT_FRAME = {  # the verb would be in the wrong place or mood
    "de": "Ich glaube, dass die Leute zu spät kommen.",
    "it": "Credo che la gente abbia paura.",
    "nl": "Ik denk dat de mensen bang zijn.",
    "es": "Yo creo que sí.",
}
FOR_READERS = """
en What would you repair first?
de Was würdet ihr zuerst reparieren?
de Kennen Sie so eine Werkstatt?
es ¿Qué harías tú con el agua?
fr Que feriez-vous de votre vieux four ?
it Che cosa fareste voi con l'orologio?
nl Wat zouden jullie als eerste repareren?
pt O que vocês plantariam primeiro?
ru Что бы вы посмотрели первым?
ja 皆さんなら何から始めますか。
zh 你们会先画哪条路呢？
"""
NOT_FOR_READERS = """
de Was hat er gemacht?
de Und du hast das repariert?
es ¿Cuánto se tarda?
fr Pourquoi la chouette ?
it Chi era, questa Marisa?
nl Hoe heet ze?
pt E o síndico?
ru И она отдала?
ja お父さまはご存じなんですか。
zh 他后来认出来了吗？
"""


def rows(table: str) -> list[tuple[str, str]]:
    return [(row[:2], row[3:]) for row in table.strip().splitlines()]


@pytest.mark.parametrize(("language", "said"), rows(STORIES))
def test_what_happened_is_a_story_and_no_advice(language: str, said: str) -> None:
    assert is_past(said, language)
    assert not is_general(said, language)


@pytest.mark.parametrize(("language", "said"), rows(ADVICE))
def test_what_to_do_is_advice(language: str, said: str) -> None:
    assert is_general(said, language)


@pytest.mark.parametrize(("language", "said"), rows(NEITHER))
def test_what_is_the_case_is_neither(language: str, said: str) -> None:
    assert not is_past(said, language)
    assert not is_general(said, language)


@pytest.mark.parametrize("language", OPINIONS)
def test_an_opinion_stands_without_its_frame(language: str) -> None:
    said, opinion = OPINIONS[language]
    assert said[frame_end(said, language) :] == opinion


@pytest.mark.parametrize("language", WITHOUT_FRAME)
def test_a_frame_stays_where_the_rest_would_be_wrong(language: str) -> None:
    assert frame_end(WITHOUT_FRAME[language], language) == 0


@pytest.mark.parametrize(("language", "asked"), rows(FOR_READERS))
def test_a_question_may_be_for_the_readers(language: str, asked: str) -> None:
    assert asks_readers(asked, language)


@pytest.mark.parametrize(("language", "asked"), rows(NOT_FOR_READERS))
def test_a_question_about_others_is_not_for_the_readers(language: str, asked: str) -> None:
    assert not asks_readers(asked, language)


def test_nothing_is_known_of_a_language_without_words() -> None:
    assert not is_past("Palaute oli hyvää.", "fi")
    assert not is_general("Ota kiikarit mukaan.", "fi")
    assert not asks_readers("Mitä te korjaisitte?", "fi")
