"""Clauses, direct speech and beginnings given up, in languages other than English."""

import pytest

from pipeline.language.copy_editing import punctuate

# Where a sentence is divided stands "|" for the comma.
DIVIDED = """
de Ich hab's andersrum gemacht| das war falsch.
de Er kam am Montag zurück| er hatte kein Geld mehr.
de Wir haben alles verkauft| wir haben nie wieder angefangen.
de Der Laden lief gut| wir waren jeden Tag ausverkauft.
de Das Rad war neu| es stand nur zwei Tage im Hof.
de Sie hat mir geholfen| sie konnte das besser als ich.
de Meine Tochter war neun| die hat mir alles gezeigt.
de Ich war elf Jahre dort| ich kannte jeden Schrank.
de Die Leute kommen pünktlich| das war früher anders.
de Du brauchst kein Geld| du brauchst Zeit.
de Es regnete drei Tage| wir saßen im Zelt.
de Ihr habt keine Werkstatt| ihr habt eine Garage.
de Unser Chef hatte Geduld| er ließ uns machen.
de Heute leitet Emre die Werkstatt| ich mach die Buchhaltung.
de Da stand ein Junge im Hof| er war vielleicht sechzehn.
de Alle waren müde| wir sind um zehn gegangen.
de Ein Fahrrad ist teuer| das kann sich nicht jeder leisten.
de Die Kette springt seit Wochen| das hört man sofort.
de Ich habe nichts gegessen| ich hatte keine Zeit.
de Wir arbeiten zu dritt| es geht nicht anders.
de Sie fährt jeden Tag Bus| sie liest dabei die Zeitung.
de Das war mein erster Tag| ich war furchtbar nervös.
de Er kaufte das Haus im Mai| es kostete fast nichts.
de Ich kenne die Frau, die nebenan wohnt| sie ist Ärztin.
de Gestern kam ein Brief| er war von der Stadt.
de Das Wasser stieg| wir trugen alles nach oben.
de Er wartete auf den Zug| er kam nie an.
de Jeder hat einen Schlüssel| das ist die Regel.
de Alles ging kaputt| wir fingen wieder von vorne an.
de Das Brot kostet drei Euro| das ist wenig.
nl Ik was zestien| ik wist van niets.
nl Hij kwam op maandag terug| hij had geen geld meer.
nl We hebben alles verkocht| we zijn nooit meer begonnen.
nl De winkel liep goed| we waren elke dag uitverkocht.
nl Het pontje was nieuw| het lag nog geen week in het water.
nl Zij heeft me geholpen| ze kon het beter dan ik.
nl Mijn dochter was negen| die heeft me alles geleerd.
nl Ik werkte elf jaar daar| ik kende elke kast.
nl De mensen komen op tijd| dat was vroeger anders.
nl Je hebt geen geld nodig| je hebt tijd nodig.
nl Het regende drie dagen| we zaten in de tent.
nl Wij varen elke dag| wij kennen de rivier.
nl Jullie hebben geen werkplaats| jullie hebben een garage.
nl Onze baas had geduld| hij liet ons begaan.
nl Nu leidt Veerle de pont| ik doe de boekhouding.
nl Daar stond een jongen op de kade| hij was een jaar of zestien.
nl Iedereen was moe| we gingen om tien uur naar huis.
nl Een boot is duur| dat kan niet iedereen betalen.
nl De motor sloeg af| dat hoorde je meteen.
nl Ik heb niets gegeten| ik had geen tijd.
nl Zij rijdt elke dag bus| ze leest dan de krant.
nl Dat was mijn eerste dag| ik was vreselijk zenuwachtig.
nl Hij kocht het huis in mei| het kostte bijna niets.
nl Gisteren kwam een brief| die was van de gemeente.
nl Hij wachtte op de trein| die kwam nooit.
nl Elke schipper heeft een sleutel| dat is de regel.
nl Alles ging kapot| we begonnen weer opnieuw.
nl Het brood kost drie euro| dat is niet veel.
nl Het was dikke mist| je zag geen hand voor ogen.
nl Hij heeft een boot gekocht| die was veel te duur.
nl Wij maken alles zelf| dat kost tijd.
fr Il est revenu le lundi| il n'avait plus d'argent.
fr On a tout vendu| on n'a jamais recommencé.
fr Le four était froid| il manquait trente briques.
fr Je travaillais à la mairie| je connaissais tout le monde.
fr La boutique marchait bien| on vendait tout avant midi.
fr Elle m'a aidé| elle savait mieux que moi.
fr Ma fille avait neuf ans| elle m'a tout montré.
fr Les gens arrivent à l'heure| c'était pas le cas avant.
fr Vous avez 61 ans| vous étiez géomètre.
fr Il a plu trois jours| on est restés sous la tente.
fr Nous sortons 120 pains| nous ne pouvons pas faire plus.
fr Tu as besoin de temps| tu n'as pas besoin d'argent.
fr Notre patron était patient| il nous laissait faire.
fr Aujourd'hui Léa dirige l'atelier| je tiens les comptes.
fr Tout le monde était fatigué| on est partis à dix heures.
fr Un four est cher| on ne peut pas en acheter deux.
fr Le feu s'est éteint| on entendait le vent.
fr Je n'ai rien mangé| je n'avais pas le temps.
fr Ils travaillent à trois| ils ne dorment jamais.
fr Elle prend le bus| elle lit son journal.
fr C'était mon premier jour| j'avais très peur.
fr Il a acheté la maison en mai| elle ne coûtait rien.
fr Une lettre est arrivée hier| elle venait de la mairie.
fr Il attendait le train| il n'est jamais venu.
fr Chaque boulanger a une clé| c'est la règle.
fr Tout était cassé| on a recommencé à zéro.
fr La voûte était intacte| il manquait une pierre.
fr Les voisins sont venus| ils ont apporté du bois.
fr Le maire a refusé| il avait peur du feu.
fr Le pain coûte trois euros| il est très bon.
fr Mon père était boulanger| il travaillait tout le temps.
fr J'ai tout arrêté| je suis parti à la mer.
pt Ele voltou na segunda| ele não tinha mais dinheiro.
pt A gente vendeu tudo| nós nunca mais começamos.
pt A loja ia bem| eu vendia tudo antes do almoço.
pt Ela me ajudou muito| ela sabia mais do que eu.
pt Minha filha tinha nove anos| ela me ensinou tudo.
pt O seu Valdir não subia lá| ele tem pavor de altura.
pt Eu trabalhei onze anos lá| eu conhecia todo mundo.
pt Você não precisa de dinheiro| você precisa de tempo.
pt O motor parou de repente| eu ouvi na hora.
pt Eu não comi nada| eu não tive tempo.
pt Nossa chefe era paciente| ela deixava a gente tentar.
pt Hoje o Emre manda na oficina| eu cuido das contas.
pt Todo mundo estava cansado| nós fomos embora cedo.
pt Ninguém pediu nada| nós fizemos assim mesmo.
pt Ele comprou a casa em maio| ela não custou quase nada.
pt O prédio tem oito andares| eu subo de escada.
pt A laje estava seca| ele mandou olhar de novo.
pt As crianças comem couve| elas ajudam na horta.
pt O cano estava furado| eu vi a água.
pt Os vizinhos chegaram| eles trouxeram terra.
pt O síndico ficou vermelho| ele pediu desculpa.
pt Ela pega o ônibus| ela lê o jornal no caminho.
pt Eles são três irmãos| eles nunca dormem.
pt Eu entrei na cozinha cedo| eu aprendi tudo ali.
pt O engenheiro veio na quinta| ele olhou a laje.
pt Um vaso é barato| você compra na feira.
pt A horta cresceu muito| eu tive medo.
pt O tomate nasceu sozinho| eu nem olhei.
pt Tudo deu errado| nós começamos de novo.
pt Meu pai era padeiro| ele trabalhava o dia inteiro.
pt A dona Mirtes morava no nono andar| ela guardou segredo.
"""

KEPT = """
de Wenn du kommst, bin ich da.
de Die Kette, die er repariert hat, hält noch.
de Ich glaube, das ist gut so.
de Ich hab gedacht, ich weiß alles über Fahrräder.
de Der Mann, der nebenan wohnt, ist Arzt.
de Er hat gesagt, er kommt morgen vorbei.
de Weil es regnete, sind wir geblieben.
de Mein Bruder, der ist Lehrer.
de Die Leute vom Amt, die kommen nie.
de Als ich ankam, war das Rad weg.
de Was du da sagst, das stimmt nicht.
de Wer zu spät kommt, der zahlt.
de Ich weiß nicht, ob das geht.
de Eines Morgens, im November, ist das weg.
de Ich war müde, aber ich ging hin.
de Er ist groß, stark und klug.
de Das ist der Junge, der das Rad hatte.
de Je länger ich warte, desto müder werde ich.
de Ich merkte sofort, das wird nichts.
de Du kannst warten, du kannst gehen, oder du hilfst mir.
de Sie hofft immer noch, er kommt zurück.
de Kaum war ich da, ging das Licht aus.
de Nimm dir Zeit, das lohnt sich.
de Such dir einen Raum, der groß genug ist.
de Wie man das macht, das weiß keiner.
de Er fragte mich, was das kostet.
de Das Geld, das wir hatten, war weg.
de Obwohl ich krank war, ich ging hin.
de Jonas, du hast eine Werkstatt.
de Hätte ich das gewusst, ich wäre geblieben.
de Seit er weg ist, ich schlafe schlecht.
de Ich bin sicher, das klappt morgen.
nl Als je komt, ben ik er.
nl De ketting, die hij heeft gemaakt, houdt nog.
nl Ik denk, dat is goed zo.
nl Ik dacht altijd, ik weet alles van boten.
nl De man, die hiernaast woont, is arts.
nl Hij heeft gezegd, hij komt morgen langs.
nl Omdat het regende, zijn we gebleven.
nl Mijn broer, die is leraar.
nl De mensen van de gemeente, die komen nooit.
nl Toen ik aankwam, was de fiets weg.
nl Wat je daar zegt, dat klopt niet.
nl Wie te laat komt, die betaalt.
nl Ik weet niet, of dat gaat.
nl Ik was moe, maar ik ging toch.
nl Hij is groot, sterk en slim.
nl Een pont met één oever, dat is een steiger.
nl Hoe langer ik wacht, hoe moeër ik word.
nl Ik merkte meteen, dat wordt niks.
nl Je kunt wachten, je kunt gaan, of je helpt me.
nl Ze hoopt nog steeds, hij komt terug.
nl Neem de tijd, dat loont.
nl Hoe je dat doet, dat weet niemand.
nl Hij vroeg me, wat dat kost.
nl Het geld, dat we hadden, was weg.
nl Hoewel ik ziek was, ik ging toch.
nl Wouter, jij vaart al jaren.
nl Sinds hij weg is, ik slaap slecht.
nl Zij in de auto met haar man, die was witter dan de mist.
nl Uiteindelijk, na jaren, is het gelukt.
nl En die twintig cent, daar kom je niet aan.
nl Ik vind het leuk dat je er bent, ik geloof.
nl Het pontje, dat al oud was, bleef varen.
fr Quand il pleut, on reste à la maison.
fr Si tu viens, je serai là.
fr Le reste, on l'a trouvé avec des lotos.
fr Je crois, il est un peu tard.
fr Je pensais, il va revenir demain.
fr L'homme qui est venu, il était gentil.
fr Parce qu'il pleuvait, on est restés.
fr Ma femme, elle n'est pas d'accord.
fr Ce que tu dis, c'est faux.
fr S'il n'y a pas de jour fixe, il n'y a plus personne.
fr Comme il faisait froid, on a allumé le four.
fr Je ne sais pas s'il vient, on verra.
fr Il est grand, fort et malin.
fr Le jour où je suis venu, il pleuvait.
fr Tu peux attendre, tu peux partir, ou tu peux m'aider.
fr Lorsqu'il est parti, j'ai pleuré.
fr Depuis qu'il est là, je dors mal.
fr À midi, ils étaient tous là.
fr Il m'a dit, il arrive demain.
fr J'espère vraiment, il va revenir.
fr Bernard, vous avez un four.
fr Plus on attend, plus on a froid.
fr La voûte, elle éclate.
fr On allume la veille, et le matin j'ouvre la porte.
fr Dès qu'il arrive, on commence.
fr Avant de partir, je ferme la porte.
fr Le pain que tu fais, il est bon.
fr Nous, c'est le premier samedi du mois.
fr J'étais sûr, il allait tomber.
fr Il voulait savoir pourquoi, je n'ai rien dit.
fr Chauffez doucement, vous verrez bien.
pt Quando ele chega, eu saio de casa.
pt Se você vier, eu vou estar aqui.
pt O resto, eu comprei na feira.
pt Eu acho, ele vem amanhã cedo.
pt O homem que veio, ele era gentil.
pt Porque chovia muito, nós ficamos em casa.
pt A minha mulher, ela não concorda.
pt O que você disse, eu não entendi.
pt Como estava frio, eu fechei a janela.
pt Eu não sei se ele vem, eu espero.
pt Ele é alto, forte e esperto.
pt O dia que eu cheguei, ele chorou.
pt Você pode esperar, você pode ir, ou você me ajuda.
pt Desde que ele chegou, eu durmo mal.
pt No sábado, ele subiu.
pt Ele me disse, ele vem amanhã.
pt Eu espero muito, ele vai voltar.
pt Dona Tereza, eu tenho uma horta.
pt Quanto mais eu espero, eu fico cansado.
pt Em 2019, ele achou a horta.
pt Antes de sair, eu fecho a porta.
pt O pão que você faz, ele é bom.
pt Chama alguém, ele vai ver a laje.
pt Enquanto ele fala, eu durmo.
pt Embora ele saiba, ele não fala.
pt Ele queria saber por que, eu não disse nada.
pt Eu tinha certeza, ele ia cair.
pt Eu joguei um tomate, e ele nasceu.
pt Metade fica no prédio, e eu dou a outra.
pt Ele, o síndico, não subia lá.
pt Ela me disse que vinha, eu acho.
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


@pytest.mark.parametrize("language", ["de", "nl", "fr", "pt"])
def test_there_are_enough_of_both(language: str) -> None:
    for text in (DIVIDED, KEPT):
        assert sum(row.startswith(f"{language} ") for row in rows(text)) >= 30


@pytest.mark.parametrize("row", QUOTED)
def test_direct_speech_has_the_marks_of_its_language(row: str) -> None:
    assert edited(row) == QUOTED[row]


@pytest.mark.parametrize("row", GIVEN_UP)
def test_what_was_given_up_is_dropped(row: str) -> None:
    assert edited(row) == GIVEN_UP[row]
