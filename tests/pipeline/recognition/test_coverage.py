"""Every second of speech has its words, or is declared unintelligible."""

import json
from pathlib import Path

import jiwer
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from project_paths import MEDIA, SAMPLE
from real_models import SAMPLE_TRUTH, hear, models, sound
from shared_media import media
from spoken_words import normal, said

from pipeline.core.arrays import F32
from pipeline.core.control import unchecked
from pipeline.core.data import SAMPLE_RATE, Audio, Span, Transcript, Word
from pipeline.recognition import coverage, rehearing, vad
from pipeline.recognition.recognizer import Context, Recognizer
from pipeline.recognition.vad import CHUNK_S

pytestmark = pytest.mark.xdist_group("hard sound")

HEARING = MEDIA.parent / "hearing"


def heard(path: Path) -> Transcript:
    if not path.exists():
        pytest.skip(f"{path} is absent: local test media are not part of the project")
    return hear(sound(path), None)


def as_audio(samples: F32) -> Audio:
    return Audio(samples=np.rint(samples.clip(-1, 0.9999) * 32768).astype(np.int16))


def sentence(number: int) -> tuple[str, F32]:
    """A sentence of the sample, with half a second after it."""
    one = json.loads(SAMPLE_TRUTH.read_text())["sentences"][number]
    samples = sound(SAMPLE).slice(one["start_s"] - 0.1, one["end_s"] + 0.1)
    return one["text"], np.concatenate([samples, np.zeros(SAMPLE_RATE // 2, np.float32)])


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=1.0)


def talking(*spans: tuple[float, float], until_s: float = 20.0) -> vad.Probabilities:
    """Probabilities of a recording with speech in these seconds."""
    found = np.zeros(round(until_s / CHUNK_S), np.float32)
    for start_s, end_s in spans:
        found[round(start_s / CHUNK_S) : round(end_s / CHUNK_S)] = 0.9
    return found


ALL = (Span(start_s=0.0, end_s=20.0),)


def test_speech_behind_the_last_word_is_a_gap() -> None:
    words = [word("one", 1.0, 1.4), word("two", 1.5, 1.9)]
    (gap,) = coverage.find_gaps(words, talking((1.0, 5.0)), ALL)
    assert 1.9 < gap.start_s < 2.2
    assert gap.end_s == pytest.approx(5.0, abs=0.05)
    whole = coverage.measure(words, talking((1.0, 5.0)), ALL)
    assert whole.speech_s == pytest.approx(4.0, abs=0.1)
    assert whole.unintelligible == (gap,)
    assert 0.2 < whole.share < 0.35


def test_a_word_does_not_last_longer_than_it_can_be_spoken() -> None:
    (gap,) = coverage.find_gaps([word("so", 1.0, 8.0)], talking((1.0, 8.0)), ALL)
    assert gap.start_s < 2.6


def test_a_word_that_hides_others_is_heard_again_from_where_it_probably_ends() -> None:
    words, speech = [word("lay", 1.0, 2.9)], talking((1.0, 2.9))
    (sure,) = coverage.find_gaps(words, speech, ALL)
    (likely,) = coverage.find_gaps(words, speech, ALL, word_end_s=coverage.likely_end_s)
    assert likely.start_s < 1.6 < sure.start_s
    slow = word("extraordinary", 1.0, 2.6)
    assert coverage.find_gaps([slow], speech, ALL, word_end_s=coverage.likely_end_s) == ()


def test_pauses_and_breaths_are_no_gaps() -> None:
    words = [word("one", 1.0, 1.4), word("two", 1.7, 2.1)]
    assert coverage.find_gaps(words, talking((1.0, 2.4)), ALL) == ()
    assert coverage.find_gaps(words, talking((1.0, 2.1), (4.0, 4.3)), ALL) == ()
    assert coverage.find_gaps((), talking(), ALL) == ()


def test_a_word_that_two_windows_find_is_there_once(monkeypatch: pytest.MonkeyPatch) -> None:
    known = [word("one", 1.0, 1.4), word("four", 4.0, 4.4)]
    said = [word("two", 2.0, 2.4), word("three", 3.2, 3.6), word("four", 4.02, 4.4)]

    def recognize(*_: object) -> list[Word]:  # each window hears all of it
        return [*said, *said]

    monkeypatch.setattr(rehearing, "recognize", recognize)
    found = rehearing.hear_again(
        Recognizer(audio=sound(SAMPLE), model=models().whisper, check=unchecked),
        known,
        within=ALL,
        context=Context(speech=talking((1.0, 1.4), (1.9, 2.5), (3.1, 3.7), (4.0, 4.4)), code="en"),
    )
    assert [w.text for w in found] == ["one", "two", "three", "four"]


@given(
    st.lists(st.tuples(st.floats(0, 19), st.floats(0.05, 1)), max_size=12),
    st.lists(st.tuples(st.floats(0, 19), st.floats(0.05, 6)), max_size=6),
)
def test_gaps_are_speech_without_words(
    spoken: list[tuple[float, float]], sounds: list[tuple[float, float]]
) -> None:
    words = sorted((word("a", at, at + long) for at, long in spoken), key=lambda w: w.start_s)
    probability = talking(*((at, at + long) for at, long in sounds))
    gaps = coverage.find_gaps(words, probability, ALL)
    found = coverage.measure(words, probability, ALL)
    assert 0.0 <= found.unintelligible_s <= found.speech_s
    assert list(gaps) == sorted(gaps, key=lambda gap: gap.start_s)
    for gap in gaps:
        assert not any(gap.start_s < w.start_s and w.end_s < gap.end_s for w in words)


@pytest.mark.slow  # hears a sentence eight times
def test_a_sentence_said_eight_times_is_there_eight_times() -> None:
    # Takes seconds: fewer times are no loop, and a loop is heard again piece by piece.
    text, once = sentence(5)
    found = said(hear(as_audio(np.tile(once, 8))))
    assert jiwer.wer(normal(" ".join([text] * 8)), found) < 0.1


def test_a_quiet_speaker_is_heard_beside_a_loud_one() -> None:
    text, once = sentence(1)
    quiet = np.concatenate([once, once * 10 ** (-50 / 20), once])
    transcript = hear(as_audio(quiet))
    assert jiwer.wer(normal(" ".join([text] * 3)), said(transcript)) < 0.15


def test_a_quiet_room_is_not_heard_as_speech() -> None:
    _, once = sentence(5)
    room = np.random.default_rng(1).normal(0, 10 ** (-60 / 20), 20 * SAMPLE_RATE)
    transcript = hear(as_audio(np.concatenate([once, room.astype(np.float32), once])))
    end_s = len(once) / SAMPLE_RATE
    assert not [w for w in transcript.words if end_s < w.start_s < end_s + 20]
    assert transcript.coverage.share > 0.98


@pytest.mark.parametrize(
    ("name", "least"),
    [("duo_d.mp4", 70), ("subtitleeffect_dili.mp4", 60)],
)
@pytest.mark.slow  # hears a minute
def test_a_text_that_ends_early_is_completed(name: str, least: int) -> None:
    # Takes seconds: of the shortest recording known whose text ends early.
    transcript = heard(HEARING / name)
    assert len(transcript.words) >= least
    assert transcript.coverage.share > 0.98


@pytest.mark.slow  # hears a minute
@pytest.mark.parametrize(
    "path",
    [HEARING / "duo_d.mp4", MEDIA / "composites/duo_a.mp4", MEDIA / "composites/duo_b.mp4"],
)
def test_every_turn_of_two_people_has_words(path: Path) -> None:
    words = heard(path).words
    turns = json.loads(path.with_suffix(".truth.json").read_text())["turns"]
    middles = np.array([(w.start_s + w.end_s) / 2 for w in words])
    counts = [int(((middles > t["start_s"]) & (middles < t["end_s"])).sum()) for t in turns]
    assert min(counts) >= 2, counts


@pytest.mark.slow  # hears two languages
@pytest.mark.parametrize("ends", [("", "_ja"), ("", "_de", "_es", "_ja")])
def test_each_phrase_is_written_in_its_own_language(ends: tuple[str, ...]) -> None:
    texts = json.loads(media("references.json").read_text())
    names = [f"audio/leopard_test{end}.wav" for end in ends]
    pause = np.zeros(SAMPLE_RATE, np.float32)
    parts = [sound(media(name)).slice(0, 60) for name in names]
    transcript = hear(as_audio(np.concatenate([s for part in parts for s in (part, pause)])), None)
    found = "".join(char for char in said(transcript) if char != " ")
    for name in names:
        wanted = "".join(char for char in normal(texts[name]["text"]) if char != " ")
        near = min(
            (jiwer.cer(wanted, found[at : at + len(wanted)]) for at in range(len(found))),
            default=1.0,
        )
        assert near < 0.35, name


@pytest.mark.slow  # hears sounds without words
@pytest.mark.parametrize("number", [1, 5])
def test_words_of_a_voice_without_words_are_doubtful(number: int) -> None:
    _, once = sentence(number)
    transcript = hear(as_audio(np.concatenate([once, once[::-1]])))  # the same voice, backwards
    end_s = len(once) / SAMPLE_RATE
    sure, doubtful = (
        np.mean([w.probability for w in transcript.words if (w.start_s > end_s) == late] or [0.0])
        for late in (False, True)
    )
    assert sure > 0.8
    assert doubtful < 0.6
