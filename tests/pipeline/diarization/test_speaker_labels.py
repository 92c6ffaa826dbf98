"""Who speaks: two voices are told apart, one is not split, and labels follow the words."""

import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
from project_paths import SAMPLE
from real_models import SAMPLE_TRUTH, chunks, hear, models, sample_heard, sound
from right_speakers import words_right
from shared_media import media
from torchaudio.compliance import kaldi

import pipeline
from pipeline.core.arrays import F32
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE, Audio, Word
from pipeline.core.errors import Canceled
from pipeline.diarization import clustering, speaker_labels
from pipeline.diarization.segments import split_phrases
from pipeline.diarization.speaker_embedding import WIDTH, SpeakerEncoder
from pipeline.diarization.speaker_labels import label_speakers
from pipeline.models.registry import Models

pytestmark = pytest.mark.xdist_group("recognition")

WORD_S = 0.3


def speaker_encoder() -> SpeakerEncoder:
    """The real one."""
    found = models().speaker_encoder
    assert found is not None
    return found


def said(turns: Sequence[tuple[str, int]], gap_s: float = 0.3) -> tuple[list[Word], list[str]]:
    """Turns of so many words each as words one after the other, and who says each."""
    words: list[Word] = []
    at_s = 0.5
    for _, count in turns:
        for n in range(count):
            text = ("Word" if n == 0 else "word") + "." * (n == count - 1)
            words.append(Word(text=text, start_s=at_s, end_s=at_s + WORD_S, probability=1.0))
            at_s += WORD_S
        at_s += gap_s
    return words, [who for who, count in turns for _ in range(count)]


def levels(words: Sequence[Word], who: Sequence[str]) -> Audio:
    """A sound that does not sound, but has a level for each speaker, which `Ear` hears."""
    samples = np.zeros(round((words[-1].end_s + 1.0) * SAMPLE_RATE), np.int16)
    people = sorted(set(who))
    for word, speaker in zip(words, who, strict=True):
        first, last = round(word.start_s * SAMPLE_RATE), round(word.end_s * SAMPLE_RATE)
        samples[first:last] = 4000 * (people.index(speaker) + 1)
    return Audio(samples=samples)


class Ear:
    """Stands in for the network: a direction for each level, with some noise."""

    def __init__(self) -> None:
        self.heard: list[int] = []  # samples of each call
        self._noise = np.random.default_rng(5)

    def __call__(self, pieces: F32) -> F32:
        self.heard.append(pieces.size)
        prints = self._noise.normal(0.0, 0.05, (len(pieces), 16))
        for row, piece in zip(prints, pieces, strict=True):
            for level in piece:
                row[round(float(level) * 32768 / 4000)] += 1.0 / len(piece)
        found: F32 = (prints / np.linalg.norm(prints, axis=1, keepdims=True)).astype(np.float32)
        return found


def labels(
    audio: Audio, words: Sequence[Word], encoder: Callable[[F32], F32] | None = None
) -> tuple[str | None, ...]:
    return label_speakers(audio, words, encoder=encoder or speaker_encoder(), control=Control())


def sample_words(speaker: str | None = None) -> tuple[list[Word], list[str]]:
    """The sample's true sentences, of one speaker or all, with words of equal length."""
    words: list[Word] = []
    who: list[str] = []
    for sentence in json.loads(SAMPLE_TRUTH.read_text())["sentences"]:
        texts = sentence["text"].split()
        step_s = (sentence["end_s"] - sentence["start_s"]) / len(texts)
        for n, text in enumerate(texts):
            start_s = sentence["start_s"] + n * step_s
            if speaker in (None, sentence["speaker"]):
                words.append(
                    Word(text=text, start_s=start_s, end_s=start_s + step_s, probability=1.0)
                )
                who.append(sentence["speaker"])
    return words, who


def test_the_two_of_the_sample_are_told_apart() -> None:
    words, who = sample_words()
    found = labels(sound(SAMPLE), words)
    assert set(found) == {"Speaker 1", "Speaker 2"}
    assert found[0] == "Speaker 1"
    assert words_right(who, found) >= 0.98


@pytest.mark.parametrize("speaker", ["host", pytest.param("guest", marks=pytest.mark.slow)])
def test_one_of_them_alone_is_one(speaker: str) -> None:
    words, _ = sample_words(speaker)
    assert set(labels(sound(SAMPLE), words)) == {None}


@pytest.mark.slow  # encodes the voices anew
@pytest.mark.parametrize("change", ["quieter", "noise", "telephone"])
def test_one_who_sounds_different_for_a_while_is_one(change: str) -> None:
    words, _ = sample_words("guest")
    samples = sound(SAMPLE).samples.astype(np.float64)
    first, last = (round(words[len(words) * n // 3].start_s * SAMPLE_RATE) for n in (1, 2))
    part = samples[first:last]
    if change == "quieter":
        part = part * 0.1
    elif change == "noise":
        part = part + np.random.default_rng(2).normal(0.0, 0.2 * part.std(), len(part))
    else:
        spectrum = np.fft.rfft(part)
        hz = np.fft.rfftfreq(len(part), 1 / SAMPLE_RATE)
        spectrum[(hz < 300) | (hz > 3400)] = 0
        part = np.fft.irfft(spectrum, len(part))
    samples[first:last] = part
    changed = Audio(samples=samples.clip(-32768, 32767).astype(np.int16))
    assert set(labels(changed, words)) == {None}


def test_sentences_of_a_heard_talk_are_one_persons() -> None:
    talk = sample_heard()
    truth = json.loads(SAMPLE_TRUTH.read_text())["sentences"]
    middles = [(s.start_s + s.end_s) / 2 for s in talk.sentences]
    who = [
        next((t["speaker"] for t in truth if t["start_s"] <= m <= t["end_s"]), None)
        for m in middles
    ]
    assert words_right(who, [s.speaker for s in talk.sentences]) >= 0.95


def test_without_its_weights_a_talk_is_heard_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Models, "speaker_encoder", None)
    known = chunks(sound(SAMPLE), None)  # so that nothing is recognized again
    talk = pipeline.hear(
        sound(SAMPLE), models=models(), language=None, control=Control(resume_from=known)
    )
    assert talk.sentences
    assert {s.speaker for s in talk.sentences} == {None}


def test_speakers_are_numbered_as_they_are_first_heard() -> None:
    turns = [("c", 12), ("a", 10), ("b", 11), ("a", 12), ("c", 10), ("b", 12), ("c", 12)]
    words, who = said(turns)
    found = labels(levels(words, who), words, Ear())
    names = {"c": "Speaker 1", "a": "Speaker 2", "b": "Speaker 3"}
    assert list(found) == [names[speaker] for speaker in who]


def test_a_stray_word_changes_nobody() -> None:
    words, who = said([("a", 12), ("b", 12)] * 3 + [("a", 40)], gap_s=0.0)
    heard = [*who]
    heard[-20] = "b"  # a click, a cough: no mark and no pause sets it apart
    found = labels(levels(words, heard), words, Ear())
    assert words_right(who, found) == 1.0


def test_a_change_without_a_pause_is_found() -> None:
    words, who = said([("a", 23), ("b", 29)] * 4, gap_s=0.0)
    unmarked = [Word(text="word", start_s=w.start_s, end_s=w.end_s, probability=1.0) for w in words]
    found = labels(levels(words, who), unmarked, Ear())
    assert words_right(who, found) > 0.8


def test_nothing_said_has_no_labels() -> None:
    assert labels(Audio(samples=np.zeros(SAMPLE_RATE, np.int16)), (), Ear()) == ()


def test_a_few_words_have_no_labels() -> None:
    words, who = said([("a", 4), ("b", 4)])
    assert set(labels(levels(words, who), words, Ear())) == {None}


def test_words_in_silence_are_not_told_apart() -> None:
    words, _ = said([("a", 12), ("b", 12)] * 3)
    silence = Audio(samples=np.zeros(round(words[-1].end_s * SAMPLE_RATE), np.int16))
    assert set(labels(silence, words)) == {None}


def test_words_beyond_the_sound_are_no_error() -> None:
    words, who = said([("a", 12), ("b", 12)] * 3)
    short = Audio(samples=levels(words, who).samples[: 10 * SAMPLE_RATE])
    assert len(labels(short, words, Ear())) == len(words)


def test_canceling_stops_between_batches() -> None:
    words, who = said([("a", 12), ("b", 12)] * 40)
    control, ear = Control(), Ear()

    def canceled_meanwhile(pieces: F32) -> F32:
        control.cancel.set()
        return ear(pieces)

    with pytest.raises(Canceled):
        label_speakers(levels(words, who), words, encoder=canceled_meanwhile, control=control)
    assert len(ear.heard) == 1


def test_progress_ascends_to_its_end() -> None:
    words, who = said([("a", 12), ("b", 12)] * 40)
    told: list[tuple[str, float]] = []
    control = Control(progress=lambda stage, fraction: told.append((stage, fraction)))
    label_speakers(levels(words, who), words, encoder=Ear(), control=control)
    assert {stage for stage, _ in told} == {"voices"}
    assert told == sorted(told)


@pytest.mark.slow  # hours of voices
def test_a_long_talk_costs_its_share_and_no_more_memory() -> None:
    words, who = said([("a", 30), ("b", 12)] * 60)
    ear = Ear()
    found = labels(levels(words, who), words, ear)
    assert words_right(who, found) == 1.0
    spoken_s = WORD_S * len(words)
    assert sum(ear.heard) / SAMPLE_RATE < 0.55 * spoken_s
    assert max(ear.heard) / SAMPLE_RATE <= speaker_labels.BATCH_S


def test_phrases_hold_every_word_once_and_are_short() -> None:
    words, _ = said([("a", 50), ("b", 3), ("a", 1), ("b", 14)])
    parts = split_phrases(words)
    assert [i for p in parts for i in range(p.first, p.last + 1)] == list(range(len(words)))
    assert max(p.duration_s for p in parts) < 4.5
    assert split_phrases([]) == []


def prints(*groups: tuple[int, int], spread: float = 0.6) -> F32:
    """So many unit vectors around so numbered directions, one group after the other."""
    noise = np.random.default_rng(3)
    rows = [
        np.eye(WIDTH)[direction] + noise.normal(0.0, spread / np.sqrt(WIDTH), WIDTH)
        for direction, count in groups
        for _ in range(count)
    ]
    stacked = np.array(rows, np.float32)
    found: F32 = stacked / np.linalg.norm(stacked, axis=1, keepdims=True)
    return found


def number(found: F32, each_s: float = 2.0) -> int:
    return len(clustering.voices(found, np.full(len(found), each_s, np.float32)))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_as_many_voices_are_found_as_there_are(count: int) -> None:
    assert number(prints(*[(n, 9) for n in range(count)] * 2)) == count


def test_no_more_voices_are_found_than_a_talk_may_have() -> None:
    assert number(prints(*[(n, 5) for n in range(9)])) == clustering.MAX_VOICES


def test_a_single_odd_print_is_no_voice() -> None:
    assert number(prints((0, 20), (1, 1), (0, 20))) == 1


def test_alike_voices_are_two_only_if_they_take_turns() -> None:
    one, other = np.eye(WIDTH)[0], 0.5 * np.eye(WIDTH)[0] + 0.866 * np.eye(WIDTH)[1]
    noise = np.random.default_rng(4).normal(0.0, 0.3 / np.sqrt(WIDTH), (24, WIDTH))

    def voice_of(order: str) -> int:
        rows = np.array([one if who == "a" else other for who in order]) + noise
        unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return number(unit.astype(np.float32))

    assert voice_of("aaaabbbb" * 3) == 2
    assert voice_of("aaaaaaaabbbbbbbbaaaaaaaa") == 1


def test_one_print_is_one_voice() -> None:
    assert number(prints((0, 1))) == 1


def test_the_mel_is_kaldis() -> None:
    noise = torch.from_numpy(np.random.default_rng(1).normal(0.0, 0.1, (2, 24_000))).float()
    wanted = torch.stack(
        [kaldi.fbank(row[None], num_mel_bins=80, sample_frequency=16_000.0) for row in noise]
    )
    wanted = (wanted - wanted.mean(1, keepdim=True)).transpose(1, 2)
    torch.testing.assert_close(speaker_encoder().mel(noise), wanted, atol=1e-3, rtol=1e-3)


def test_prints_are_unit_vectors_that_do_not_depend_on_loudness_or_batch() -> None:
    audio = sound(SAMPLE)
    pieces = np.stack([audio.slice(at_s, at_s + 2.0) for at_s in (1.0, 31.0, 34.0)])
    encoder = speaker_encoder()
    together = encoder(pieces)
    assert together.shape == (3, WIDTH)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)
    alone = np.concatenate([encoder(0.3 * pieces[n : n + 1]) for n in range(3)])
    assert (alone * together).sum(axis=1).min() > 0.98
    host, guest, again = together
    assert guest @ again > 0.5
    assert guest @ host < 0.35


@pytest.mark.parametrize(
    ("name", "count"),
    [
        pytest.param("audio/pyannote_sample.wav", 2, marks=pytest.mark.slow),
        ("audio/wordtiming.wav", 1),
        pytest.param("audio/senselab_higgs_conversation.wav", 2, marks=pytest.mark.slow),
        pytest.param("audio/whisperkit_ted_60.m4a", 1, marks=pytest.mark.slow),
        pytest.param("talk/subtitleeffect_obama.mp4", 1, marks=pytest.mark.slow),
    ],
)
def test_speakers_of_real_recordings(name: str, count: int) -> None:
    assert len({s.speaker for s in hear(sound(media(name))).sentences}) == count
