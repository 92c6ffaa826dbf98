"""Names are found where people introduce themselves or a guest, and nowhere else."""

import pytest

from pipeline.language.introductions import find_introductions


def own(text: str, language: str = "en") -> list[str]:
    return [found.name for found in find_introductions(text, language) if found.own]


def guests(text: str, language: str = "en") -> list[str]:
    return [found.name for found in find_introductions(text, language) if not found.own]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("I'm Rosa Delgado.", "Rosa Delgado"),
        ("Hello everyone, I’m Rosa.", "Rosa"),
        ("And I'm Daniel, your host.", "Daniel"),
        ("My name is Rosa Delgado and I mend shoes.", "Rosa Delgado"),
        ("My name's Dr. Clara Bennett.", "Dr. Clara Bennett"),
        ("Hi, my name is Jean-Luc O'Brien.", "Jean-Luc O'Brien"),
        ("My name is Guido van Rossum.", "Guido van Rossum"),
        ("My name is J. K. McDonald.", "J. K. McDonald"),
        ("I'm Mary Ann van der Berg.", "Mary Ann van der Berg"),
        ("This is Diane in New Jersey.", "Diane"),
        ("Hi, this is Diane from Boston.", "Diane"),
        ("Hello and welcome, this is Daniel, and you are listening to Second Life.", "Daniel"),
        ("You can call me Łucja.", "Łucja"),
        ("Welcome back, I'm Daniel and with me is Clara Bennett.", "Daniel"),
    ],
)
def test_the_speakers_own_name(text: str, name: str) -> None:
    assert own(text) == [name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("With me is Clara Bennett.", "Clara Bennett"),
        ("I'm Daniel, and with me today is Clara Bennett, who runs the table.", "Clara Bennett"),
        ("My guest today is Clara Bennett.", "Clara Bennett"),
        ("Our guest is the author of Slow Bread, Clara Bennett.", "Clara Bennett"),
        ("Please welcome Dr. Clara Bennett!", "Dr. Clara Bennett"),
        ("Please give it up for Clara Bennett.", "Clara Bennett"),
        ("We're joined today by my friend Clara.", "Clara"),
        ("Joining us from Boston is Clara Bennett.", "Clara Bennett"),
        ("Clara, welcome to the show.", "Clara"),
        ("Welcome to the show, Clara.", "Clara"),
    ],
)
def test_a_guests_name(text: str, name: str) -> None:
    assert guests(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "I'm Sorry.",
        "I'm American.",
        "I'm from Boston.",
        "I'm in New York.",
        "I'm tired.",
        "I'm Rosa's sister.",
        "My name is Rosa's secret.",
        "I'm CEO of a bakery.",
        "I'm MySQL, because I started with it.",
        "I'm Chief Scientist at a bakery.",
        "It is as if I'm Picasso.",
        "This is Boston.",
        "This is Python, a language.",
        "My name is Rosa Maria Teresa Delgado Fuentes.",
        "With me is a guest.",
        "My guest is Paris-based.",
        "Welcome to Boston.",
        "Welcome back, everybody.",
        "MY NAME IS ROSA.",
        "my name is rosa.",
        "",
    ],
)
def test_what_is_no_introduction(text: str) -> None:
    assert list(find_introductions(text, "en")) == []


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("de", "Hallo, ich heiße Jürgen Krüger.", "Jürgen Krüger"),
        ("de", "Mein Name ist Ludwig van Beethoven.", "Ludwig van Beethoven"),
        ("de", "Ich bin die Petra und komme aus Ulm.", "Petra"),
        ("fr", "Bonjour, je m'appelle Hélène Dupont.", "Hélène Dupont"),
        ("es", "Me llamo Ana de la Cruz.", "Ana de la Cruz"),
        ("es", "Hola, soy Íñigo.", "Íñigo"),
        ("it", "Ciao, mi chiamo Marco Rossi.", "Marco Rossi"),
        ("pt", "O meu nome é João da Silva.", "João da Silva"),
        ("nl", "Hallo, ik ben Femke de Vries.", "Femke de Vries"),
    ],
)
def test_own_names_in_other_languages(language: str, text: str, name: str) -> None:
    assert own(text, language) == [name]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("de", "Bei mir ist heute Clara Bennett.", "Clara Bennett"),
        ("de", "Mein Gast heute ist Prof. Clara Bennett.", "Prof. Clara Bennett"),
        ("fr", "Mon invitée aujourd'hui est Clara Bennett.", "Clara Bennett"),
        ("es", "Nuestra invitada de hoy es Clara Bennett.", "Clara Bennett"),
        ("it", "La nostra ospite di oggi è Clara Bennett.", "Clara Bennett"),
        ("pt", "A nossa convidada de hoje é a Clara Bennett.", "Clara Bennett"),
        ("nl", "Mijn gast vandaag is Clara Bennett.", "Clara Bennett"),
    ],
)
def test_guests_in_other_languages(language: str, text: str, name: str) -> None:
    assert guests(text, language) == [name]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ich bin Lehrer."),
        ("de", "Ich bin Müde."),
        ("de", "Mein Name ist Programm."),
        ("de", "Bei mir ist Hopfen und Malz verloren."),
        ("fr", "Je suis Français."),
        ("es", "Soy Español."),
        ("it", "Sono di Roma."),
        ("nl", "Ik ben Nederlander."),
        ("tlh", "My name is Worf."),
        ("ja", "My name is Worf."),
    ],
)
def test_what_is_none_in_other_languages(language: str, text: str) -> None:
    assert list(find_introductions(text, language)) == []
