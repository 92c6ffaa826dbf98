"""Fits the probability of a word: pipeline/recognition/confidence.py.

The words of recordings whose text is known are judged right or wrong, each recording as it is, in
noise, by telephone and in an echoing room. Fitted on the project's sample and every second short
recording of the local media; reported on the podcast and the other half, other voices all.

    make train-confidence
"""

import math
from collections.abc import Iterator

import degraded
import numpy as np

import pipeline
from bench.support.recordings import SAMPLE, Recording, short_files, talks
from bench.support.report import show
from pipeline.core.arrays import F64
from pipeline.core.control import Control, unchecked
from pipeline.core.data import Audio, Word
from pipeline.recognition import confidence, vad, windows
from pipeline.recognition.recognizer import Recognizer
from pipeline.recognition.transcription import whisper_code
from pipeline.recognition.word_timing import spelled_words
from training import ranking
from training.judged_words import expected_calibration_error, judge, sound

CONDITIONS = degraded.CONDITIONS | {"noise as loud": degraded.noisy(0)}
PENALTY = 0.01  # weight of the squared weights in the loss

Judgments = tuple[F64, F64, F64]  # features (n, k), mean probability (n,), 1 where right (n,)


def judgments(models: pipeline.Models, audio: Audio, recording: Recording) -> Judgments:
    """Return the features of all words of a recording, and which of them are right."""
    found = vad.probabilities(audio, models.voice_activity, Control())
    recognizer = Recognizer(audio=audio, model=models.whisper, check=unchecked)
    words: list[Word] = []
    rows: list[F64] = []
    for window in windows.pack(vad.find_speech(found), found):
        states = recognizer.encode([window])
        decoded = recognizer.decode(states, whisper_code(recording.language))
        (best,) = (recognizer.search(states, decoded) or {0: decoded[0]}).values()
        spelled = list(spelled_words(models.whisper, best))
        if not spelled:
            continue
        rows.append(confidence.features([s[2] for s in spelled], best.mean_log_probability))
        for text, _, odds in spelled:
            mean = math.exp(sum(odds) / len(odds))
            words.append(Word(text=text, start_s=0.0, end_s=0.0, probability=mean))
    kept, judged = judge(words, recording.text, recording.language)
    features = np.concatenate(rows)[kept] if rows else np.zeros((0, len(confidence.FEATURES)))
    means = np.array([j.probability for j in judged])
    return features, means, np.array([j.right for j in judged], float)


def halves() -> Iterator[tuple[bool, Recording, str, Audio]]:
    """Yield every recording in each condition with its sound, and whether it is fitted to."""
    every = [(talk.path == SAMPLE, talk) for talk in talks()]
    every += [(number % 2 == 0, one) for number, one in enumerate(short_files())]
    for is_fitted, recording in every:
        clean = sound(recording.path)
        for condition, change in CONDITIONS.items():
            yield is_fitted, recording, condition, change(clean)


def main() -> None:
    """Judge, fit, report on the other half, and print the weights."""
    models = pipeline.load_models()
    fitted: list[Judgments] = []
    others: dict[str, list[Judgments]] = {}
    for is_fitted, recording, condition, audio in halves():
        found = judgments(models, audio, recording)
        if is_fitted:
            fitted.append(found)
        else:
            for key in (condition, recording.language, "all"):
                others.setdefault(key, []).append(found)
    features, _, right = (np.concatenate(part) for part in zip(*fitted, strict=True))
    weights = ranking.fit_logistic(features, right, ridge=PENALTY)
    rows = []
    for name, parts in others.items():
        features, mean, right = (np.concatenate(part) for part in zip(*parts, strict=True))
        odds = 1.0 / (1.0 + np.exp(-features @ weights))
        rows.append(
            {
                "of": name,
                "words": len(right),
                "right": float(right.mean()),
                "said": float(odds.mean()),
                "ECE of the mean": expected_calibration_error(mean, right),
                "ECE": expected_calibration_error(odds, right),
            }
        )
    show("Probability of a word, on the other half", rows)
    print("confidence=(" + ", ".join(f"{w:.3f}" for w in weights) + "),")


if __name__ == "__main__":
    main()
