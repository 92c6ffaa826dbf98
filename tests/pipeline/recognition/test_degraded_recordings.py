"""Recordings as they come: by telephone, on one ear, in two rates, damaged, a moment long."""

from pathlib import Path

import jiwer
import numpy as np
import pytest
from degraded import echoing, to_audio, to_float
from project_paths import SAMPLE
from real_models import hear, part, sound, speech
from shared_media import media
from spoken_words import said
from synthetic_media import write_media

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE, Audio
from pipeline.core.errors import NoSpeech, TooShort
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.recognition import vad

pytestmark = pytest.mark.xdist_group("hard sound")

SECONDS = 10  # the sample's first two sentences


def voice(rate: int, first_s: float = 0.0, end_s: float = SECONDS) -> F32:
    """The sample's talk, shape (n,), at a rate that it is a multiple of, or that is one of it."""
    samples = sound(SAMPLE).slice(first_s, end_s)
    if rate < SAMPLE_RATE:
        step = SAMPLE_RATE // rate
        return np.asarray(samples[: len(samples) // step * step].reshape(-1, step).mean(1))
    return samples.repeat(rate // SAMPLE_RATE)


@pytest.fixture(scope="module")
def wanted() -> str:
    """What is heard of the clean sound."""
    return said(hear(part(0, SECONDS)))


def decoded(path: Path) -> Audio:
    return load_audio(probe(path), path.parent, Control())


@pytest.mark.slow  # hears a file
def test_a_telephone_call_is_understood(tmp_path: Path, wanted: str) -> None:
    path = write_media(
        tmp_path / "call.wav", sound=voice(8000), rate=8000, size=None, sound_codec="pcm_mulaw"
    )
    assert jiwer.wer(wanted, said(hear(decoded(path)))) < 0.15


@pytest.mark.parametrize("silent", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_silent_channel_hides_no_word(tmp_path: Path, wanted: str, silent: int) -> None:
    both = np.stack([voice(48_000)] * 2)
    both[silent] = 0.0
    path = write_media(tmp_path / "one.m4a", sound=both, layout="stereo", size=None)
    assert jiwer.wer(wanted, said(hear(decoded(path)))) < 0.1


def test_two_people_on_two_channels_are_both_heard(tmp_path: Path, wanted: str) -> None:
    sides = np.zeros((2, 48_000 * SECONDS), np.float32)
    middle = 48_000 * SECONDS // 2
    sides[0, :middle], sides[1, middle:] = np.split(voice(48_000), 2)
    path = write_media(tmp_path / "two.m4a", sound=sides, layout="stereo", size=None)
    assert jiwer.wer(wanted, said(hear(decoded(path)))) < 0.1


@pytest.mark.slow  # hears a file
def test_a_rate_that_changes_in_the_middle_moves_no_word(tmp_path: Path, wanted: str) -> None:
    parts = [
        write_media(
            tmp_path / f"{rate}.mp3",
            sound=voice(rate, first_s, first_s + SECONDS / 2),
            rate=rate,
            size=None,
            sound_codec="libmp3lame",
        ).read_bytes()
        for rate, first_s in ((48_000, 0.0), (16_000, SECONDS / 2))
    ]
    path = tmp_path / "both.mp3"
    path.write_bytes(b"".join(parts))
    found = hear(decoded(path))
    assert jiwer.wer(wanted, said(found)) < 0.15
    assert found.words[-1].end_s == pytest.approx(SECONDS, abs=1.5)


def test_damaged_packets_cost_only_the_words_in_them(tmp_path: Path, wanted: str) -> None:
    path = write_media(
        tmp_path / "a.mp4", sound=voice(48_000), size=None, options={"movflags": "faststart"}
    )
    data = bytearray(path.read_bytes())
    middle = (data.index(b"mdat") + len(data)) // 2
    data[middle : middle + 4000] = np.random.default_rng(5).bytes(4000)
    path.write_bytes(data)
    found = said(hear(decoded(path)))
    quarter = len(wanted) // 4
    assert found[:quarter] == wanted[:quarter]
    assert found[-quarter:] == wanted[-quarter:]


def test_a_moment_of_sound_is_the_documented_error(tmp_path: Path) -> None:
    path = write_media(
        tmp_path / "a.wav",
        sound=voice(16_000, 1.0, 1.2),
        rate=16_000,
        size=None,
        sound_codec="pcm_s16le",
    )
    with pytest.raises(TooShort, match=r"0\.2 s"):
        probe(path)
    with pytest.raises(NoSpeech):
        hear(part(1.0, 1.2))


def test_every_channel_of_eight_is_heard() -> None:
    found = said(hear(sound(media("audio/whisperkit_8_Channel_ID.m4a"))))
    assert (
        found == "front left front right center back left back right auxiliary left auxiliary right"
    )


@pytest.mark.slow  # hears half a minute
def test_the_real_telephone_is_understood() -> None:
    found = said(hear(sound(media("audio/pyannote_sample.wav"))))
    assert "this is diane in new jersey" in found
    assert "originally from chicago also" in found


@pytest.mark.parametrize("cut_s", [6.29, 7.301, pytest.param(8.0, marks=pytest.mark.slow)])
def test_no_word_ends_after_the_sound(cut_s: float) -> None:
    """Cut off amid the talk, at no multiple of any step that something is computed in."""
    audio = part(0, cut_s)
    talk = hear(audio)
    assert talk.words
    assert max(word.end_s for word in talk.words) <= audio.duration_s
    assert max(s.end_s for s in talk.sentences) <= talk.duration_s


def test_an_echoing_voice_does_not_deafen_the_detector_to_the_next() -> None:
    first = to_float(sound(media("audio/jfk.flac")))
    second = to_float(part(0, 20))
    both = echoing(to_audio(np.concatenate([first, second])))
    odds = speech(both)
    alone = speech(echoing(to_audio(second)))
    behind = odds[round(len(first) / SAMPLE_RATE / vad.CHUNK_S) :]
    assert vad.speech_seconds(behind) > 0.7 * vad.speech_seconds(alone) > 7.0
