"""Raises the spans that the caller asks for: by keywords spoken or meant, a prompt, and kinds.

A keyword that is spoken counts where it is spoken. A prompt, and a keyword that is never spoken,
count by meaning: the cosine of their embedding with the nearest sentences of a span, in any
language and across languages. All gains are bounded, so that a whole moment near the subject beats
a stray sentence on it. docs/design/highlights.md has how often a prompt finds its moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pipeline.analysis import kinds
from pipeline.analysis.subjects import subjects
from pipeline.core.arrays import F64
from pipeline.core.data import MOMENT_KINDS, MomentKind, Options, Transcript
from pipeline.highlights import keywords, scoring
from pipeline.highlights.keywords import Flags
from pipeline.highlights.scoring import Candidates
from pipeline.highlights.sentence_features import Features, TextModels

SPOKEN_GAIN = 2.0  # nats for a span that mentions a keyword at all
SPOKEN_SHARE_GAIN = 3.0  # further nats, reached when half of its sentences mention one
KIND_GAIN = 5.0  # nats for a span that is surely of a kind that is asked for
KEYWORD_GAIN = 4.0  # nats for a span that means a keyword without its being spoken
PROMPT_GAIN = 16.0  # nats for a span that fits the prompt entirely
MAX_COSINES = 1 << 21  # that are sorted at a time: 16 MiB
NEAREST = 3  # sentences of a span that are compared with what is meant
FIT = (0.05, 0.3)  # mean cosine of the nearest sentences where a span begins to fit, and fits
KEYWORD_STRICTNESS = 0.12  # higher both are for a keyword: single words are near to many things


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the caller asks for, and where it is spoken."""

    keywords: tuple[str, ...]
    spoken: Flags  # (keywords, sentences)
    prompt: str
    kinds: tuple[MomentKind, ...] = ()
    near: F64 | None = None  # how well each sentence fits the prompt; not bounded

    def prompt_fit(self, first: int, last: int) -> float | None:
        """Return how well the sentences of a span fit the prompt, 0..1; None if there is none."""
        if self.near is None:
            return None
        nearest = np.sort(self.near[first : last + 1])[-NEAREST:]
        return float(np.clip(nearest.mean(), 0.0, 1.0))

    def topics(self, first: int, last: int) -> tuple[str, ...]:
        """Return a span's spoken keywords as the caller wrote them, the most mentioned first."""
        counts = self.spoken[:, first : last + 1].sum(1)
        order = np.argsort(-counts, kind="stable")
        return tuple(self.keywords[i] for i in order if counts[i])


def read(options: Options, texts: Sequence[str]) -> Wishes:
    """Return the wishes of a caller for a talk of these sentences."""
    spoken = keywords.mentions(texts, options.keywords)
    return Wishes(options.keywords, spoken, options.prompt.strip(), options.kinds)


def with_prompt(wishes: Wishes, known: Features, models: TextModels) -> Wishes:
    """Return the wishes with how well each sentence of a talk fits the prompt, if there is one."""
    if not wishes.prompt:
        return wishes
    low, high = FIT
    cosines = known.vectors @ subjects(models.embed([wishes.prompt]))[0]
    return replace(wishes, near=(cosines - low) / (high - low))


def gains(
    wishes: Wishes, found: Candidates, known: Features, talk: Transcript, models: TextModels
) -> F64:
    """Return what each span gains by the wishes, nats, (len(found.first),)."""
    total = np.zeros(len(found.first))
    if wishes.kinds:
        meaning = known.moments.meaning
        chances = kinds.chances(talk.sentences, meaning, found.first, found.last)
        total += KIND_GAIN * chances[:, [MOMENT_KINDS.index(kind) for kind in wishes.kinds]].sum(1)
    if wishes.spoken.any():
        speaks: F64 = np.any(wishes.spoken, axis=0).astype(np.float64)
        share = scoring.mean(speaks, found.first, found.last)
        total += SPOKEN_GAIN * (share > 0) + SPOKEN_SHARE_GAIN * np.minimum(1.0, 2.0 * share)
    meant = {
        word: KEYWORD_GAIN
        for word, spoken in zip(wishes.keywords, wishes.spoken, strict=True)
        if not spoken.any()
    }
    if wishes.prompt:
        meant[wishes.prompt] = PROMPT_GAIN
    if meant:
        strict = np.array([KEYWORD_STRICTNESS * (text != wishes.prompt) for text in meant])
        close = _fits(known.vectors @ subjects(models.embed(list(meant))).T - strict, found)
        total += (close * list(meant.values())).max(1)
    return total


def _fits(cosines: F64, found: Candidates) -> F64:
    """Return how well each span fits each wish, 0..1, (spans, k); cosines: (sentences, k)."""
    mean = np.empty((len(found.first), cosines.shape[1]))
    longest = int((found.last - found.first).max()) + 1
    step = max(1, MAX_COSINES // (longest * cosines.shape[1]))
    for at in range(0, len(mean), step):
        block = slice(at, at + step)
        rows = found.first[block, None] + np.arange(longest)
        inside = rows <= found.last[block, None]
        rows = np.minimum(rows, len(cosines) - 1)
        near = np.sort(np.where(inside[:, :, None], cosines[rows], -np.inf), 1)[:, -NEAREST:]
        near = np.where(np.isfinite(near), near, np.nan)
        mean[block] = np.nanmean(near, 1)
    low, high = FIT
    fit: F64 = np.clip((mean - low) / (high - low), 0.0, 1.0)
    return fit
