"""Builds transcripts from sentences, and embeddings of texts, for tests."""

import json
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from given_readings import rate_nothing

from pipeline.analysis.moments import Moments
from pipeline.analysis.reading import Reading
from pipeline.analysis.sentence_roles import OUTPUTS, Roles
from pipeline.core.data import Sentence, Transcript
from pipeline.highlights.sentence_features import TextModels


def transcript(
    sentences: Sequence[tuple[str, float, float]],
    language: str = "en",
    speakers: Sequence[str | None] | None = None,
) -> Transcript:
    """Build a transcript without words from sentences with their times."""
    who = speakers or [None] * len(sentences)
    return Transcript(
        language=language,
        duration_s=sentences[-1][2] + 1.0,
        words=(),
        sentences=tuple(
            Sentence(text=text, start_s=a, end_s=b, first_word=i, last_word=i, speaker=who[i])
            for i, (text, a, b) in enumerate(sentences)
        ),
    )


def told(path_json: str) -> Transcript:
    truth = json.loads(path_json)
    return transcript([(s["text"], s["start_s"], s["end_s"]) for s in truth["sentences"]])


def letters(texts: object) -> npt.NDArray[np.float32]:
    """Embed texts by letter counts where meaning is not the subject; as wide as real ones."""
    rows = [[str(t).lower().count(c) + 0.01 for c in "abcdefghijklmnopqrstuvwxyz"] for t in texts]  # type: ignore[attr-defined]
    found = np.pad(np.array(rows, np.float32).reshape(-1, 26), ((0, 0), (0, 384 - 26)))
    unit: npt.NDArray[np.float32] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit


def read_nothing(sentences: Sequence[Sentence]) -> Reading:
    """Find nothing, where moments are not the subject."""
    none = np.zeros(len(sentences))
    meaning = letters([s.text for s in sentences]).reshape(-1, 384)
    texts = tuple(s.text for s in sentences)
    nothing = Moments(none, none, none, none, none, meaning)
    return Reading(nothing, Roles(*(none for _ in OUTPUTS)), texts)


letter_models = TextModels(read_nothing, letters, rate_nothing)
