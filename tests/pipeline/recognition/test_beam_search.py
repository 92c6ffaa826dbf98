"""Windows that the decoder was unsure of are searched for a likelier text."""

import json
from itertools import count
from typing import Any

import jiwer
import numpy as np
import pytest
import torch
from project_paths import SAMPLE
from real_models import SAMPLE_TRUTH, models, sound

from pipeline.core.control import unchecked
from pipeline.core.data import SAMPLE_RATE, Audio, Span
from pipeline.core.errors import Canceled
from pipeline.recognition import beam_search
from pipeline.recognition.decoding import Decoded
from pipeline.recognition.recognizer import UNSURE, Recognizer
from pipeline.recognition.windows import Window

pytestmark = pytest.mark.xdist_group("recognition")

NOISE_DB = -5  # against the voices


SENTENCES = (10, 11), (5, 5), (25, 25)  # first and last of each window of the sample


def window(first: int, last: int) -> Window:
    said = truth()[first : last + 1]
    return Window((Span(start_s=said[0]["start_s"] - 0.2, end_s=said[-1]["end_s"] + 0.2),))


def truth() -> list[dict[str, Any]]:
    sentences: list[dict[str, Any]] = json.loads(SAMPLE_TRUTH.read_text())["sentences"]
    return sentences


WINDOWS = [window(*sentences) for sentences in SENTENCES]


@pytest.fixture(scope="module")
def noisy() -> tuple[Recognizer, torch.Tensor]:
    """Three windows of the sample in noise, encoded."""
    clean = sound(SAMPLE).samples.astype(np.float32)
    noise = np.random.default_rng(3).standard_normal(len(clean)).astype(np.float32)
    noise *= np.sqrt(np.square(clean).mean()) * 10 ** (NOISE_DB / 20)
    audio = Audio(samples=np.clip(clean + noise, -32768, 32767).astype(np.int16))
    ear = Recognizer(audio=audio, model=models().whisper, check=unchecked)
    return ear, ear.encode(WINDOWS)


@pytest.fixture(scope="module")
def greedy(noisy: tuple[Recognizer, torch.Tensor]) -> list[Decoded]:
    ear, states = noisy
    return ear.decode(states, "en")


def sums(decoded: list[Decoded]) -> list[float]:
    return [d.mean_log_probability for d in decoded]


@pytest.mark.slow  # searches noisy sound
def test_a_search_finds_likelier_and_better_texts(
    noisy: tuple[Recognizer, torch.Tensor], greedy: list[Decoded]
) -> None:
    ear, states = noisy
    found = beam_search.improve(ear.model, states, "en", greedy, unchecked)
    assert all(new >= old for new, old in zip(sums(found), sums(greedy), strict=True))
    assert any(new > old for new, old in zip(sums(found), sums(greedy), strict=True))
    for new in found:
        assert len(new.tokens) == len(new.log_probabilities) == len(new.attention)
        assert new.attention.shape[1:] == (len(ear.model.alignment_heads), states.shape[1])
    told = (s["text"] for first, last in SENTENCES for s in truth()[first : last + 1])
    said = _normal(" ".join(told))

    def wrong(texts: list[Decoded]) -> float:
        heard = " ".join(ear.model.vocabulary.decode(d.tokens) for d in texts)
        return jiwer.wer(said, _normal(heard))

    # the few words differ by two between processors; `make bench-asr` measures whole talks
    assert wrong(found) <= wrong(greedy) + 0.05


@pytest.mark.slow  # searches noise twice
def test_a_window_is_searched_with_others_as_alone(noisy: tuple[Recognizer, torch.Tensor]) -> None:
    """Windows end at different steps, and none may take another's sound or text with it."""
    ear, states = noisy
    together = beam_search.search(ear.model, states, "en")
    for i, tokens in enumerate(together):
        (alone,) = beam_search.search(ear.model, states[i : i + 1], "en")
        texts = [ear.model.vocabulary.decode(t) for t in (alone, tokens)]
        assert jiwer.wer(texts[0], texts[1]) < 0.2, texts  # sixteen bits are added in another order


@pytest.mark.slow  # decodes noise
def test_only_unsure_windows_are_searched(
    noisy: tuple[Recognizer, torch.Tensor], greedy: list[Decoded]
) -> None:
    ear, states = noisy
    unsure = {i for i, odds in enumerate(sums(greedy)) if odds < UNSURE}
    assert unsure
    assert set(ear.search(states, greedy)) == unsure
    clear = Recognizer(audio=sound(SAMPLE), model=ear.model, check=unchecked)
    states = clear.encode(WINDOWS[:2])
    assert clear.search(states, clear.decode(states, "en")) == {}


def test_a_search_stops_when_canceled() -> None:
    ear = Recognizer(audio=sound(SAMPLE), model=models().whisper, check=unchecked)
    states = ear.encode(WINDOWS[:1])
    steps = count()

    def check() -> None:
        if next(steps) == 20:
            raise Canceled("Enough.")

    with pytest.raises(Canceled):
        beam_search.search(ear.model, states, "en", check=check)


def test_silence_has_no_text() -> None:
    ear = Recognizer(
        audio=Audio(samples=np.zeros(SAMPLE_RATE, np.int16)),
        model=models().whisper,
        check=unchecked,
    )
    states = ear.model.encode(ear.model.log_mel(np.zeros((1, 30 * SAMPLE_RATE), np.float32)))
    decoded = ear.decode(states, "en")
    found = beam_search.improve(ear.model, states, "en", decoded, unchecked)
    assert not any(ear.is_speech(d) for d in found)


def _normal(text: str) -> str:
    # transformers takes seconds to import
    from transformers.models.whisper.english_normalizer import EnglishTextNormalizer

    return str(EnglishTextNormalizer({})(text))
