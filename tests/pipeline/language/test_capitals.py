"""Capitals are those of the language."""

import pytest

from pipeline.language.writing_systems import (
    to_upper_case,
)


@pytest.mark.parametrize(
    ("text", "capital"),
    [
        ("επισκευή", "ΕΠΙΣΚΕΥΗ"),
        ("χρόνια,", "ΧΡΟΝΙΑ,"),
        ("νεράιδα", "ΝΕΡΑΪΔΑ"),
        ("ρολόι", "ΡΟΛΟΪ"),
        ("ταΐζω", "ΤΑΪΖΩ"),
        ("και", "ΚΑΙ"),
        ("ή", "Ή"),
        ("voilà", "VOILÀ"),
        ("дёшево", "ДЁШЕВО"),
        ("straße", "STRASSE"),
        ("cafe\u0301", "CAFÉ"),
        ("🔧", "🔧"),
    ],
)
def test_capitals_are_written_as_in_their_language(text: str, capital: str) -> None:
    assert to_upper_case(text) == capital


def test_turkish_has_two_letters_i() -> None:
    assert to_upper_case("için", "tr") == "İÇİN"
    assert to_upper_case("ışık", "tr") == "IŞIK"
    assert to_upper_case("since", "en") == "SINCE"
