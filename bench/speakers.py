"""Measures diarization: number of speakers, error rate, words with the right speaker, and time.

Runs on the project's own sample everywhere. With the local test media it also runs on conversations
with known turns; on recordings of one person, which must yield one speaker; on such recordings with
noise, telephone sound or lower volume in their middle third; and on several of them in turns, with
and without overlaps. Words are recognized, not taken from the ground truth. A found turn lasts from
its first to its last word. Overlaps of two speakers count in the error.
"""

import json
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import degraded
import numpy as np
import numpy.typing as npt
from right_speakers import words_right

import pipeline
from bench.support.diarization import Turn, find_errors
from bench.support.report import report
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE, Audio, Word
from pipeline.diarization import speaker_labels
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
from pipeline.models.registry import Models
from pipeline.recognition import transcription as recognition
from pipeline.recognition import vad

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "tests/data/sample_talk.mp4"
MEDIA = ROOT.parent / "shared/media"
CONVERSATIONS = (
    "long/podcast_a.mp4",
    "composites/duo_a.mp4",
    "composites/duo_b.mp4",
    "audio/pyannote_sample.wav",
    "audio/pyannote_ami_dev00.wav",
    "audio/pyannote_ami_tst01.wav",
)
TWO_VOICES = (  # with unknown turns; in the second both talk at once, for five seconds
    "audio/senselab_higgs_conversation.wav",
    "audio/fw_stereo_diarization.wav",
)
ALONE = (
    "talk/subtitleeffect_obama.mp4",
    "audio/whisperkit_ted_60.m4a",
    "audio/wordtiming.wav",
    "talk/latentsync_demo3.mp4",
    "talk/autoeditor_example.mp4",
    "audio/clearvoice_LJ001-0001.wav",
    "audio/clearvoice_LJ001-0003.wav",
    "audio/leopard_test.wav",
    "audio/leopard_test_de.wav",
    "audio/leopard_test_es.wav",
    "audio/leopard_test_ja.wav",
    "audio/jfk.flac",
    "audio/sadtalker_RD_Radio31_000.wav",
    "audio/sadtalker_RD_Radio34_002.wav",
    "audio/sadtalker_chinese_news.wav",
    "audio/sadtalker_deyu.wav",
    "audio/sadtalker_eluosi.wav",
    "audio/sadtalker_fayu.wav",
    "audio/sadtalker_japanese.wav",
    "talk/WDA_AOC_000.mp4",
    "talk/remotion_tiktok_sample.mp4",
    "odd/torchcodec_nasa_13013.mp4",
    "audio/wt_gaenswein15.mp3",
)
IN_TURNS = (
    ("audio/clearvoice_LJ001-0001.wav", "talk/subtitleeffect_obama.mp4"),
    ("audio/whisperkit_ted_60.m4a", "talk/latentsync_demo3.mp4"),
    (
        "audio/clearvoice_LJ001-0003.wav",
        "talk/subtitleeffect_obama.mp4",
        "audio/whisperkit_ted_60.m4a",
    ),
    ("audio/wordtiming.wav", "odd/torchcodec_nasa_13013.mp4", "talk/autoeditor_example.mp4"),
)
OVERLAPPED = (
    ("talk/subtitleeffect_obama.mp4", "audio/whisperkit_ted_60.m4a"),
    ("audio/wordtiming.wav", "talk/latentsync_demo3.mp4"),
    ("odd/torchcodec_nasa_13013.mp4", "talk/autoeditor_example.mp4"),
)
OVERLAPS = (0.1, 0.2, 0.4)  # shares of the time in which both talk
CHANGED = ALONE[:4]
# Of turns in assembled talks; shorter ones where few turns cannot overlap enough.
TURN_S = (7.0, 4.0, 2.0)
BETWEEN_S = 0.4  # silence between turns of assembled talks
MAX_SHARED = 0.5  # of a turn with its neighbor: no three turns overlap
BRIDGED_S = 0.5  # maximum length of a pause that is part of a turn
COLLAR_S = 0.25
NEAR_S = 0.5  # maximum distance of a word from the true turn that it belongs to

Samples = npt.NDArray[np.int16]


def heard(path: Path) -> Samples:
    """Decode a file to mono samples at SAMPLE_RATE."""
    with TemporaryDirectory() as folder:
        sound = load_audio(probe(path, min_duration_s=0.0), Path(folder), Control())
        return np.array(sound.samples)


def turns(path: Path) -> list[Turn]:
    """Read the turns of a conversation from the RTTM or the ground truth beside it."""
    rttm = path.with_suffix(".rttm")
    if rttm.exists():
        rows = [line.split() for line in rttm.read_text().splitlines()]
        return [(float(r[3]), float(r[3]) + float(r[4]), r[7]) for r in rows]
    truth = json.loads(path.with_name(path.stem + ".truth.json").read_text())
    said = truth.get("turns") or truth["sentences"]
    return [(s["start_s"], s["end_s"], s["speaker"]) for s in said]


def in_turns(
    files: Sequence[Path], models: Models, *, overlap: float = 0.0
) -> tuple[Samples, list[Turn]]:
    """Assemble recordings of one person each into a talk in turns, cut at pauses of speech.

    With `overlap`, a share of the time, each turn begins before the one before it ends; without,
    BETWEEN_S after it.
    """
    sounds = [(file.stem, _speech(heard(file), models)) for file in files]
    for turn_s in TURN_S:
        parts = _alternate([(name, list(_stretches(said, turn_s))) for name, said in sounds])
        if overlap:
            fewest = min(sum(part[0] == name for part in parts) for name, _ in sounds)
            parts = parts[: len(files) * fewest]
        starts = _starts([len(part) for _, part in parts], overlap)
        if starts is not None:
            break
    else:
        raise ValueError(f"{[file.name for file in files]} cannot overlap by {overlap:.0%}")
    mixed = np.zeros(starts[-1] + len(parts[-1][1]), np.float64)
    for start, (_, part) in zip(starts, parts, strict=True):
        level = float(np.sqrt(np.mean((part / 32768.0) ** 2)))
        mixed[start : start + len(part)] += part * min(4.0, 0.08 / level)
    truth = [
        (start / SAMPLE_RATE, (start + len(part)) / SAMPLE_RATE, name)
        for start, (name, part) in zip(starts, parts, strict=True)
    ]
    return mixed.clip(-32768, 32767).astype(np.int16), truth


def _alternate(voices: Sequence[tuple[str, list[Samples]]]) -> list[tuple[str, Samples]]:
    """Return the parts of several voices in turns, until all are used up."""
    rounds = zip_longest(*([(name, part) for part in parts] for name, parts in voices))
    return [part for one in rounds for part in one if part is not None]


def _starts(lengths: Sequence[int], overlap: float) -> list[int] | None:
    """Return the first sample of each turn, given their lengths in samples.

    With `overlap`, a share of the time, neighbors share the same part of the shorter of them; None
    if that is more than MAX_SHARED.
    """
    silence = round(BETWEEN_S * SAMPLE_RATE)
    shorter = [min(pair) for pair in pairwise(lengths)]
    part = overlap / (1 + overlap) * sum(lengths) / sum(shorter)
    if part > MAX_SHARED:
        return None
    starts = [silence]
    for before, short in zip(lengths, shorter, strict=False):
        starts.append(starts[-1] + before - (round(part * short) if overlap else -silence))
    return starts


def _speech(samples: Samples, models: Models) -> list[Samples]:
    """Return what the detector takes for speech."""
    probability = vad.probabilities(Audio(samples=samples), models.voice_activity, Control())
    return [
        samples[int(span.start_s * SAMPLE_RATE) : int(span.end_s * SAMPLE_RATE)]
        for span in vad.find_speech(probability)
    ]


def _stretches(said: Sequence[Samples], turn_s: float) -> Iterator[Samples]:
    """Yield turns of about `turn_s` each."""
    held: list[Samples] = []
    for part in said:
        held.append(part)
        if sum(map(len, held)) >= turn_s * SAMPLE_RATE:
            yield np.concatenate(held)
            held = []
    if held:
        yield np.concatenate(held)


CHANGES: dict[str, degraded.Change] = {
    "quieter": lambda sound: Audio(samples=(sound.samples * 0.15).astype(np.int16)),
    "noise": degraded.noisy(10),
    "telephone": degraded.telephone,
}


def changed(samples: Samples, how: str) -> Samples:
    """Apply a change to the middle third."""
    first, last = len(samples) // 3, 2 * len(samples) // 3
    worse = CHANGES[how](Audio(samples=samples[first:last])).samples
    return np.concatenate((samples[:first], worse, samples[last:]))


def measure(
    name: str, samples: Samples, truth: Sequence[Turn] | int, models: Models
) -> dict[str, object]:
    """Measure a talk; `truth` is the number of speakers if the turns are unknown."""
    audio, control = Audio(samples=samples), Control()
    began = time.perf_counter()
    probability = vad.probabilities(audio, models.voice_activity, control)
    _, words = recognition.transcribe(
        audio,
        vad.find_speech(probability),
        probability,
        model=models.whisper,
        language=None,
        control=control,
    )
    recognized_s = time.perf_counter() - began
    assert models.speaker_encoder is not None, "the weights are not here"
    began = time.perf_counter()
    labels = speaker_labels.label_speakers(
        audio, words, encoder=models.speaker_encoder, control=control
    )
    labeled_s = time.perf_counter() - began
    known = [] if isinstance(truth, int) else list(truth)
    found = spoken(words, labels)
    right = words_right([_speaker(known, word) for word in words], labels) if known else None
    return {
        "talk": name,
        "seconds": round(audio.duration_s, 1),
        "words": len(words),
        "speakers": len({t[2] for t in known}) if known else truth,
        "found": len({t[2] for t in found}),
        "words right": "" if right is None else round(right, 4),
        **_error_columns(known, found),
        "seconds spent": labeled_s,
        "of recognition's": round(labeled_s / recognized_s, 3),
    }


def _error_columns(known: Sequence[Turn], found: Sequence[Turn]) -> dict[str, object]:
    """Return the error rate and its parts as shares of true speech; nothing if it is unknown."""
    if not known:
        return {}
    errors = find_errors(known, found)
    forgiving = find_errors(known, found, collar_s=COLLAR_S)
    return {
        "DER": round(errors.rate, 4),
        "missed": round(errors.missed_s / errors.spoken_s, 4),
        "false alarm": round(errors.false_alarm_s / errors.spoken_s, 4),
        "confused": round(errors.confused_s / errors.spoken_s, 4),
        f"DER, {COLLAR_S} s collar": round(forgiving.rate, 4),
    }


def spoken(words: Sequence[Word], labels: Sequence[str | None]) -> list[Turn]:
    """Join labeled words into turns."""
    found: list[Turn] = []
    for word, label in zip(words, labels, strict=True):
        name = str(label)
        if found and found[-1][2] == name and word.start_s - found[-1][1] <= BRIDGED_S:
            found[-1] = (found[-1][0], word.end_s, name)
        else:
            found.append((word.start_s, word.end_s, name))
    return found


def _speaker(truth: Sequence[Turn], word: Word) -> str | None:
    """Return the speaker whose turn overlaps a word most, or is near."""
    together: dict[str, float] = {}
    for start_s, end_s, speaker in truth:
        shared_s = min(end_s, word.end_s) - max(start_s, word.start_s)
        together[speaker] = max(together.get(speaker, -NEAR_S), shared_s)
    best = max(together, key=together.__getitem__)
    return best if together[best] > -NEAR_S else None


def talks(models: Models) -> Iterator[tuple[str, Samples, Sequence[Turn] | int]]:
    """Yield name, samples and ground truth of all available talks."""
    yield SAMPLE.name, heard(SAMPLE), turns(SAMPLE)
    if not MEDIA.is_dir():
        print(f"{MEDIA} is not here: only the project's own sample is measured")
        return
    for name in CONVERSATIONS:
        yield name, heard(MEDIA / name), turns(MEDIA / name)
    for name in TWO_VOICES:
        yield name, heard(MEDIA / name), 2
    for files in IN_TURNS:
        title = " + ".join(Path(file).stem for file in files)
        yield title, *in_turns([MEDIA / file for file in files], models)
    for files in OVERLAPPED:
        title = " + ".join(Path(file).stem for file in files)
        for overlap in OVERLAPS:
            mixed = in_turns([MEDIA / file for file in files], models, overlap=overlap)
            yield f"{title}, {overlap:.0%} at once", *mixed
    for name in ALONE:
        yield name, heard(MEDIA / name), 1
    for name in CHANGED:
        for how in CHANGES:
            yield f"{name}, {how}", changed(heard(MEDIA / name), how), 1


def main() -> None:
    """Measure all talks, with models loaded before the clock starts."""
    models = pipeline.load_models()
    models.warm()
    models.warm_optional()
    measure("", heard(SAMPLE), turns(SAMPLE), models)  # the first run pays for memory and kernels
    rows = [measure(name, samples, truth, models) for name, samples, truth in talks(models)]
    report("speakers", f"Who speaks, {models.precision} on {models.device}", rows)


if __name__ == "__main__":
    main()
