"""Learns what an account prefers from its feedback on clips.

Bayesian logistic regression on the traits of clips, in its dual form: a Gaussian process whose
kernel adds the traits, how lenient the user is, and how lenient in each job; Laplace approximation
(Rasmussen, Williams 2006, algorithm 3.1). The prior says that nothing is preferred. The weights
count only if the feedback speaks for them: the marginal likelihood is compared with that of a
user who looks at nothing but the quality of a clip, and one who decides by chance is told apart.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from pipeline.core.arrays import F64
from pipeline.core.statistics import logistic
from pipeline.core.taste import NAMES, QUALITY, Taste, Traits

BoolArray = npt.NDArray[np.bool_]
Verdict = Literal["kept", "rejected", "posted"]

MAX_EXAMPLES = 200  # the latest
MAX_OBSERVATIONS = 240  # verdicts and audiences, the latest; the time grows with the cube
ALL_PROBABILITY = 0.5  # that a user looks at all traits a little, and not at a single one
PRIOR = 0.5  # standard deviation of the weight of a trait among all, nats for one unit
SINGLE_PRIOR = 1.5  # the same of a single trait
QUALITY_PRIOR = 1.0  # the same of `whole`
LENIENCE = 1.5  # standard deviation of the log-odds of keeping a clip, nats
JOB_LENIENCE = 0.7  # the same of one job beside the others
AUDIENCE_WEIGHT = (
    3.0  # verdicts that a rank among the audiences is worth, by its variance: 1/12 to 1/4
)
MIN_AUDIENCES = 5  # clips with views or likes that are compared with each other
STRENGTH = 2.0  # nats of a span's preference for one nat of the user's
MIN_EVIDENCE = 1.5  # nats; of 20 who decide by chance, one is taken for having a taste
MAX_SPREADS = 4.0  # of a trait, so that an outlier teaches no more
STEPS, TOLERANCE = 50, 1e-4  # of Newton's method; largest change of a log-odds
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
        if self.evidence <= MIN_EVIDENCE:
            return None
        return Taste(weights=self.weights, examples=self.examples)


def learn(examples: Sequence[Example]) -> Learned:
    """Learn from feedback, the latest last; its order does not matter beyond MAX_EXAMPLES."""
    used = [e for e in examples if e.verdict or e.views is not None or e.likes is not None]
    used = used[-MAX_EXAMPLES:]
    rows, labels, audience = _observations(used)
    if not rows:
        return Learned(examples=0, evidence=0.0, weights=Traits())
    traits = np.array([astuple(used[k].traits) for k in rows], np.float64)
    traits = np.clip(traits, -MAX_SPREADS, MAX_SPREADS)
    jobs = np.unique([used[k].job for k in rows], return_inverse=True)[1]
    quality = QUALITY_PRIOR * traits[:, NAMES.index(QUALITY)]
    counts = np.where(audience, AUDIENCE_WEIGHT, 1.0)
    alike = audience[:, None] == audience
    lenient = alike * (LENIENCE**2 + JOB_LENIENCE**2 * (jobs[:, None] == jobs))
    plain = lenient + np.outer(quality, quality)
    without, usual = _fit(plain, labels, counts, begin=np.zeros(len(labels)))
    evidences, weights = [], []
    for prior, spreads in _hypotheses():
        scaled = traits * spreads
        evidence, pull = _fit(plain + scaled @ scaled.T, labels, counts, begin=usual)
        evidences.append(evidence - without + np.log(prior))
        weights.append(spreads * (scaled.T @ pull))
    total = float(np.logaddexp.reduce(evidences))
    mean = STRENGTH * np.exp(np.array(evidences) - total) @ np.array(weights)
    return Learned(
        examples=len(used),
        evidence=total,
        weights=Traits(**dict(zip(NAMES, mean.round(4).tolist(), strict=True))),
    )


def _hypotheses() -> Iterator[tuple[float, F64]]:
    """Yield what a user may look at: (prior probability, standard deviation of each weight)."""
    free = np.array([float(name != QUALITY) for name in NAMES])
    yield ALL_PROBABILITY, PRIOR * free
    for k in np.flatnonzero(free):
        yield (1.0 - ALL_PROBABILITY) / free.sum(), SINGLE_PRIOR * np.eye(len(NAMES))[k]


def _observations(examples: Sequence[Example]) -> tuple[list[int], F64, BoolArray]:
    """Return (indices of examples, how much each was liked in 0..1, whether its audience says so).

    An example may be there twice.
    """
    rows: list[int] = []
    labels: list[float] = []
    audience: list[bool] = []
    for k, example in enumerate(examples):
        if example.verdict is not None:
            rows.append(k)
            labels.append(float(example.verdict != "rejected"))
            audience.append(False)
    for k, share in sorted(_audience(examples).items()):
        rows.append(k)
        labels.append(share)
        audience.append(True)
    latest = np.sort(np.argsort(rows, kind="stable")[-MAX_OBSERVATIONS:])
    return [rows[k] for k in latest], np.array(labels)[latest], np.array(audience)[latest]


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


def _fit(kernel: F64, labels: F64, counts: F64, *, begin: F64) -> tuple[float, F64]:
    """Return (log marginal likelihood, pull of each observation on the log-odds).

    kernel: (n, n), nats squared; labels: (n,), 0..1; counts: (n,); begin: a pull to
    start from. The mode is `kernel @ pull`.
    """
    pull = begin
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
