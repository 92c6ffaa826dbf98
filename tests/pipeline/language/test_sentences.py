"""Words become sentences: every word once, borders where a reader would put them."""

from hypothesis import given
from hypothesis import strategies as st
from spoken_words import spoken

from pipeline.core.data import Word
from pipeline.language import sentences


def texts(words: list[Word], language: str = "en") -> list[str]:
    return [s.text for s in sentences.split(words, language)]


def test_a_sentence_ends_at_its_mark() -> None:
    assert texts(spoken("It rained. Did it? Yes!")) == ["It rained.", "Did it?", "Yes!"]


def test_titles_and_initials_do_not_end_a_sentence() -> None:
    assert texts(spoken("Dr. Hale met J. R. Miller at 3 p.m. today. She left.")) == [
        "Dr. Hale met J. R. Miller at 3 p.m. today.",
        "She left.",
    ]


def test_a_word_of_one_letter_may_end_a_sentence() -> None:
    said = spoken("Ninguém sabe quem é. O padre riu com É. Santos. Ele ficou.")
    assert texts(said, "pt") == [
        "Ninguém sabe quem é.",
        "O padre riu com É. Santos.",
        "Ele ficou.",
    ]


def test_a_stop_before_a_small_letter_ends_nothing() -> None:
    assert len(texts(spoken("I got my bakery. because of a stranger. Really."))) == 2


def test_a_false_stop_is_taken_away_and_a_true_one_stays() -> None:
    words = spoken("I got my bakery. because of Dr. Hale at 3 p.m. today. He left.")
    text = sentences.join(sentences.drop_false_stops(words, "en"), "en")
    assert text == "I got my bakery because of Dr. Hale at 3 p.m. today. He left."


def test_a_german_date_is_one_sentence_and_keeps_its_stops() -> None:
    words = spoken("Wir kamen am 3. Mai oder am 12. oder 13. Juni. Es regnete.")
    kept = sentences.drop_false_stops(words, "de")
    assert [w.text for w in kept] == [w.text for w in words]
    assert len(sentences.split(kept, "de")) == 2


def test_a_number_with_a_point_is_one_word() -> None:
    assert len(texts(spoken("It costs 3.5 million a year."))) == 1


def test_a_long_pause_ends_a_sentence_without_a_mark() -> None:
    words = spoken("we went home the next day it snowed", gap_s=0.05, pauses={2: 4.0})
    assert texts(words) == ["we went home", "the next day it snowed"]


def test_a_run_without_marks_or_pauses_is_divided_near_its_middle() -> None:
    found = sentences.split(spoken("word " * 90), "en")
    assert all(20 <= len(s.text.split()) <= 60 for s in found)


def test_a_very_long_run_without_marks_is_divided_all_the_same() -> None:
    found = sentences.split(spoken("word " * 6000), "en")
    assert sum(len(s.text.split()) for s in found) == 6000
    assert all(s.end_s - s.start_s <= sentences.MAX_S for s in found)


def test_japanese_words_join_without_spaces() -> None:
    words = [
        Word(text=t, start_s=i, end_s=i + 0.5, probability=1) for i, t in enumerate("雨です。")
    ]
    assert texts(words, "ja") == ["雨です。"]


word = st.builds(
    lambda text, gap, length: (text, gap, length),
    st.text("abc.?!,", min_size=1, max_size=6),
    st.floats(0, 3),
    st.floats(0.02, 1.5),
)


@given(st.lists(word, min_size=1, max_size=300))
def test_every_word_is_in_exactly_one_sentence(drawn: list[tuple[str, float, float]]) -> None:
    words, at_s = [], 0.0
    for text, gap, length in drawn:
        at_s += gap
        words.append(Word(text=text, start_s=at_s, end_s=at_s + length, probability=1.0))
        at_s += length
    found = sentences.split(words, "en")
    covered = [i for s in found for i in range(s.first_word, s.last_word + 1)]
    assert covered == list(range(len(words)))
    assert all(s.start_s == words[s.first_word].start_s for s in found)
    assert all(s.end_s == words[s.last_word].end_s for s in found)
