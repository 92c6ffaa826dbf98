"""Learns what an account prefers from its feedback on clips.

Bayesian logistic regression on the traits of clips, in its dual form: a Gaussian process whose
kernel adds the traits, how lenient the user is, and how lenient in each job; Laplace approximation
(Rasmussen, Williams 2006, algorithm 3.1). The prior says that nothing is preferred. The weights
count only if the feedback speaks for them: the marginal likelihood is compared with that of a
user who looks at nothing but the quality of a clip, and one who decides by chance is told apart.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Literal

import numpy as np

from pipeline.core.arrays import F64
from pipeline.core.statistics import logistic
from pipeline.core.taste import NAMES, QUALITY, Taste, Traits

Verdict = Literal["kept", "rejected", "posted"]

MAX_EXAMPLES = 300  # the latest; the time grows with the cube
PRIOR = 0.7  # standard deviation of the weight of a trait, nats for one unit
QUALITY_PRIOR = 1.0  # the same of `whole`
LENIENCE = 1.5  # standard deviation of the log-odds of keeping a clip, nats
JOB_LENIENCE = 0.7  # the same of one job beside the others
AUDIENCE_WEIGHT = 0.5  # of what the audience says, as a share of a verdict
MIN_AUDIENCES = 5  # clips with views or likes that are compared with each other
STRENGTH = 1.0  # nats of a span's preference for one nat of the user's
MIN_EVIDENCE = 2.0  # nats: how much likelier the feedback has to be with a taste than without
MAX_SPREADS = 4.0  # of a trait, so that an outlier teaches no more
STEPS, TOLERANCE = 50, 1e-6  # of Newton's method; largest change of a log-odds
MIN_STEP = 1e-3  # of a whole step, as far as one is shortened


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Feedback on one clip."""

    job: str  # clips of one job are compared with each other
    traits: Traits
    verdict: Verdict | None = None
    views: int | None = None
    likes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What feedback says of its giver."""

    examples: int  # clips that count
    evidence: float  # nats for a taste, against none
    weights: Traits  # what the taste is if there is one

    @property
    def taste(self) -> Taste | None:
        """Return the taste if the evidence is enough."""
        if self.evidence < MIN_EVIDENCE:
            return None
        return Taste(weights=self.weights, examples=self.examples)


def learn(examples: Sequence[Example]) -> Learned:
    """Learn from feedback, the latest last; its order does not matter beyond MAX_EXAMPLES."""
    used = [e for e in examples if e.verdict or e.views is not None or e.likes is not None]
    used = used[-MAX_EXAMPLES:]
    rows, labels, counts = _observations(used)
    if not len(rows):
        return Learned(examples=0, evidence=0.0, weights=Traits())
    traits = np.array([astuple(used[k].traits) for k in rows], np.float64)
    scale = np.array([QUALITY_PRIOR if name == QUALITY else PRIOR for name in NAMES])
    scaled = np.clip(traits, -MAX_SPREADS, MAX_SPREADS) * scale
    names = [used[k].job for k in rows]
    same = np.array([[a == b for b in names] for a in names], np.float64)
    plain = LENIENCE**2 + JOB_LENIENCE**2 * same
    quality = scaled[:, [NAMES.index(QUALITY)]]
    without, _ = _fit(plain + quality @ quality.T, labels, counts)
    evidence, pull = _fit(plain + scaled @ scaled.T, labels, counts)
    weights = STRENGTH * scale * (scaled.T @ pull)
    weights[NAMES.index(QUALITY)] = 0.0
    return Learned(
        examples=len(used),
        evidence=evidence - without,
        weights=Traits(**dict(zip(NAMES, weights.round(4).tolist(), strict=True))),
    )


def _observations(examples: Sequence[Example]) -> tuple[list[int], F64, F64]:
    """Return (indices of examples, how much each was liked in 0..1, how much each counts)."""
    rows, labels, counts = [], [], []
    for k, example in enumerate(examples):
        if example.verdict is not None:
            rows.append(k)
            labels.append(float(example.verdict != "rejected"))
            counts.append(1.0)
    for k, share in sorted(_audience(examples).items()):
        rows.append(k)
        labels.append(share)
        counts.append(AUDIENCE_WEIGHT)
    return rows, np.array(labels), np.array(counts)


def _audience(examples: Sequence[Example]) -> dict[int, float]:
    """Return, by example, the share of the account's clips with fewer views or likes.

    Ranks, because views are a matter of luck and of magnitudes.
    """
    found: defaultdict[int, list[float]] = defaultdict(list)
    for name in ("views", "likes"):
        known = [k for k, e in enumerate(examples) if getattr(e, name) is not None]
        if len(known) < MIN_AUDIENCES:
            continue
        values = np.array([float(getattr(examples[k], name)) for k in known])
        below = (values[:, None] > values).sum(1) + ((values[:, None] == values).sum(1) - 1) / 2
        for k, share in zip(known, below / (len(known) - 1), strict=True):
            found[k].append(float(share))
    return {k: float(np.mean(shares)) for k, shares in found.items()}


def _fit(kernel: F64, labels: F64, counts: F64) -> tuple[float, F64]:
    """Return (log marginal likelihood, pull of each observation on the log-odds).

    kernel: (n, n), nats squared; labels: (n,), 0..1; counts: (n,). The mode is `kernel @ pull`.
    """
    pull = np.zeros(len(labels))
    for _ in range(STEPS):
        odds = kernel @ pull
        chance, root, inside = _curvature(kernel, odds, counts)
        wanted = root**2 * odds + counts * (labels - chance)
        change = wanted - root * np.linalg.solve(inside, root * (kernel @ wanted)) - pull
        reached, step = _objective(kernel, pull, labels, counts), 1.0
        while step > MIN_STEP and (
            _objective(kernel, pull + step * change, labels, counts) < reached
        ):
            step /= 2
        pull = pull + step * change
        if np.abs(kernel @ change).max() < TOLERANCE:
            break
    _, _, inside = _curvature(kernel, kernel @ pull, counts)
    _, log_size = np.linalg.slogdet(inside)
    return _objective(kernel, pull, labels, counts) - 0.5 * float(log_size), pull


def _curvature(kernel: F64, odds: F64, counts: F64) -> tuple[F64, F64, F64]:
    """Return (chances, roots of the curvatures, B of the algorithm) at these log-odds."""
    chance = logistic(odds)
    root: F64 = np.sqrt(counts * chance * (1.0 - chance))
    return chance, root, np.eye(len(odds)) + root[:, None] * kernel * root


def _objective(kernel: F64, pull: F64, labels: F64, counts: F64) -> float:
    """Return the log posterior of the log-odds `kernel @ pull`, without its constant."""
    odds = kernel @ pull
    likelihood = counts * (labels * odds - np.logaddexp(0.0, odds))
    return float(likelihood.sum() - 0.5 * (pull @ odds))
