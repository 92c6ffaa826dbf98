"""The probability that a word was said, from how the decoder wrote it.

The mean probability of a word's tokens is too low for clear speech, of which nearly every word is
right, and too high where the decoder writes fluent text into noise. A logistic regression (Platt
scaling with more than one score) over what the decoder knows of a word, its neighbors and its
window makes it true: of the words with .8 four of five are right. Where the sound was heard twice,
another over both probabilities follows. `make train-confidence` and `make train-second-hearing` fit
them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.core.arrays import F64

FEATURES = ("always", "mean", "least", "before", "after", "window", "missing", "tokens")
LOWEST = -4.0  # natural logarithms of probabilities below this are all as bad
LOWEST_TOKEN = -6.0
LOWEST_WINDOW = -1.5
SMALLEST = 1e-3  # lower bound on 1 - probability, before its logarithm
MAX_TOKENS = 4
SMALLEST_OF_TWO = 1e-3  # probability, and what is missing to certainty

Three = tuple[float, float, float]  # always, of the word's log-odds, of the other hearing's


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Weights of a word's probability where two hearings write the same or different words."""

    alike: Three
    different: Three

    def probability(self, own: float, other: float, *, alike: bool) -> float:
        """Return the probability that a word was said, given those of both hearings, 0..1."""
        weights = self.alike if alike else self.different
        score = float(np.dot(weights, (1.0, log_odds(own), log_odds(other))))
        return 1.0 / (1.0 + float(np.exp(-score)))


def log_odds(probability: float) -> float:
    """Return the log-odds of a probability, bounded on both sides."""
    p = min(1.0 - SMALLEST_OF_TWO, max(SMALLEST_OF_TWO, probability))
    return float(np.log(p / (1.0 - p)))


def features(words: Sequence[Sequence[float]], window: float) -> F64:
    """Return (n, len(FEATURES)) of the words of a window, given the log-probability of each token.

    `window` is the mean of all tokens of the window.
    """
    mean = np.array([sum(word) / len(word) for word in words]).clip(LOWEST, 0.0)
    least = np.array([min(word) for word in words]).clip(LOWEST_TOKEN, 0.0)
    tokens = np.array([float(min(len(word), MAX_TOKENS)) for word in words]) - 1.0
    around = np.concatenate([[0.0], mean, [0.0]])
    missing = np.log((1.0 - np.exp(mean)).clip(SMALLEST))
    columns = (
        np.ones(len(words)),
        mean,
        least,
        around[:-2],
        around[2:],
        np.full(len(words), max(window, LOWEST_WINDOW)),
        missing,
        tokens,
    )
    return np.stack(columns, axis=1)


def probabilities(
    words: Sequence[Sequence[float]], window: float, weights: Sequence[float] | None
) -> list[float]:
    """Return the probability of each word that it was said, 0..1; arguments as in `features`.

    `weights` are those of the checkpoint, one a feature; None: the mean probability of its tokens.
    """
    if not words:
        return []
    if weights is None:
        return [float(np.exp(sum(word) / len(word))) for word in words]
    scores = features(words, window) @ np.array(weights)
    found: list[float] = (1.0 / (1.0 + np.exp(-scores))).tolist()
    return found
