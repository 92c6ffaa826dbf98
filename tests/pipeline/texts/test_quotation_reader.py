"""What quote cards say, from their blocks and from a user's own text."""

import pytest

from pipeline.core.texts import Block, Document, Quotation, Statement
from pipeline.texts import formats
from pipeline.texts.quotation_reader import MAX_CARDS, MAX_CHARS, quotations_of


def cards(text: str, language: str = "en") -> list[tuple[str, str]]:
    """What a user's own text quotes, and whom."""
    found = quotations_of(Document(kind="quote_cards", language=language, text=text))
    assert all(quotation.language == language for quotation in found)
    return [(quotation.text, quotation.author) for quotation in found]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "ru", "ja", "zh", "ar", "nl"])
def test_the_plain_form_is_read_back_in_every_language(language: str) -> None:
    blocks = [
        Block(
            kind="quotation",
            statements=(Statement(text=text, sources=(0,)),),
            speaker=speaker,
            start_s=start_s,
        )
        for text, speaker, start_s in (
            ("First count, then clean.", "Idris Pellow", 149.0),
            ("Nobody is named here (or is he?).", None, 3700.0),
            ("There is no time.", "Ada", None),
            ("Neither of them.", None, None),
        )
    ]
    written = formats.compose("quote_cards", language, blocks)
    expected = [(block.statements[0].text, block.speaker or "") for block in blocks]
    assert cards(written.text, language) == expected
    assert [(q.text, q.author) for q in quotations_of(written)] == expected


def test_only_quotations_are_cards() -> None:
    block = Block(kind="paragraph", statements=(Statement(text="A label"),))
    quoted = Block(kind="quotation", statements=(Statement(text="Words."),), speaker="Ada")
    document = formats.compose("quote_cards", "en", [block, quoted])
    assert quotations_of(document) == (Quotation(text="Words.", author="Ada", language="en"),)
    assert cards("Our cards\n\n“One.” (Ada)\n\nSee you.") == [("One.", "Ada")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("“One.” (Ada, 2:29)\n“Two.” (Bo, 1:02:03)", [("One.", "Ada"), ("Two.", "Bo")]),
        ("“One.” — Ada Byron", [("One.", "Ada Byron")]),
        ("“One.” – Ada, 12:00", [("One.", "Ada")]),
        ('"One." (Ada)', [("One.", "Ada")]),
        ("„Eins.“ (Ada)\n\n»Zwei.« (Bo)", [("Eins.", "Ada"), ("Zwei.", "Bo")]),
        ("”Yksi.” (Ada)", [("Yksi.", "Ada")]),
        ("“One\n  and two.”\n(Ada, 0:05)", [("One and two.", "Ada")]),
        ("“She said “no” twice.” (Ada)", [("She said “no” twice.", "Ada")]),
        ("“Agent 7, 2:29.” (Agent 7, 2:29)", [("Agent 7, 2:29.", "Agent 7")]),
        ("“One.” is what she said.", []),
        ("“One.", []),
        ("“ \u200b ” (Ada)", []),
        ("", []),
    ],
)
def test_a_users_own_is_read_as_it_is_meant(text: str, expected: list[tuple[str, str]]) -> None:
    assert cards(text) == expected


def test_what_no_card_can_show_is_passed_over() -> None:
    for letter, most in (("a", MAX_CHARS), ("店", MAX_CHARS // 2)):
        fits, too_long = letter * most, letter * (most + 1)
        assert cards(f"“{too_long}” (Ada)\n\n“{fits}” (Ada)") == [(fits, "Ada")]


def test_the_first_ones_of_many_are_cards() -> None:
    found = cards("\n".join(f"“{number}”" for number in range(MAX_CARDS + 1)))
    assert [said for said, _ in found] == [str(number) for number in range(MAX_CARDS)]


@pytest.mark.parametrize("part", ["“", "”", "“\n", "“”(", "“”-", "“a” (", "\n“”", "(", "“a”\n("])
def test_a_hostile_text_is_read_in_time(part: str) -> None:
    assert isinstance(cards(part * (50_000 // len(part))), list)
