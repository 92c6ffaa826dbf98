"""Feedback teaches nothing where it shows nothing, a pattern where there is one, within bounds."""

from dataclasses import astuple, replace
from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.taste import NAMES, QUALITY, Traits
from pipeline.highlights import taste_learning
from pipeline.highlights.taste_learning import MAX_EXAMPLES, Example, Learned, learn

VALUES = st.floats(-1e6, 1e6)
TRAITS = st.builds(Traits, **dict.fromkeys(NAMES, VALUES))
EXAMPLES = st.lists(
    st.builds(
        Example,
        job=st.sampled_from(["a", "b", "c"]),
        traits=TRAITS,
        verdict=st.sampled_from(["kept", "rejected", "posted", None]),
        views=st.none() | st.integers(0, 10**12),
        likes=st.none() | st.integers(0, 10**12),
    ),
    max_size=30,
)


def feedback(count: int, seed: int = 0, **weights: float) -> list[Example]:
    """Verdicts of somebody with these weights, on clips with traits at random."""
    random = np.random.default_rng(seed)
    weight = np.array(astuple(replace(Traits(), **weights)))
    found = []
    for n in range(count):
        row = random.normal(size=len(NAMES))
        keeps = random.random() < 1 / (1 + np.exp(-row @ weight))
        traits = Traits(**dict(zip(NAMES, row.tolist(), strict=True)))
        verdict: taste_learning.Verdict = "kept" if keeps else "rejected"
        found.append(Example(job=str(n // 4), traits=traits, verdict=verdict))
    return found


def strongest(learned: Learned) -> str:
    return NAMES[int(np.abs(astuple(learned.weights)).argmax())]


def test_nothing_is_learned_from_nothing() -> None:
    assert learn([]) == Learned(examples=0, evidence=0.0, weights=Traits())
    silent = [Example(job="a", traits=Traits(story=1.0))] * 30
    assert learn(silent).examples == 0
    assert learn(silent).taste is None


def test_a_pattern_is_found_and_named() -> None:
    likes = learn(feedback(60, story=3.0))
    assert likes.taste is not None
    assert strongest(likes) == "story"
    assert likes.weights.story > 1
    avoids = learn(feedback(60, long=-3.0))
    assert strongest(avoids) == "long"
    assert avoids.weights.long < -1


def test_the_opposite_verdicts_teach_the_opposite() -> None:
    given_ = feedback(40, numbers=2.0)
    other = [replace(e, verdict="kept" if e.verdict == "rejected" else "rejected") for e in given_]
    one, two = learn(given_), learn(other)
    assert np.allclose(astuple(one.weights), -np.array(astuple(two.weights)), atol=1e-3)
    assert abs(one.evidence - two.evidence) < 1e-3


def test_verdicts_by_chance_rarely_teach() -> None:
    found = [learn(feedback(50, seed=seed)).taste is not None for seed in range(20)]
    assert sum(found) <= 2


def test_one_verdict_for_all_teaches_nothing() -> None:
    for verdict in ("kept", "rejected"):
        same = [replace(e, verdict=verdict) for e in feedback(60, story=3.0)]
        assert learn(same).taste is None


def test_who_prefers_better_clips_alone_has_no_taste() -> None:
    learned = learn(feedback(80, whole=3.0))
    assert learned.taste is None
    assert getattr(learned.weights, QUALITY) == 0


def test_an_audience_teaches_where_all_is_posted() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(80, 2))
    posts = [
        Example(
            job=str(n),
            traits=Traits(joke=float(row[0]), late=float(row[1])),
            verdict="posted",
            views=int(np.exp(6 + 2 * row[0])),
        )
        for n, row in enumerate(rows)
    ]
    learned = learn(posts)
    assert learned.taste is not None
    assert strongest(learned) == "joke"
    assert learn([replace(p, views=7) for p in posts]).taste is None


def test_more_feedback_than_counts_leaves_the_latest() -> None:
    early, late = feedback(MAX_EXAMPLES, story=3.0), feedback(MAX_EXAMPLES, seed=1, joke=3.0)
    assert learn([*early, *late]) == learn(late)


@settings(max_examples=40, deadline=None)
@given(EXAMPLES)
def test_whatever_is_said_gives_finite_weights(examples: list[Example]) -> None:
    learned = learn(examples)
    assert np.isfinite(learned.evidence)
    assert np.abs(astuple(learned.weights)).max() < 20


@settings(max_examples=20, deadline=None)
@given(EXAMPLES, st.randoms())
def test_the_order_does_not_matter(examples: list[Example], random: Random) -> None:
    mixed = list(examples)
    random.shuffle(mixed)
    one, two = learn(examples), learn(mixed)
    assert np.allclose(astuple(one.weights), astuple(two.weights), atol=1e-3)
