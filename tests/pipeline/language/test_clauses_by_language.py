"""Clauses, direct speech and beginnings given up, in languages other than English."""

import pytest

from pipeline.language.copy_editing import punctuate

# Where a sentence is divided stands "|" for the comma. No two rows of a language have the same
# classes of words in the same places.
DIVIDED = """
de Der Laden lief gut| wir waren jeden Tag ausverkauft.
de Sie hat mir geholfen| sie konnte das besser als ich.
de Meine Tochter war neun| die hat mir alles gezeigt.
de Ich war elf Jahre dort| ich kannte jeden Schrank.
de Unser Chef hatte Geduld| er ließ uns machen.
de Heute leitet Emre die Werkstatt| ich mach die Buchhaltung.
de Da stand ein Junge im Hof| er war vielleicht sechzehn.
de Ein Fahrrad ist teuer| das kann sich nicht jeder leisten.
de Er kaufte das Haus im Mai| es kostete fast nichts.
de Das Wasser stieg| wir trugen alles nach oben.
de Er wartete auf den Zug| er kam nie an.
de Jeder hat einen Schlüssel| das ist die Regel.
nl We hebben alles verkocht| we zijn nooit meer begonnen.
nl De winkel liep goed| we waren elke dag uitverkocht.
nl Het pontje was nieuw| het lag nog geen week in het water.
nl Zij heeft me geholpen| ze kon het beter dan ik.
nl Ik werkte elf jaar daar| ik kende elke kast.
nl Daar stond een jongen op de kade| hij was een jaar of zestien.
nl Dat was mijn eerste dag| ik was vreselijk zenuwachtig.
nl Hij kocht het huis in mei| het kostte bijna niets.
nl Het brood kost drie euro| dat is niet veel.
fr Elle m'a aidé| elle savait mieux que moi.
fr Nous sortons 120 pains| nous ne pouvons pas faire plus.
fr Tu as besoin de temps| tu n'as pas besoin d'argent.
fr Notre patron était patient| il nous laissait faire.
fr Aujourd'hui Léa dirige l'atelier| je tiens les comptes.
fr C'était mon premier jour| j'avais très peur.
fr Il a acheté la maison en mai| elle ne coûtait rien.
fr Une lettre est arrivée hier| elle venait de la mairie.
fr Le maire a refusé| il avait peur du feu.
fr Le pain coûte trois euros| il est très bon.
pt Ele voltou na segunda| ele não tinha mais dinheiro.
pt A loja ia bem| eu vendia tudo antes do almoço.
pt Ela me ajudou muito| ela sabia mais do que eu.
pt Você não precisa de dinheiro| você precisa de tempo.
pt Eu não comi nada| eu não tive tempo.
pt Ninguém pediu nada| nós fizemos assim mesmo.
pt Ele comprou a casa em maio| ela não custou quase nada.
pt O síndico ficou vermelho| ele pediu desculpa.
pt Eles são três irmãos| eles nunca dormem.
pt A horta cresceu muito| eu tive medo.
"""

KEPT = """
de Ich glaube, das ist gut so.
de Ich hab gedacht, ich weiß alles über Fahrräder.
de Weil es regnete, sind wir geblieben.
de Die Leute vom Amt, die kommen nie.
de Was du da sagst, das stimmt nicht.
de Ich weiß nicht, ob das geht.
de Eines Morgens, im November, ist das weg.
de Ich war müde, aber ich ging hin.
de Er ist groß, stark und klug.
de Das ist der Junge, der das Rad hatte.
de Je länger ich warte, desto müder werde ich.
de Du kannst warten, du kannst gehen, oder du hilfst mir.
de Kaum war ich da, ging das Licht aus.
de Nimm dir Zeit, das lohnt sich.
de Wie man das macht, das weiß keiner.
de Obwohl ich krank war, ich ging hin.
de Ich bin sicher, das klappt morgen.
nl Als je komt, ben ik er.
nl Ik denk, dat is goed zo.
nl Ik dacht altijd, ik weet alles van boten.
nl Wie te laat komt, die betaalt.
nl Ik weet niet, of dat gaat.
nl Ik was moe, maar ik ging toch.
nl Hij is groot, sterk en slim.
nl Hoe langer ik wacht, hoe moeër ik word.
nl Neem de tijd, dat loont.
nl Hoe je dat doet, dat weet niemand.
nl Het geld, dat we hadden, was weg.
nl Hoewel ik ziek was, ik ging toch.
nl Zij in de auto met haar man, die was witter dan de mist.
nl En die twintig cent, daar kom je niet aan.
nl Ik vind het leuk dat je er bent, ik geloof.
fr Quand il pleut, on reste à la maison.
fr Si tu viens, je serai là.
fr Je crois, il est un peu tard.
fr L'homme qui est venu, il était gentil.
fr Parce qu'il pleuvait, on est restés.
fr Ma femme, elle n'est pas d'accord.
fr S'il n'y a pas de jour fixe, il n'y a plus personne.
fr Je ne sais pas s'il vient, on verra.
fr Il est grand, fort et malin.
fr Tu peux attendre, tu peux partir, ou tu peux m'aider.
fr Depuis qu'il est là, je dors mal.
fr Plus on attend, plus on a froid.
fr On allume la veille, et le matin j'ouvre la porte.
fr Le pain que tu fais, il est bon.
fr Il voulait savoir pourquoi, je n'ai rien dit.
fr Chauffez doucement, vous verrez bien.
pt Se você vier, eu vou estar aqui.
pt Porque chovia muito, nós ficamos em casa.
pt A minha mulher, ela não concorda.
pt Eu não sei se ele vem, eu espero.
pt Ele é alto, forte e esperto.
pt Você pode esperar, você pode ir, ou você me ajuda.
pt Quanto mais eu espero, eu fico cansado.
pt Antes de sair, eu fecho a porta.
pt O pão que você faz, ele é bom.
pt Chama alguém, ele vai ver a laje.
pt Ele queria saber por que, eu não disse nada.
pt Metade fica no prédio, e eu dou a outra.
pt Ele, o síndico, não subia lá.
"""

QUOTED = {
    "de Und er sagt: Die Kette springt, kann man das reparieren?": (
        "Und er sagt: „Die Kette springt, kann man das reparieren?“"
    ),
    "de Ich hab gesagt, pass auf, wir reparieren das.": (
        "Ich hab gesagt: „Pass auf, wir reparieren das.“"
    ),
    "nl Oosterwaard zei: ze is van ons, en Lage Veld zei: nee, van ons.": (
        "Oosterwaard zei: “Ze is van ons”, en Lage Veld zei: “Nee, van ons.”"
    ),
    "fr Une dame qui me dit : mais bien sûr, mon petit.": (
        "Une dame qui me dit : «\u202fMais bien sûr, mon petit.\u202f»"
    ),
    "es Un día le digo a uno, digo: oiga, ¿y usted por qué no se mete?": (
        "Un día le digo a uno, digo: «Oiga, ¿y usted por qué no se mete?»"
    ),
    "es Y me dice, bajito: es que yo no sé.": "Y me dice, bajito: «Es que yo no sé».",
    "it E dicevano: ma sì, ho ancora sette minuti.": "E dicevano: «Ma sì, ho ancora sette minuti».",
    "it Mi ha detto, senti, vieni domani.": "Mi ha detto: «Senti, vieni domani».",
    "pt Ele se levanta e fala assim: olha, a laje tá sequinha.": (
        "Ele se levanta e fala assim: “Olha, a laje tá sequinha”."
    ),
    "ru Он спрашивает: а вы сами-то видели?": "Он спрашивает: «А вы сами-то видели?»",
    "zh 他写了四个字：不如不来。": "他写了四个字：“不如不来。”",
}
NOT_QUOTED = """
de Er sagte, er kommt morgen.
de Er sagt: dass er kommt, ist sicher.
de Erstens: Such dir zuerst die Leute.
de Sie sagt drei Sachen: zuhören, fragen, warten.
de Er sagt: nein.
fr Elle dit : que chacun prenne un pain.
fr Trois choses : du bois, de l'eau, du temps.
es Dice: que no quiere venir.
es Siempre digo tres cosas: soplar, flotar, mover los brazos.
it Prima: per una settimana si guarda.
nl Hij zegt: dat het niet kan.
pt Primeira: chama alguém.
ru Он сказал: что не придёт.
ru Третье: записывайте всё.
zh 第一：先问老人。
"""
GIVEN_UP = {
    "de Er war, wir hatten ein Rad im Hof.": "Wir hatten ein Rad im Hof.",
    "nl Hij is, we hadden een boot.": "We hadden een boot.",
    "fr Et c'est, on était cinq au début.": "Et on était cinq au début.",
    "pt Ele é, eu tenho medo de altura.": "Eu tenho medo de altura.",
    "es Rosario, llevas, llevas veinte años aquí.": "Rosario, llevas veinte años aquí.",
}
WHOLE = """
de Gut, das war's, ich ruf meinen alten Chef an.
fr Et vous m'en avez apporté un, je crois ?
de Der wusste gar nicht, dass.
pt Eu espero muito, e ele vem.
"""


def rows(text: str) -> list[str]:
    return text.strip().splitlines()


def edited(row: str) -> str:
    language, _, said = row.partition(" ")
    return punctuate(said, language)


@pytest.mark.parametrize("row", rows(DIVIDED))
def test_main_clauses_become_sentences(row: str) -> None:
    first, second = row.partition(" ")[2].split("| ")
    assert edited(row.replace("|", ",")) == f"{first}. {second[0].upper()}{second[1:]}"


@pytest.mark.parametrize("row", rows(KEPT) + rows(WHOLE) + rows(NOT_QUOTED))
def test_what_is_not_sure_stays_as_it_was(row: str) -> None:
    assert edited(row) == row.partition(" ")[2]


@pytest.mark.parametrize("row", QUOTED)
def test_direct_speech_has_the_marks_of_its_language(row: str) -> None:
    assert edited(row) == QUOTED[row]


@pytest.mark.parametrize("row", GIVEN_UP)
def test_what_was_given_up_is_dropped(row: str) -> None:
    assert edited(row) == GIVEN_UP[row]
