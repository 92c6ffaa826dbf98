"""Highlights of whole sentences, in transcripts whose sentences take three seconds each."""

from pipeline.core.data import Breakdown, Highlight


def highlight(first: int, last: int, score: float) -> Highlight:
    """Return a highlight from one sentence to another, both included; score: 0..1."""
    return Highlight(
        start_s=3.0 * first,
        end_s=3.0 * last + 3.0,
        first_sentence=first,
        last_sentence=last,
        score=score,
        virality_score=round(100 * score),
        breakdown=Breakdown(hook=score, flow=score, value=score, energy=score),
        reason="",
        title="",
    )
