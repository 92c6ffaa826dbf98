"""Clips are as loud as their neighbors in a feed: checked with FFmpeg's meter, not our own."""

import threading

import numpy as np
import pytest
from films import RATE, speech_like
from meter import metered

from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.errors import Canceled
from pipeline.media.clip_audio import repair_stereo
from pipeline.rendering.loudness import GATE_LUFS, integrated_lufs, limit, normalize, true_peak
from pipeline.rendering.soundtrack import fade


def stereo(sound: F32) -> F32:
    return np.concatenate([sound, sound])


def with_claps(level: float, seed: int) -> F32:
    """Quiet speech with claps thirty times as loud."""
    sound = stereo(speech_like(12.0, level, seed))
    for at in range(RATE, sound.shape[1] - 200, 2 * RATE):
        sound[:, at : at + 60] += 0.9 * np.hanning(60).astype(np.float32)
    return sound


@pytest.mark.parametrize("level", [0.01, 0.05, 0.6])
def test_speech_of_any_level_ends_at_minus_14_lufs(level: float) -> None:
    loudness, peak = metered(normalize(stereo(speech_like(12.0, level))))
    assert loudness == pytest.approx(-14.0, abs=0.5)
    assert peak <= -1.0


@pytest.mark.parametrize("seed", range(3))
def test_claps_are_limited_and_speech_still_reaches_its_level(seed: int) -> None:
    loudness, peak = metered(normalize(with_claps(0.02, seed)))
    assert loudness == pytest.approx(-14.0, abs=0.5)
    assert peak <= -1.0


@pytest.mark.parametrize("seed", range(3))
def test_the_meter_agrees_with_ffmpeg(seed: int) -> None:
    sound = with_claps(0.05, seed)
    loudness, peak = metered(sound)
    assert integrated_lufs(sound) == pytest.approx(loudness, abs=0.1)
    assert true_peak(sound) == pytest.approx(peak, abs=0.2)


def test_a_peak_between_two_samples_is_seen() -> None:
    # a quarter of the sampling rate, sampled 45 degrees off its crests
    sound = np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4).astype(np.float32)[None]
    sound *= np.hanning(RATE).astype(np.float32)  # a hard end would ring
    assert np.abs(sound).max() < 0.71
    assert true_peak(stereo(sound)) == pytest.approx(0.0, abs=0.1)


def test_quiet_passages_keep_their_shape_under_the_limiter() -> None:
    sound = with_claps(0.02, 1)
    limited = limit(sound)
    far = np.abs(np.arange(sound.shape[1]) % (2 * RATE) - RATE) > 2000
    assert np.allclose(limited[:, far], sound[:, far], atol=1e-6)


def test_canceling_is_noticed_every_few_seconds_of_sound() -> None:
    looks = 0

    class Watched(threading.Event):
        def is_set(self) -> bool:
            nonlocal looks
            looks += 1
            return False

    sound = np.tile(with_claps(0.02, 1), 5)  # a minute that needs limiting
    normalize(sound, Control(cancel=Watched()))
    assert looks >= sound.shape[1] / RATE / 3  # one at least for every three seconds
    stopped = Control()
    stopped.cancel.set()
    with pytest.raises(Canceled):
        normalize(sound, stopped)


def test_silence_stays_silence() -> None:
    silence = np.zeros((2, RATE * 2), dtype=np.float32)
    assert integrated_lufs(silence) == GATE_LUFS
    assert not normalize(silence).any()


def test_a_voice_on_one_side_is_heard_on_both() -> None:
    voice = speech_like(2.0)
    for sides in ([voice, 0 * voice], [0 * voice, voice]):
        heard = repair_stereo(np.concatenate(sides))
        assert np.array_equal(heard[0], heard[1])
        assert np.allclose(heard[0], voice[0])


def test_opposite_sides_do_not_cancel_in_a_single_speaker() -> None:
    voice = speech_like(2.0)
    heard = repair_stereo(np.concatenate([voice, -voice]))
    assert np.abs(heard.mean(axis=0)).max() > 0.5 * np.abs(voice).max()


def test_real_stereo_is_left_alone() -> None:
    sides = np.concatenate([speech_like(2.0, seed=1), speech_like(2.0, seed=2)])
    assert repair_stereo(sides) is sides


def test_both_ends_are_silent_after_fading() -> None:
    sound = np.ones((2, RATE), dtype=np.float32)
    fade(sound, at_end=False)
    fade(sound, at_end=True)
    assert sound[:, 0].max() == 0.0
    assert sound[:, -1].max() == 0.0
    assert sound[:, 480:-480].min() == 1.0
