"""Compares the reviews of all texts with what they are to reach."""

from collections.abc import Sequence

from bench.texts import readability
from bench.texts.findings import FindingKind
from bench.texts.review import KINDS, Review

# Most that all texts together may have; the rest are shares of sentences.
NONE: tuple[FindingKind, ...] = (
    "unsaid", "negation", "word list", "fragment", "bare question",
    "vague question", "small talk", "torn", "leaning", "tag",
)  # fmt: skip
MAX_SHARE: dict[FindingKind, float] = {"grammar": 0.02, "form": 0.02}


def summary(reviews: Sequence[Review]) -> list[dict[str, object]]:
    """Return a row per kind of fault: how many, in how many texts, the goal, whether it is met."""
    rows = [_row(kind, reviews) for kind in KINDS]
    eases = [
        (value, r.draft.language)
        for r in reviews
        if (value := readability.ease(r.draft.sentences, r.draft.language)) is not None
    ]
    outside = sum(not readability.in_band(*pair) for pair in eases)
    rows.append(_line("outside the readability band", outside, len(eases), "0", outside == 0))
    return rows


def _row(kind: FindingKind, reviews: Sequence[Review]) -> dict[str, object]:
    english = kind == "grammar"  # measured in English alone
    counted = [r for r in reviews if not english or r.draft.language == "en"]
    found = sum(f.kind == kind for r in counted for f in r.findings)
    sentences = max(1, sum(len(r.draft.sentences) for r in counted))
    texts = sum(any(f.kind == kind for f in r.findings) for r in counted)
    row = {"what": kind, "found": found, "of": sentences, "texts": texts}
    if kind in MAX_SHARE:
        share = found / sentences
        goal = f"at most {MAX_SHARE[kind]:.0%} of sentences"
        return {**row, "share": round(share, 3), "goal": goal, "met": share <= MAX_SHARE[kind]}
    if kind in NONE:
        return {**row, "share": "", "goal": "0", "met": found == 0}
    return {**row, "share": round(found / sentences, 3), "goal": "", "met": ""}


def _line(what: str, found: int, of: int, goal: str, met: bool) -> dict[str, object]:
    return {"what": what, "found": found, "of": of, "goal": goal, "met": met}
