"""Names are found where people introduce themselves or a guest, and nowhere else."""

import pytest

from pipeline.language.introductions import find_introductions


def own(text: str, language: str) -> list[str]:
    return [found.name for found in find_introductions(text, language) if found.own]


def guests(text: str, language: str) -> list[str]:
    return [found.name for found in find_introductions(text, language) if not found.own]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "I'm Rosa Delgado.", "Rosa Delgado"),
        ("en", "Hello everyone, I’m Rosa.", "Rosa"),
        ("en", "And I'm Daniel, your host.", "Daniel"),
        ("en", "My name is Rosa Delgado and I mend shoes.", "Rosa Delgado"),
        ("en", "My name's Dr. Clara Bennett.", "Dr. Clara Bennett"),
        ("en", "Hi, my name is Jean-Luc O'Brien.", "Jean-Luc O'Brien"),
        ("en", "My name is Guido van Rossum.", "Guido van Rossum"),
        ("en", "My name is J. K. McDonald.", "J. K. McDonald"),
        ("en", "I'm Mary Ann van der Berg.", "Mary Ann van der Berg"),
        ("en", "This is Diane in New Jersey.", "Diane"),
        ("en", "Hi, this is Diane from Boston.", "Diane"),
        (
            "en",
            "Hello and welcome, this is Daniel, and you are listening to Second Life.",
            "Daniel",
        ),
        ("en", "You can call me Łucja.", "Łucja"),
        ("en", "Welcome back, I'm Daniel and with me is Clara Bennett.", "Daniel"),
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
def test_the_speakers_own_name(language: str, text: str, name: str) -> None:
    assert own(text, language) == [name]


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("en", "With me is Clara Bennett.", "Clara Bennett"),
        (
            "en",
            "I'm Daniel, and with me today is Clara Bennett, who runs the table.",
            "Clara Bennett",
        ),
        ("en", "My guest today is Clara Bennett.", "Clara Bennett"),
        ("en", "Our guest is the author of Slow Bread, Clara Bennett.", "Clara Bennett"),
        ("en", "Please welcome Dr. Clara Bennett!", "Dr. Clara Bennett"),
        ("en", "Please give it up for Clara Bennett.", "Clara Bennett"),
        ("en", "We're joined today by my friend Clara.", "Clara"),
        ("en", "Joining us from Boston is Clara Bennett.", "Clara Bennett"),
        ("en", "Clara, welcome to the show.", "Clara"),
        ("en", "Welcome to the show, Clara.", "Clara"),
        ("de", "Bei mir ist heute Clara Bennett.", "Clara Bennett"),
        ("de", "Mein Gast heute ist Prof. Clara Bennett.", "Prof. Clara Bennett"),
        ("fr", "Mon invitée aujourd'hui est Clara Bennett.", "Clara Bennett"),
        ("es", "Nuestra invitada de hoy es Clara Bennett.", "Clara Bennett"),
        ("it", "La nostra ospite di oggi è Clara Bennett.", "Clara Bennett"),
        ("pt", "A nossa convidada de hoje é a Clara Bennett.", "Clara Bennett"),
        ("nl", "Mijn gast vandaag is Clara Bennett.", "Clara Bennett"),
    ],
)
def test_a_guests_name(language: str, text: str, name: str) -> None:
    assert guests(text, language) == [name]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "I'm Sorry."),
        ("en", "I'm American."),
        ("en", "I'm from Boston."),
        ("en", "I'm in New York."),
        ("en", "I'm tired."),
        ("en", "I'm Rosa's sister."),
        ("en", "My name is Rosa's secret."),
        ("en", "I'm CEO of a bakery."),
        ("en", "I'm MySQL, because I started with it."),
        ("en", "I'm Chief Scientist at a bakery."),
        ("en", "It is as if I'm Picasso."),
        ("en", "This is Boston."),
        ("en", "This is Python, a language."),
        ("en", "My name is Rosa Maria Teresa Delgado Fuentes."),
        ("en", "With me is a guest."),
        ("en", "My guest is Paris-based."),
        ("en", "Welcome to Boston."),
        ("en", "Welcome back, everybody."),
        ("en", "MY NAME IS ROSA."),
        ("en", "my name is rosa."),
        ("en", ""),
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
def test_what_is_no_introduction(language: str, text: str) -> None:
    assert list(find_introductions(text, language)) == []
