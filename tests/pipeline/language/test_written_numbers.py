"""Texts have spoken numbers in figures where print has them, and never another number."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from text_to_num import alpha2digit
from transcripts import transcript

from pipeline.language.numerals import numbers
from pipeline.language.written_numbers import write_figures
from pipeline.texts.grounding import Evidence

NARROW, FIXED = "\u202f", "\u00a0"

WRITTEN = {
    "en": [
        ("It is nought point nine five.", "It is 0.95."),
        ("It is at ninety per cent, five percent more.", "It is at 90%, 5% more."),
        ("It's two metres sixty tall.", "It's 2 metres 60 tall."),
        ("It has a thousand and eight pieces of glass.", "It has 1,008 pieces of glass."),
        ("A paper that said nineteen sixty-eight.", "A paper that said 1968."),
        ("In twenty twenty-four and in eighteen fifty.", "In 2024 and in 1850."),
        ("In two thousand and five it was built.", "In 2005 it was built."),
        ("Between eight and twelve people came.", "Between 8 and 12 people came."),
        ("So five to ten per cent, four out of ten.", "So 5 to 10%, 4 out of 10."),
        ("Down the hundred and sixty-two steps.", "Down the 162 steps."),
        ("We have one point five million users.", "We have 1.5 million users."),
        ("Of twenty million, two million stayed.", "Of 20 million, two million stayed."),
        ("It costs two hundred thousand.", "It costs 200,000."),
        ("Nought point nine is busy.", "0.9 is busy."),
        ("We're a hundred percent sure of 90 per cent.", "We're 100% sure of 90%."),
        ("At eighty, one over nought point two, five.", "At 80, one over 0.2, five."),
        ("From fifty per cent to sixty.", "From 50% to 60."),
        ("The first ten minutes.", "The first 10 minutes."),
    ],
    "de": [
        ("Das sind eins Komma fünf Meter.", "Das sind 1,5 Meter."),
        ("Nur neunzig Prozent, fünf Prozent mehr.", f"Nur 90{FIXED}%, 5{FIXED}% mehr."),
        ("Das Haus von neunzehnhundertachtundsechzig.", "Das Haus von 1968."),
        ("Zwischen acht und fünfzehn Leute.", "Zwischen 8 und 15 Leute."),
        ("Es waren dreizehn Leute.", "Es waren 13 Leute."),
        ("Er ist ein Meter achtzig groß.", "Er ist 1 Meter 80 groß."),
        ("Es sind tausendundacht Teile.", "Es sind 1008 Teile."),
        ("Rund zwanzigtausend Euro.", "Rund 20.000 Euro."),
        ("Um zwanzig Uhr dreißig.", "Um 20 Uhr 30."),
        ("Im Jahr zweitausendfünf.", "Im Jahr 2005."),
        ("Mit zwei Komma fünf Millionen.", "Mit 2,5 Millionen."),
    ],
    "fr": [
        ("On est à quatre-vingt-dix pour cent.", f"On est à 90{NARROW}%."),
        ("Sûr à cent pour cent.", f"Sûr à 100{NARROW}%."),
        ("C'est zéro virgule quatre-vingt-quinze.", "C'est 0,95."),
        ("En mille neuf cent soixante-huit.", "En 1968."),
        ("Il mesure un mètre quatre-vingts.", "Il mesure 1 mètre 80."),
        ("Entre huit et vingt personnes.", "Entre 8 et 20 personnes."),
        ("Les dix mille trois cents pièces.", f"Les 10{NARROW}300 pièces."),
        ("Les années soixante.", "Les années 60."),
        ("Ouvert vingt-quatre heures sur vingt-quatre.", "Ouvert 24 heures sur 24."),
        ("Il y a mille huit pièces.", "Il y a 1008 pièces."),
        ("Plus de vingt millions.", "Plus de 20 millions."),
    ],
    "es": [
        ("Es el noventa por ciento.", f"Es el 90{FIXED}%."),
        ("Estoy al cien por ciento.", f"Estoy al 100{FIXED}%."),
        ("Son cero coma noventa y cinco.", "Son 0,95."),
        ("En mil novecientos sesenta y ocho.", "En 1968."),
        ("Entre ocho y veinte personas.", "Entre 8 y 20 personas."),
        ("Son treinta y una personas.", "Son 31 personas."),
        ("Cuesta treinta y un mil euros.", f"Cuesta 31{NARROW}000 euros."),
        ("Tenía veintidós años.", "Tenía 22 años."),
        ("Mide un metro ochenta.", "Mide 1 metro 80."),
        ("Hay veinte millones.", "Hay 20 millones."),
    ],
    "it": [
        ("È il novanta per cento.", "È il 90%."),
        ("Sono sicuro al cento per cento.", "Sono sicuro al 100%."),
        ("È zero virgola novantacinque.", "È 0,95."),
        ("Nel millenovecentosessantotto.", "Nel 1968."),
        ("Circa otto o dodici persone.", "Circa 8 o 12 persone."),
        ("Avevo ventuno anni.", "Avevo 21 anni."),
        ("Costa duecentomila euro.", "Costa 200.000 euro."),
        ("È alto un metro ottanta.", "È alto 1 metro 80."),
        ("Da duemilacinque a duemiladieci.", "Da 2005 a 2010."),
        ("Sono venti milioni.", "Sono 20 milioni."),
    ],
    "pt": [
        ("São noventa por cento.", "São 90%."),
        ("Tenho cem por cento de certeza.", "Tenho 100% de certeza."),
        ("É zero vírgula noventa e cinco.", "É 0,95."),
        ("Em mil novecentos e sessenta e oito.", "Em 1968."),
        ("Entre oito e vinte pessoas.", "Entre 8 e 20 pessoas."),
        ("São vinte e uma pessoas.", "São 21 pessoas."),
        ("Custa vinte mil e trezentos euros.", "Custa 20.300 euros."),
        ("Mede um metro oitenta.", "Mede 1 metro 80."),
        ("Em dois mil e cinco.", "Em 2005."),
        ("São vinte milhões.", "São 20 milhões."),
    ],
    "nl": [
        ("Het is negentig procent.", "Het is 90%."),
        ("Ik ben honderd procent zeker.", "Ik ben 100% zeker."),
        ("Het is nul komma vijfennegentig.", "Het is 0,95."),
        ("In negentienhonderdachtenzestig.", "In 1968."),
        ("Dat was negentien achtenzestig.", "Dat was 1968."),
        ("Tussen acht en vijftien mensen.", "Tussen 8 en 15 mensen."),
        ("Hij was tweeëntwintig jaar.", "Hij was 22 jaar."),
        ("Ze heeft tweehonderdduizend euro.", "Ze heeft 200.000 euro."),
        ("Dat zijn twee komma vijf miljoen mensen.", "Dat zijn 2,5 miljoen mensen."),
        ("Hij is één meter tachtig lang.", "Hij is 1 meter 80 lang."),
    ],
}
AS_SPOKEN = {
    "en": """
        Twelve people came. “Twelve. Fifty of them.”
        One of them, the first, took half an hour.
        Rho is five sixths, twelve and a half, the twenty-first.
        I did it a hundred times, a thousand thanks.
        No one has one thing in two or three hundred.
        We waited twenty twenty-five minutes, two three days.
        It goes from twelve and a half to twenty-five.
        I read the Ten Commandments at Studio Fifty-Four.
        We have ten or twenty thousand, thirty-five or six.
        In her thirties, a few hundred thousand people left.
        From one hundred to one hundred and two hundred.
        Between one and twelve, at half past eleven, nineteen oh five.
        A thousand and one nights for hundreds of thousands.
        We were there for an hour and ten.
        About two million three hundred thousand.
        Call nine four four twelve, at twelve fifty.
        We said nine, ten, and the ten-minute walk, 20 five, 3 hundred.""",
    "de": """
        Zwölf Leute. Es kamen zwölf Leute und elf Hunde.
        Zwanzig Leute kamen.
        Das ist eine Million, hundert Mal, tausend Dank.
        Die sechziger Jahre, der zwanzigste Mai, ein Fünftel.
        Ein paar hunderttausend, fünfeinhalb, anderthalb.
        Es sind tausendundeine Nacht, fünf und zwanzig.
        Vor viertel nach dreizehn.""",
    "fr": """
        Vingt personnes. Il y a seize personnes et un appartement neuf.
        Ils ont mille et une nuits, cent fois, le vingt et unième.
        Dans trente et quelques, cinq et demi, les deux tiers.
        On compte un million cinq cent mille.""",
    "es": """
        Veinte personas. Tengo quince años y cien amigos.
        Las mil y una noches, treinta y pico, mil gracias.
        Uno de cada veinte, la tercera parte, dos tercios, miles de cosas.""",
    "it": """
        Venti persone. Tu sei, venti persone.
        Tu sei qui da dieci anni, mille grazie, cento volte.
        Le mille e una notte, due terzi, il dodicesimo.""",
    "pt": """
        Vinte pessoas. Tenho dez anos, cem amigos, mil coisas.
        As mil e uma noites, trinta e tal, dois terços.
        São milhões de pessoas, um milhão e meio.""",
    "nl": """
        Twintig mensen. Er waren twaalf mensen.
        Om half elf, honderd keer, duizend dank.
        De duizend en één nacht, de twintigste, twee derde, vijf en twintig.""",
    "da": "Der var tyve mennesker, halvtreds procent.",
    "ja": "二十人、十パーセント",
}
SAID = {  # numbers, what joins them, and other words
    "en": """one|two|nine|ten|nineteen|twenty|sixty-eight|hundred|hundreds|thousand|million|point|
        nought|and|to|or|a|the|first|sixths|half|metres|per cent|in|people|,|.|Ten|12|%|oh|years""",
    "de": """ein|eins|zwei|zwölf|dreizehn|zwanzig|einundzwanzig|hundert|tausend|zweihundertfünf|
        zwanzigtausend|Millionen|Komma|null|und|bis|oder|der|zweite|halb|Meter|Prozent|,|.|12""",
    "fr": """un|deux|sept|dix|vingt|vingt et un|quatre-vingt-dix|cent|mille|millions|virgule|zéro|
        et|à|ou|le|premier|demi|mètres|pour cent|pour|,|.|12|tiers|soixante""",
    "es": """uno|un|dos|nueve|diez|veintidós|treinta y uno|cien|ciento|mil|millones|coma|cero|y|a|o|
        primero|medio|metros|por ciento|por|,|.|12|tercios|doscientas""",
    "it": """uno|un|due|sei|dieci|ventuno|trentatré|cento|mille|duemila|milioni|virgola|zero|e|a|o|
        primo|mezzo|metri|per cento|per|,|.|12|terzi|duecento""",
    "pt": """um|dois|nove|dez|vinte e um|trinta|cem|cento|mil|milhões|vírgula|zero|e|a|ou|primeiro|
        meio|metros|por cento|por|,|.|12|terços|duzentas""",
    "nl": """een|één|twee|twaalf|dertien|negentien|twintig|eenentwintig|honderd|duizend|miljoen|
        komma|nul|en|tot|of|eerste|half|meter|procent|,|.|12|tweehonderdvijf""",
}


PAIRS = [(code, *pair) for code, pairs in WRITTEN.items() for pair in pairs]


@pytest.mark.parametrize(("language", "said", "wanted"), PAIRS)
def test_numbers_are_in_figures_as_the_language_has_them(
    language: str, said: str, wanted: str
) -> None:
    assert write_figures(said, language) == wanted
    assert write_figures(wanted, language) == wanted


@pytest.mark.parametrize(("language", "said", "written"), PAIRS)
def test_texts_are_checked_in_both_forms(language: str, said: str, written: str) -> None:
    evidence = Evidence(transcript([(said, 0.0, 5.0)], language))
    for text in (said, written):
        assert evidence.unsaid_numbers(text) == []
        assert evidence.unsaid_quotations(f"“{text}”") == []
    assert evidence.unsaid_numbers(f"{written} 77") == ["77"]


@pytest.mark.parametrize(
    ("language", "said"),
    [(code, line.strip()) for code, lines in AS_SPOKEN.items() for line in lines.split("\n")],
)
def test_what_is_no_plain_number_stays(language: str, said: str) -> None:
    assert write_figures(said, language) == said


def values(text: str, language: str) -> list[str]:
    """Return the numbers of a text, low ones too, as figures; millions count as a unit."""
    text = re.sub(r"p[eo]r cento|por ciento|pour cent", "%", text.lower())
    text = re.sub(r"\bmil(?:l?[ioó]|h|j)\w+", "units", text)
    figures = alpha2digit(text, language, threshold=0)
    return numbers(re.sub(r"(?<=\d) (?=\d)", " | ", figures), "")


@pytest.mark.parametrize("language", SAID)
@settings(max_examples=200)
@given(data=st.data())
def test_every_number_is_still_that_number(language: str, data: st.DataObject) -> None:
    words = [word.strip() for word in SAID[language].split("|")]
    text = " ".join(["So", *data.draw(st.lists(st.sampled_from(words), max_size=9))])
    written = write_figures(text, language)
    assert write_figures(written, language) == written
    before, after = values(text, language), values(written, language)
    years = {a + b: {a, b} for a, b in pairwise(before) if len(a) == len(b) == 2}
    assert set(after) <= {*before, *years}
    assert set(before) - set(after) <= {half for year in after for half in years.get(year, ())}


@given(st.text(alphabet="aeinrst ,.'’“”%-\u00a0\n"))
def test_a_text_without_numbers_is_unchanged(text: str) -> None:
    for language in SAID:
        if not values(text, language):
            assert write_figures(text, language) == text
