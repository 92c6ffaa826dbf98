"""A sentence in lines of about equal width; a letter is a pixel wide here."""

import pytest

from pipeline.captions.fitted_text import balance


def broken(text: str, width: float) -> list[str]:
    lines = balance(text.split(" "), width, len)
    assert lines is not None
    return lines


def test_no_line_is_wider_than_the_room_or_empty_and_no_word_is_lost() -> None:
    text = "Most people take thirty seconds and then there's one who wants a cake with a horse."
    for width in range(9, 90):
        lines = broken(text, width)
        assert " ".join(lines) == text
        assert all(0 < len(line) <= width for line in lines)


def test_there_are_as_few_lines_as_possible() -> None:
    assert [len(broken("aaa bbb ccc ddd", width)) for width in (15, 14, 7, 6, 3)] == [1, 2, 2, 4, 4]


def test_a_short_last_line_takes_words_from_those_before() -> None:
    assert broken("aaa bbb ccc ddd eee f", 12) == ["aaa bbb ccc", "ddd eee f"]
    assert broken("aaa bbb ccc d", 11) == ["aaa bbb", "ccc d"]


def test_a_line_rather_ends_with_a_mark() -> None:
    assert broken("aaa bbb ccc ddd", 11) == ["aaa bbb", "ccc ddd"]
    assert broken("aaaa bbb, ccc ddd", 13) == ["aaaa bbb,", "ccc ddd"]
    assert broken("use the stuff, the old", 14) == ["use the stuff,", "the old"]
    assert broken("use the stuff the old", 14) == ["use the", "stuff the old"]


def test_a_space_at_which_no_line_is_broken_stays() -> None:
    assert broken("une lampe\u00a0: on écoute", 12) == ["une lampe\u00a0:", "on écoute"]
    assert broken("une lampe\u00a0: on écoute", 10) == ["une", "lampe\u00a0:", "on écoute"]


@pytest.mark.parametrize("words", [[], ["short", "immeasurable"]])
def test_a_word_that_is_too_wide_cannot_be_set_whole(words: list[str]) -> None:
    assert balance(words, 10, len) is None
