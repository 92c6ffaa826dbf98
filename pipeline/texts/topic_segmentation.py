"""Divides a talk into topics, where neighboring sentences differ most."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F32
from pipeline.texts.line import Line

Borders = npt.NDArray[np.float64]

PARAGRAPH_PAUSE_S = 1.5
TOPIC_SENTENCES = 6  # compared on either side of a possible border
MIN_TOPIC_SENTENCES = 5
BORDER_WEIGHT = 0.3  # weight of the learned borders, beside the difference of the sentences


def divide(
    lines: tuple[Line, ...],
    vectors: F32,
    learned: Borders | None,
    moments: Sequence[int | None],
) -> tuple[tuple[Line, ...], ...]:
    """Divide lines into topics (Hearst 1997, TextTiling) where neighbors differ most.

    `learned`: strength of borders, learned from chapters. `moments`: the moment of each line; a
    moment is a topic of its own, or lies entirely inside one.
    """
    count = len(lines)
    wanted = 1 + round(math.sqrt(count / 3))
    depth = np.zeros(count)
    edges = [i for i in range(1, count) if moments[i] != moments[i - 1]]
    for at in range(MIN_TOPIC_SENTENCES, count - MIN_TOPIC_SENTENCES + 1):
        if moments[at] is not None and moments[at] == moments[at - 1]:
            continue
        before = vectors[max(0, at - TOPIC_SENTENCES) : at].sum(axis=0)
        after = vectors[at : at + TOPIC_SENTENCES].sum(axis=0)
        scale = float(np.linalg.norm(before) * np.linalg.norm(after))
        depth[at] = 1.0 - float(before @ after) / max(scale, 1e-9)
        depth[at] += 0.1 * (lines[at].start_s - lines[at - 1].end_s > PARAGRAPH_PAUSE_S)
        depth[at] += 0.1 * lines[at].question  # interviewers open subjects with questions
        depth[at] += BORDER_WEIGHT * float(np.tanh(learned[at])) if learned is not None else 0.0
    for at in (int(i) for i in np.argsort(-depth)):
        if wanted <= 1 or depth[at] <= 0:
            break
        if all(abs(at - e) >= MIN_TOPIC_SENTENCES for e in edges):
            edges.append(at)
            wanted -= 1
    return tuple(lines[a:b] for a, b in pairwise([0, *sorted(edges), count]) if b > a)
