"""Fits how likely a reader would post a pick, by its log-odds (pipeline/highlights/scoring.py).

    python -m training.calibration

Four picks of each of 64 real talks of the training half, by networks that had not seen their shows,
were graded blind (training/readings/blind.jsonl): a logistic function of the log-odds (Platt 1999)
is fitted to whether a reader would post them. Also printed: center and spread of the parts of a
score. All of it goes into scoring.py by hand.
"""

import numpy as np
import torch

import pipeline
from pipeline.analysis import moments as networks
from pipeline.core.arrays import F64
from training import moments, ranking, readings

POST = 3  # from this grade on a reader would post
STEPS = 200
PARTS = ("hook", "flow", "value")


def main() -> None:
    """Print what belongs into scoring.py."""
    encode = pipeline.load_models().multilingual_encoder
    graded, talks = readings.read_picks("blind"), moments.talks()
    odds, parts, posted = list[float](), list[F64](), list[bool]()
    for blind, unseen in moments.held_out(networks.stored(torch.device("cpu")), talks):
        for talk in unseen:
            spans = graded.get(talk.name, ())
            if not spans:
                continue
            found = blind(talk.sentences, encode([s.text for s in talk.sentences]))
            first, last = np.array([(s.first, s.last) for s in spans]).T
            begin, end, whole = found.begin[first], found.end[last], found.spans(first, last)
            odds += whole.tolist()
            parts.append(np.stack((begin, end, whole - begin - end), 1))
            posted += [s.grade >= POST for s in spans]
    inputs = np.stack((np.array(odds), np.ones(len(odds))), 1)
    slope, intercept = ranking.fit_logistic(inputs, np.array(posted, float), ridge=0.0, steps=STEPS)
    print(f"{len(posted)} picks, {sum(posted)} posted")
    print(f"CONFIDENCE_PER_NAT, CONFIDENCE_AT_ZERO = {slope:.3f}, {intercept:.2f}")
    table = np.concatenate(parts)
    for name, center, spread in zip(PARTS, table.mean(0), table.std(0), strict=True):
        print(f"{name}: {center:.1f}, {spread:.1f}")


if __name__ == "__main__":
    main()
