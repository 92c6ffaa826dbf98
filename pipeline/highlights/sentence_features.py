"""What is known of each sentence of a talk before spans are scored: its features, as arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.analysis import laughter, lexical_cues, prosody, topic_boundaries
from pipeline.analysis.moments import Moments
from pipeline.analysis.reading import Read
from pipeline.analysis.sentence_roles import Roles
from pipeline.analysis.subjects import subjects
from pipeline.analysis.title_fitness import Rate
from pipeline.core.arrays import F64
from pipeline.core.data import Audio, Sentence
from pipeline.core.statistics import standardize
from pipeline.language.writing_systems import word_equivalents

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]

MIN_CLEAR_BORDER = 0.9  # strength of a change of subject that is worth reporting
CLEAR_BORDER_RADIUS = 12  # sentences on either side among which a clear border is the strongest
SUBJECT_WEIGHT = 0.6  # weight of a change of subject in the border, per standard deviation
PAUSE_WEIGHT = 0.4  # weight of a pause in the border, per standard deviation
TALK_END_BORDER = 0.75  # strength of the border at both ends of a talk
HALF_WEIGHT_SENTENCES = 10  # in a talk this short, standard scores count half
MAX_SPREADS = 3.0  # bound of standard scores, so that an outlier counts no more


@dataclass(frozen=True, slots=True)
class TextModels:
    """What reads the text of sentences."""

    read: Read
    embed: Embed  # what a text is about, in the space of `Moments.meaning`
    rate: Rate  # how well words of sentences can be a title


@dataclass(frozen=True, slots=True)
class Features:
    """Arrays over sentences."""

    cues: tuple[lexical_cues.Cues, ...]
    vectors: F64  # what each is about, `subjects`, (n, d)
    moments: Moments
    roles: Roles
    edited: tuple[str, ...]  # the sentences as an editor prints them
    border: F64  # (n + 1): strength of the change of subject before each sentence
    overlap_s: F64  # (n + 1): seconds of earlier speech that continue after each sentence begins
    loudness: F64  # this and the next four are z-scored within the talk; 0 without sound
    melody: F64  # how far the voice goes up and down
    pauses: F64
    pace: F64
    laughs: F64  # likelihood of laughter after it
    laugh_chance: F64  # the same as a probability
    words: F64  # number of words, at least one
    doubtful: F64  # 1 where a sentence may be misheard, or has no word


def features(sentences: Sequence[Sentence], models: TextModels, audio: Audio | None) -> Features:
    """Compute the features of each sentence. Without `audio`, energy is only pace and laughter."""
    texts = [s.text for s in sentences]
    cues = tuple(lexical_cues.read(text) for text in texts)
    reading = models.read(sentences)
    moments = reading.moments
    vectors = subjects(moments.meaning)
    duration = np.array([max(0.2, s.end_s - s.start_s) for s in sentences])
    delivery = prosody.delivery(sentences, audio) if audio else None
    silence = np.zeros(len(cues))
    chance = laughter.laugh_chances(sentences, moments.meaning).astype(np.float64)
    words = [sum(map(word_equivalents, text.split())) for text in texts]
    return Features(
        cues=cues,
        vectors=vectors,
        moments=moments,
        roles=reading.roles,
        edited=reading.edited,
        border=border_strengths(vectors, sentences),
        overlap_s=_overlaps(sentences),
        loudness=scores(delivery.loudness) if delivery else silence,
        melody=scores(_fill_unknown(delivery.melody)) if delivery else silence,
        pauses=scores(delivery.pauses) if delivery else silence,
        pace=scores(np.array([c.words for c in cues], np.float64) / duration),
        laughs=scores(chance),
        laugh_chance=chance,
        words=np.maximum(1.0, np.array(words, np.float64)),
        doubtful=np.array([float(s.doubtful or not _says_something(s.text)) for s in sentences]),
    )


def clear_borders(known: Features) -> list[int]:
    """Return the sentences before which a new subject begins, ascending, without the first."""
    return find_peaks(known.border[:-1])


def find_peaks(strength: F64) -> list[int]:
    """Return the sentences with a clear border that is the strongest near it, without the first."""
    if not len(strength):
        return []
    border = strength.copy()
    border[0] = -np.inf
    around = np.pad(border, CLEAR_BORDER_RADIUS, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(around, 2 * CLEAR_BORDER_RADIUS + 1).max(1)
    return [int(i) for i in np.flatnonzero((border > MIN_CLEAR_BORDER) & (border >= highest))]


def border_strengths(vectors: F64, sentences: Sequence[Sentence]) -> F64:
    """Return how clearly a new subject begins before each sentence, (n + 1); both ends are borders.

    Combines a model learned from chapters with the pause: people wait before another subject.
    """
    count = len(vectors)
    border = np.full(count + 1, TALK_END_BORDER)
    if count > 1:
        pauses = np.array([b.start_s - a.end_s for a, b in pairwise(sentences)])
        waited = scores(np.log(np.maximum(pauses, 0.05)))
        border[1:count] = (
            SUBJECT_WEIGHT * topic_boundaries.strength(sentences, vectors)[1:]
            + PAUSE_WEIGHT * waited
        )
    return border


def _overlaps(sentences: Sequence[Sentence]) -> F64:
    """Return for how long earlier speech continues after each sentence begins, s; 0 at the ends."""
    silent = np.maximum.accumulate([s.end_s for s in sentences])
    starts = np.array([s.start_s for s in sentences])
    over = np.zeros(len(sentences) + 1)
    over[1:-1] = np.maximum(0.0, silent[:-1] - starts[1:])
    return over


def _says_something(text: str) -> bool:
    """Return whether a text has a letter or a digit: networks have seen none without."""
    return any(c.isalnum() for c in text)


def _fill_unknown(values: F64) -> F64:
    """Replace unknown values (nan) by the mean of the known ones."""
    unknown = np.isnan(values)
    usual = 0.0 if unknown.all() else float(values[~unknown].mean())
    return np.where(unknown, usual, values)


def scores(values: F64) -> F64:
    """Return standard scores within the talk, (n,)."""
    return standardize(values, half_weight_at=HALF_WEIGHT_SENTENCES, limit=MAX_SPREADS)
