"""Noisy sound is heard twice, and the likelier words stay."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from degraded import Change, noisy, unchanged
from heard_twice import LOUD_DB, SECONDS, hear_and_compare
from hypothesis import given
from hypothesis import strategies as st
from real_models import models, part, speech

from pipeline.core.control import Control, unchecked
from pipeline.core.data import Audio, TranscriptChunk, Word
from pipeline.language.disfluencies import bare
from pipeline.recognition import second_hearing, transcription, vad, whisper, windows
from pipeline.recognition.levels import range_db
from pipeline.recognition.recognizer import Context, Recognizer
from pipeline.recognition.second_hearing import Compared

pytestmark = pytest.mark.xdist_group("recognition")


def compared(audio: Audio) -> list[Word | Compared]:
    """The words of both hearings, and what was compared."""
    return hear_and_compare(audio)[1]


def spoken(one: Word | Compared) -> Word:
    return one if isinstance(one, Word) else one.word


def twice(audio: Audio) -> float:
    """The share of the words that are heard twice."""
    return float(np.mean([isinstance(one, Compared) for one in compared(audio)]))


@pytest.mark.slow  # hears noise twice
def test_noisy_sound_is_heard_twice_and_clear_sound_once() -> None:
    talk = part(0, SECONDS)
    assert twice(talk) < 0.1
    assert twice(noisy(LOUD_DB)(talk)) > 0.9


def test_noise_well_below_a_voice_is_noise() -> None:
    talk = part(0, SECONDS)
    spans = vad.find_speech(speech(talk))
    assert range_db(noisy(3)(talk), spans) < second_hearing.NOISY_DB < range_db(talk, spans)


@pytest.mark.slow  # hears noise twice
def test_words_that_are_compared_keep_their_order() -> None:
    words = [spoken(one) for one in compared(noisy(LOUD_DB)(part(0, SECONDS)))]
    assert len(words) > 60
    assert all(a.end_s <= b.start_s + 1e-6 and a.start_s < a.end_s for a, b in pairwise(words))


@pytest.mark.slow  # hears noise twice
@pytest.mark.parametrize(("seconds", "noises"), [(SECONDS, (LOUD_DB,)), (60, (3, 1))])
def test_in_noise_words_that_both_hearings_write_are_right_more_often(
    seconds: int, noises: tuple[int, ...]
) -> None:
    """The clear recording's words stand for the truth."""
    talk = part(0, seconds)
    truth = {bare(spoken(one).text) for one in compared(talk)}
    noise = [
        one
        for decibels in noises
        for one in compared(noisy(decibels)(talk))
        if isinstance(one, Compared)
    ]
    alike = [bare(one.word.text) in truth for one in noise if one.alike]
    different = [bare(one.word.text) in truth for one in noise if not one.alike]
    assert len(alike) > 50
    assert len(different) > 3
    assert np.mean(alike) > 0.9 > np.mean(different)


def test_a_word_that_the_second_hearing_denies_is_less_likely() -> None:
    agreement = models().whisper.agreement
    assert agreement is not None
    for own in (0.5, 0.7, 0.9):
        both = agreement.probability(own, own, alike=True)
        assert agreement.probability(own, own, alike=False) < own < both + 0.1
        assert agreement.probability(own, 0.99, alike=True) > both


@pytest.mark.parametrize(
    ("at_once", "seconds", "change", "least"),
    [
        (1, 36, unchanged, 80),
        pytest.param(2, 60, noisy(3), 100, marks=pytest.mark.slow),
    ],
    ids=["clear", "noisy"],
)
def test_words_keep_their_order_and_a_resumed_run_has_the_same(
    at_once: int, seconds: int, change: Change, least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper, "CPU_WINDOWS", at_once)  # fewer than there are: several batches
    # A batch that is left alone gets all cores, and oneDNN adds in another order then: equal words
    # may have times and probabilities that differ in the fourth digit.
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    sound, chunks = change(part(26, 26 + seconds)), list[TranscriptChunk]()
    words = transcribed(sound, Control(on_chunk=chunks.append))
    assert len(words) > least
    assert all(a.end_s <= b.start_s + 1e-6 and a.start_s < a.end_s for a, b in pairwise(words))
    assert len(chunks) > 1
    assert transcribed(sound, Control(resume_from=tuple(chunks[:1]))) == words


def transcribed(audio: Audio, control: Control) -> tuple[Word, ...]:
    odds = speech(audio)
    _, words = transcription.transcribe(
        audio,
        vad.find_speech(odds),
        odds,
        model=models().whisper,
        language="en",
        control=control,
    )
    return words


def test_the_same_word_at_another_time_is_no_agreement() -> None:
    one = Word(text="yes", start_s=1.0, end_s=1.3, probability=0.9)
    (near,) = second_hearing.merge([one], [replace(one, start_s=1.4, end_s=1.6)])
    (far,) = second_hearing.merge([one], [replace(one, start_s=9.0, end_s=9.3)])
    assert near.alike
    assert not far.alike


def test_scripts_without_spaces_are_heard_once() -> None:
    audio = noisy(LOUD_DB)(part(0, SECONDS))
    odds = speech(audio)
    ear = Recognizer(audio=audio, model=models().whisper, check=unchecked)
    context = Context(speech=odds, code="ja")
    said = [Word(text=one, start_s=1.0, end_s=2.0, probability=0.5) for one in ("2024", "年")]
    packed = windows.pack(vad.find_speech(odds), odds)
    assert second_hearing.compare(ear, said, packed, context) == said


@st.composite
def hearings(draw: st.DrawFn) -> list[Word]:
    """Words of a few spellings, one after another."""
    words, at_s = list[Word](), 0.0
    for text in draw(st.lists(st.sampled_from("abcd"), max_size=12)):
        start_s = at_s + draw(st.floats(0.0, 0.5))
        at_s = start_s + draw(st.floats(0.05, 0.5))
        odds = draw(st.floats(0.0, 1.0))
        words.append(Word(text=text, start_s=start_s, end_s=at_s, probability=odds))
    return words


@given(hearings(), hearings())
def test_a_merged_text_is_made_of_both_and_stays_in_place(
    first: list[Word], again: list[Word]
) -> None:
    merged = [one.word for one in second_hearing.merge(first, again)]
    assert all(a.end_s <= b.start_s + 1e-6 and a.start_s < a.end_s for a, b in pairwise(merged))
    assert bool(merged) == bool(first)
    if first:
        assert merged[0].start_s >= first[0].start_s
        assert merged[-1].end_s <= first[-1].end_s + 1e-6
    assert {w.text for w in merged} <= {w.text for w in (*first, *again)}


@given(hearings())
def test_two_equal_hearings_change_nothing(words: list[Word]) -> None:
    assert [one.word for one in second_hearing.merge(words, words)] == words
    assert all(one.alike for one in second_hearing.merge(words, words))
