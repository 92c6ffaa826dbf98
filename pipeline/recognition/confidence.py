"""The probability that a word was said, from how the decoder wrote it.

The mean probability of a word's tokens is too low for clear speech, of which nearly every word is
right, and too high where the decoder writes fluent text into noise. A logistic regression (Platt
scaling with more than one score) over what the decoder knows of a word, its neighbors and its
window makes it true: of the words with .8 four of five are right. `make train-confidence` fits it.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.core.arrays import F64

FEATURES = ("always", "mean", "least", "before", "after", "window", "missing", "tokens")
LOWEST = -4.0  # natural logarithms of probabilities below this are all as bad
LOWEST_TOKEN = -6.0
LOWEST_WINDOW = -1.5
SMALLEST = 1e-3  # of what is missing to certainty
MAX_TOKENS = 4


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
