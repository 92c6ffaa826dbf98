"""Fits how two hearings of a word become one probability: pipeline/recognition/second_hearing.py.

Fitted on the project's sample and every second short recording of the local media, each as it is,
in noise, by telephone and in an echoing room; reported on the podcast and the other half.

    make train-second-hearing
"""

import numpy as np

import pipeline
from bench.support.measures import error_rate
from bench.support.recordings import Recording
from bench.support.report import show
from pipeline.core.arrays import F64
from pipeline.core.control import Control, unchecked
from pipeline.core.data import Audio, Word
from pipeline.core.parallel import map_in_threads
from pipeline.recognition import second_hearing, vad, windows
from pipeline.recognition.confidence import Agreement, log_odds
from pipeline.recognition.recognizer import Context, Recognizer, batches, recognize
from pipeline.recognition.second_hearing import Compared
from pipeline.recognition.transcription import whisper_code
from training import ranking
from training.confidence import PENALTY, halves
from training.judged_words import expected_calibration_error, judge


def hear(
    models: pipeline.Models, audio: Audio, language: str
) -> tuple[list[Word], list[Word | Compared]]:
    """Return the words of a first hearing, and those of both."""
    odds = vad.probabilities(audio, models.voice_activity, Control())
    recognizer = Recognizer(audio=audio, model=models.whisper, check=unchecked)
    context = Context(speech=odds, code=whisper_code(language))
    threads = models.whisper.batches_at_once()

    def both(
        batch: list[windows.Window], _check: object
    ) -> tuple[list[Word], list[Word | Compared]]:
        words = list(recognize(recognizer, batch, context))
        return words, second_hearing.compare(recognizer, words, batch, context)

    packed = windows.pack(vad.find_speech(odds), odds)
    parts = [list(b) for b in batches(packed, models.whisper.windows_at_once(), shares=threads)]
    heard = list(map_in_threads(both, parts, threads=threads, check=unchecked))
    return [w for words, _ in heard for w in words], [w for _, words in heard for w in words]


def wrong(words: list[Word], recording: Recording) -> int:
    """Return how many words are wrong, missing or too many; of letters where no spaces are."""
    texts = recording.text, " ".join(w.text for w in words)
    return error_rate([texts], recording.language).wrong


def log_odds_of(compared: list[Compared]) -> F64:
    """Return (n, 3): always, log-odds of the word and of the other hearing."""
    rows = [(1.0, log_odds(one.word.probability), log_odds(one.other)) for one in compared]
    return np.array(rows).reshape(-1, 3)


def main() -> None:
    """Hear, fit, report on the other half, and print the weights."""
    models = pipeline.load_models()
    fitted: list[tuple[Compared, bool]] = []
    others: dict[str, list[tuple[Compared, bool]]] = {}
    counts: dict[str, list[int]] = {}
    for is_fitted, recording, condition, audio in halves():
        first, found = hear(models, audio, recording.language)
        words = [one if isinstance(one, Word) else one.word for one in found]
        kept, judged = judge(words, recording.text, recording.language)
        pairs = zip([found[i] for i in kept], judged, strict=True)
        some = [(one, j.right) for one, j in pairs if isinstance(one, Compared)]
        if is_fitted:
            fitted += some
            continue
        others.setdefault(condition, []).extend(some)
        count = counts.setdefault(condition, [0, 0])
        count[0] += wrong(first, recording)
        count[1] += wrong(words, recording)
    weights = {}
    for alike in (True, False):
        part = [(one, right) for one, right in fitted if one.alike == alike]
        features = log_odds_of([one for one, _ in part])
        right = np.array([right for _, right in part], float)
        weights[alike] = ranking.fit_logistic(features, right, ridge=PENALTY)
    agreement = Agreement(
        alike=tuple(weights[True].round(3).tolist()),
        different=tuple(weights[False].round(3).tolist()),
    )
    rows = []
    for condition, part in others.items():
        right = np.array([right for _, right in part], float)
        before = np.array([one.word.probability for one, _ in part])
        after = np.array(
            [
                agreement.probability(o, c.other, alike=c.alike)
                for o, (c, _) in zip(before, part, strict=True)
            ]
        )
        row: dict[str, object] = {"condition": condition, "heard twice": len(part)}
        row |= {"wrong after one": counts[condition][0], "wrong after two": counts[condition][1]}
        if part:
            row |= {"right": float(right.mean()), "said": float(after.mean())}
            row["ECE before"] = expected_calibration_error(before, right)
            row["ECE"] = expected_calibration_error(after, right)
        rows.append(row)
    show("Two hearings, on the other half", rows)
    print(agreement)


if __name__ == "__main__":
    main()
