"""Fits how likely a reader would post a pick, by its log-odds (pipeline/highlights/scoring.py).

    python -m training.calibration

The best picks of each real talk of the training half, by networks that have not seen its show, get
the grade of the moment that a reader marked there: a logistic function of the log-odds (Platt 1999)
is fitted to whether that is POST and more and the beginning is right. Also printed: center and
spread of the parts of a score. All of it goes into scoring.py by hand.
"""

from collections.abc import Sequence

import numpy as np
import torch

import pipeline
from pipeline.analysis import moments as networks
from pipeline.analysis.moments import Moments
from pipeline.core.arrays import F64
from pipeline.core.data import Options
from pipeline.highlights import scoring, selection, sentence_features
from pipeline.highlights.sentence_features import TextModels
from training import moments
from training.moments import GRADE_WEIGHTS, Marked
from training.readings import iou

PICKS = 5  # of each talk
MIN_IOU = 0.5
POST = 3  # from this grade on a reader would post
STEPS = 200
PARTS = ("hook", "flow", "value")


def posted(talk: Marked, first: int, last: int) -> bool:
    """Whether a span is a moment that a reader would post, and begins where a stranger can."""
    best = max(talk.moments, key=lambda m: iou(m[:2], (first, last)), default=None)
    if best is None or iou(best[:2], (first, last)) < MIN_IOU or best[2] < GRADE_WEIGHTS[POST]:
        return False
    return first == best[0] or talk.codes.get(first, "").startswith("o")


def picks(talk: Marked, found: Moments) -> tuple[F64, F64, list[bool]]:
    """Return log-odds (m,), their three parts (m, 3), and what was posted, of the best picks."""
    options = Options()
    meaning = found.meaning
    models = TextModels(lambda _: meaning, lambda _: found, lambda _: meaning)
    known = sentence_features.features(talk.sentences, models, None, "")
    spans = scoring.candidates(
        talk.sentences, known, options.min_duration_s, options.max_duration_s
    )
    best = selection.select(spans, known, PICKS)
    first, last = spans.first[best], spans.last[best]
    odds = scoring.log_odds(known, first, last)
    begin, end = found.begin[first], found.end[last]
    parts = np.stack((begin, end, found.spans(first, last) - begin - end), 1)
    return odds, parts, [posted(talk, int(a), int(b)) for a, b in zip(first, last, strict=True)]


def fit(odds: F64, right: Sequence[bool]) -> tuple[float, float]:
    """Return slope and intercept of the logistic function, by maximum likelihood."""
    x, y = torch.from_numpy(odds), torch.tensor(right, dtype=torch.float64)
    weight = torch.zeros(2, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weight], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = torch.nn.functional.binary_cross_entropy_with_logits(weight[0] * x + weight[1], y)
        torch.autograd.backward(value)
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]  # torch has no types for it
    slope, intercept = weight.detach().tolist()
    return slope, intercept


def main() -> None:
    """Print what belongs into scoring.py."""
    encode = pipeline.load_models().multilingual_encoder
    odds, parts, right = list[F64](), list[F64](), list[bool]()
    for blind, unseen in moments.held_out(networks.stored(torch.device("cpu")), moments.talks()):
        for talk in unseen:
            if not talk.codes:  # a written one
                continue
            encoded = encode([s.text for s in talk.sentences])
            own, of, told = picks(talk, blind(talk.sentences, encoded))
            odds.append(own)
            parts.append(of)
            right += told
    slope, intercept = fit(np.concatenate(odds), right)
    print(f"{len(right)} picks, {sum(right)} posted")
    print(f"CONFIDENCE_PER_NAT, CONFIDENCE_AT_ZERO = {slope:.3f}, {intercept:.2f}")
    table = np.concatenate(parts)
    for name, center, spread in zip(PARTS, table.mean(0), table.std(0), strict=True):
        print(f"{name}: {center:.1f}, {spread:.1f}")


if __name__ == "__main__":
    main()
