"""The caller's own transcript: read as it is written, and said at the times when it is heard."""

import json
import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given as drawn_from
from hypothesis import settings
from hypothesis import strategies as st
from project_paths import SAMPLE
from real_models import SAMPLE_TRUTH, hear, sound
from shared_media import media
from spoken_words import spoken

from pipeline.alignment import sequence_matching, transcript_fitting, transcript_reader
from pipeline.core.data import Span, Transcript, Word
from pipeline.core.errors import TranscriptMismatch

pytestmark = pytest.mark.xdist_group("recognition")

SRT = """1
00:00:01,000 --> 00:00:02,500
<i>Hello</i> & {\\an8}welcome —

2
00:00:02.500 --> 00:00:04,000 X1:40 X2:600
3 < 4, R&amp;D

and a line after an empty one.
"""
VTT = """WEBVTT - a talk
Kind: captions

NOTE
nothing said here --> really

STYLE
::cue { color: red }

intro
00:01.000 --> 00:00:02.500 align:start position:0%
<v Mary Ann>Hello &amp; <b>welcome</b>
<v.loud Peter>Thank <00:00:02.000><c.yellow>you</c>

00:00:03.000 --> 00:00:04.000
</v>R&lt;D&nbsp;and so on
"""


def texts(text: str) -> list[str]:
    return [w.text for w in transcript_reader.read(text)]


def test_srt_is_read_without_its_tags() -> None:
    words = transcript_reader.read("\ufeff" + SRT.replace("\n", "\r\n"))
    said = "Hello & welcome — 3 < 4, R&amp;D and a line after an empty one."
    assert [w.text for w in words] == said.split()
    assert words[0].cue == Span(start_s=1.0, end_s=2.5)
    assert words[4].cue == words[-1].cue == Span(start_s=2.5, end_s=4.0)


def test_webvtt_is_read_with_its_voices_and_without_its_settings_tags_and_entities() -> None:
    words = transcript_reader.read(VTT)
    said = "Hello & welcome Thank you R<D and so on"
    assert [w.text for w in words] == said.split()
    assert [w.speaker for w in words] == ["Mary Ann"] * 3 + ["Peter"] * 2 + [None] * 4
    assert words[0].cue == Span(start_s=1.0, end_s=2.5)


def test_captions_that_roll_up_are_read_once() -> None:
    rolled = """WEBVTT

00:00.000 --> 00:02.000
so <00:00:00.500><c> we</c>

00:02.000 --> 00:04.000
so we
baked <00:00:02.500><c> bread</c>
"""
    assert texts(rolled) == ["so", "we", "baked", "bread"]


def test_plain_text_is_any_words() -> None:
    assert texts("  It’s 5 p.m.\n\n— “So…” ") == ["It’s", "5", "p.m.", "—", "“So…”"]


def test_scripts_without_spaces_are_read_by_letters_with_their_marks() -> None:
    assert texts("今日は「天気」です。 iPhone15を") == [
        "今",
        "日",
        "は",
        "「天",
        "気」",
        "で",
        "す。",
        "iPhone15",
        "を",
    ]
    assert texts("สวัสดี") == ["ส", "วั", "ส", "ดี"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("1\n00:00:01,000 --> 00:00:02\nHi\n\n2\n00:00:03,000 -> 00:00:04,000\nyou", "Line 6"),
        ("1\n00:00:01,000 --> soon\nHi", "Line 2"),
        ("1\n00:00:03,000 --> 00:00:02,000\nHi", "Line 2 .* ends before it starts"),
        ("WEBVTT\n\nHi there", "Line 3"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<b></b>", "no words"),
        (" \n — … \n", "no words"),
        ("", "no words"),
    ],
)
def test_what_is_broken_is_named_with_its_line(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        transcript_reader.read(text)


def test_a_word_that_no_language_has_is_refused() -> None:
    for letters in ("a" * 501, "e" + "\u0301" * 600_000, "1\n0:1 --> 0:2\n" + "x" * 600_000):
        with pytest.raises(ValueError, match="has a word of"):
            transcript_reader.read(f"So he said {letters}")
    assert len(transcript_reader.read("a" * 500)) == 1
    assert len(transcript_reader.read("\u8a71" * 100_000)) == 100_000  # which sets no spaces


@pytest.mark.slow  # reads millions
def test_more_words_than_a_source_can_hold_are_refused_before_they_are_all_read() -> None:
    for text in ("a " * 295_000, "\u8a71" * 590_000, "\u8a71 a " * 150_000):
        with pytest.raises(ValueError, match="more than 150,000 words"):
            transcript_reader.read(text)
    assert len(transcript_reader.read("a " * 150_000)) == 150_000


def test_a_run_of_unheard_cues_takes_a_step_for_each_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, normalize = 0, transcript_fitting.normalize

    def counted(text: str) -> str:
        nonlocal asked
        asked += 1
        return normalize(text)

    monkeypatch.setattr(transcript_fitting, "normalize", counted)
    clocks = [f"0:{i // 60}:{i % 60}" for i in range(800)]
    words = "".join(f"1\n{clock} --> {clock}\nw{i}\n\n" for i, clock in enumerate(clocks))
    heard = [
        Word(text=f"w{i}", start_s=float(i), end_s=i + 0.5, probability=0.9) for i in range(200)
    ]
    given = transcript_reader.read(words)
    bound = Span(start_s=0.0, end_s=800.0)
    fitted = transcript_fitting.fit_transcript(given, heard, bound, part=False)
    assert [word.start_s for word in fitted.words[:200]] == [word.start_s for word in heard]
    assert fitted.unheard == tuple(range(200, 800))
    assert asked <= 10 * len(given)


def test_times_beyond_any_recording_are_refused() -> None:
    for clock in ("9" * 400 + ":00:01", "\u0661\u0662:00:01"):
        with pytest.raises(ValueError, match="Line 2"):
            transcript_reader.read(f"1\n{clock},000 --> {clock},500\nHello")


@drawn_from(st.text(min_size=1, max_size=300))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    for form in (text, f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}", f"1\n0:1 --> 0:2\n{text}"):
        words: tuple[transcript_reader.GivenWord, ...] = ()
        complaint = "Line "
        try:
            words = transcript_reader.read(form)
        except ValueError as error:
            complaint = str(error)
        assert complaint.startswith(("Line ", "The transcript has no words"))
        assert all(w.text and not any(map(str.isspace, w.text)) for w in words)


@drawn_from(st.text(min_size=1, max_size=60).map(lambda t: "".join(t.split())).filter(bool))
def test_a_token_is_cut_without_losing_a_letter(token: str) -> None:
    assert "".join(transcript_reader.split_token(token)) == token


def fitted(text: str, heard: list[Word], end_s: float = 60.0) -> tuple[Word, ...]:
    bound = Span(start_s=0.0, end_s=end_s)
    return transcript_fitting.fit_transcript(
        transcript_reader.read(text), heard, bound, part=False
    ).words


def test_words_that_are_heard_take_their_times_whatever_their_case_and_marks() -> None:
    words = fitted("“And NOW, for  something", spoken("and now for something", start_s=2.0))
    assert [w.start_s for w in words] == pytest.approx([2.0, 2.3, 2.6, 2.9])
    assert {w.probability for w in words} == {0.9}


def test_a_misheard_word_stands_where_it_was_misheard() -> None:
    words = fitted("my name is Saoirse and I bake", spoken("my name is sir sha and I bake"))
    name = words[3]
    assert (name.text, name.probability) == ("Saoirse", transcript_fitting.UNHEARD_PROBABILITY)
    assert (name.start_s, name.end_s) == pytest.approx((0.9, 1.5))


def test_words_that_nobody_heard_stay_within_their_cue() -> None:
    text = "1\n00:00:10,000 --> 00:00:11,000\nOh dear\n\n2\n00:00:20,000 --> 00:00:30,000\n"
    words = fitted(
        text + "we lost the whole bakery", spoken("we lost the whole bakery", start_s=20.0)
    )
    assert 10.0 <= words[0].start_s < words[1].end_s <= 11.0
    assert words[2].start_s == pytest.approx(20.0)


def test_a_text_of_another_talk_is_refused() -> None:
    heard = spoken("the bakery lost all of its money in the first of those nights " * 5)
    with pytest.raises(TranscriptMismatch) as refused:
        fitted("a whale is the largest of all animals in the sea and the deepest " * 5, heard)
    assert refused.value.reason == "transcript_mismatch"


def test_of_a_part_only_the_words_around_what_was_heard_are_kept() -> None:
    whole = " ".join(f"one{i} two{i} three{i}" for i in range(300))
    part = spoken("um one100 two100 three100 one101 two101 mumble", start_s=50.0)
    bound = Span(start_s=50.0, end_s=52.5)
    words = transcript_fitting.fit_transcript(
        transcript_reader.read(whole), part, bound, part=True
    ).words
    assert [w.text for w in words] == [
        "three99",
        "one100",
        "two100",
        "three100",
        "one101",
        "two101",
        "three101",
    ]
    assert all(50.0 <= w.start_s <= w.end_s <= 52.5 for w in words)


def test_of_a_part_only_the_cues_in_it_are_kept() -> None:
    text = (
        "WEBVTT\n\n00:10.000 --> 00:12.000\nthey lost the mill\n\n"
        "00:50.000 --> 00:52.000\nwe lost the bakery\n\n"
        "01:30.000 --> 01:32.000\nshe lost a ship\n"
    )
    heard = spoken("we lost the bakery", start_s=50.0)
    bound = Span(start_s=45.0, end_s=90.0)
    given = transcript_reader.read(text)
    words = transcript_fitting.fit_transcript(given, heard, bound, part=True).words
    assert " ".join(w.text for w in words) == "we lost the bakery"


@pytest.mark.parametrize("hours", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_hours_are_fitted_to_the_word_in_little_memory(hours: int) -> None:
    count = 10_000 * hours
    random = np.random.default_rng(7)
    odds = 1.0 / np.arange(1, 8001)
    ids = random.choice(8000, count, p=odds / odds.sum())
    heard, truth, at_s = [], [], 0.0
    for i, chance in zip(ids, random.random(count), strict=True):
        truth.append(at_s)
        at_s += 0.3
        if chance > 0.05:  # the others are not heard at all
            text = f"w{i}" if chance > 0.2 else f"w{random.integers(8000)}"
            heard.append(Word(text=text, start_s=at_s - 0.3, end_s=at_s, probability=0.9))
    tracemalloc.start()
    words = fitted(" ".join(f"w{i}" for i in ids), heard, at_s)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 100e6 * hours  # a table over both texts of three has a billion cells
    late = np.abs(np.array([w.start_s for w in words]) - truth)
    assert np.median(late) < 0.01
    assert np.quantile(late, 0.99) < 0.6


token = st.text("abcde’.—今す", min_size=1, max_size=5)
recognized = st.lists(st.tuples(token, st.floats(0, 3), st.floats(0.0, 2)), min_size=1, max_size=40)


@settings(deadline=None)
@drawn_from(st.lists(token, min_size=1, max_size=40), recognized, st.booleans(), st.data())
def test_words_keep_their_spelling_and_their_order_in_time(
    words: list[str], heard: list[tuple[str, float, float]], cued: bool, data: st.DataObject
) -> None:
    at_s, spoken = 0.0, []
    for text, gap_s, length_s in heard:
        spoken.append(
            Word(text=text, start_s=at_s + gap_s, end_s=at_s + gap_s + length_s, probability=0.5)
        )
        at_s = spoken[-1].end_s
    cues = [
        Span(start_s=a, end_s=a + 1) if cued else None
        for a in data.draw(st.lists(st.floats(0, 99), min_size=len(words), max_size=len(words)))
    ]
    wanted = [transcript_reader.GivenWord(t, None, c) for t, c in zip(words, cues, strict=True)]
    bound = Span(start_s=0.0, end_s=at_s + 1.0)
    try:
        found = transcript_fitting.fit_transcript(wanted, spoken, bound, part=False).words
    except TranscriptMismatch:
        return
    assert [w.text for w in found] == words
    assert all(bound.start_s <= w.start_s <= w.end_s <= bound.end_s for w in found)
    assert all(a.end_s <= b.start_s + 1e-9 for a, b in pairwise(found))


@drawn_from(st.lists(st.sampled_from("abc"), max_size=40), st.lists(st.sampled_from("abc")))
def test_pairs_are_equal_words_in_the_order_of_both_texts(a: list[str], b: list[str]) -> None:
    pairs = sequence_matching.match(a, b)
    assert all(a[i] == b[j] for i, j in pairs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))


@pytest.fixture(scope="module")
def fitted_sample() -> Transcript:
    truth = json.loads(SAMPLE_TRUTH.read_text())
    cues = "\n\n".join(
        f"00:00.000 --> 59:00.000\n<v {s.get('speaker', 'Ann')}>{s['text']}"
        for s in truth["sentences"]
    )
    return hear(sound(SAMPLE), None, transcript=transcript_reader.read(f"WEBVTT\n\n{cues}"))


def test_a_real_talk_is_told_in_the_callers_words(fitted_sample: Transcript) -> None:
    truth = json.loads(SAMPLE_TRUTH.read_text())
    wanted = [w for s in truth["sentences"] for w in s["text"].split()]
    assert [w.text for w in fitted_sample.words] == wanted
    assert fitted_sample.language == "en"
    assert {s.speaker for s in fitted_sample.sentences} == {
        s.get("speaker", "Ann") for s in truth["sentences"]
    }


def test_a_real_talks_words_stand_where_they_are_said(fitted_sample: Transcript) -> None:
    truth = json.loads(SAMPLE_TRUTH.read_text())
    firsts, at = [], 0
    for sentence in truth["sentences"]:
        firsts.append(fitted_sample.words[at].start_s - sentence["start_s"])
        at += len(sentence["text"].split())
    assert np.median(np.abs(firsts)) < 0.1
    assert np.quantile(np.abs(firsts), 0.9) < 0.4


def test_japanese_is_fitted_letter_by_letter() -> None:
    path = media("audio/leopard_test_ja.wav")
    text = json.loads(media("references.json").read_text())["audio/leopard_test_ja.wav"]["text"]
    talk = hear(sound(path), None, transcript=transcript_reader.read(text))
    assert "".join(s.text for s in talk.sentences) == text
    assert (
        np.mean([w.probability != transcript_fitting.UNHEARD_PROBABILITY for w in talk.words]) > 0.6
    )
