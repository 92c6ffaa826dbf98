"""Reviews a text: every fault found, and the figures of one row."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import get_args

from bench.texts import (
    form,
    grammar_checker,
    headings,
    negations,
    part_borders,
    readability,
    small_talk,
    tags,
)
from bench.texts.drafts import Draft
from bench.texts.findings import Finding, FindingKind
from pipeline.texts.checks import faults
from pipeline.texts.grounding import Evidence

KINDS: tuple[FindingKind, ...] = get_args(FindingKind)
UNSAID = ("name", "number", "quotation")
FINDERS: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    negations.find_negations,
    headings.find_headings,
    headings.find_echoes,
    grammar_checker.find_grammar,
    form.find_form,
    part_borders.find_questions,
    form.find_run_ons,
    form.find_splices,
    part_borders.find_torn,
    part_borders.find_leaning,
    tags.find_tags,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What is wrong with a text."""

    talk: str
    draft: Draft
    findings: tuple[Finding, ...]

    def row(self) -> dict[str, object]:
        """Return the figures; kinds without a finding are empty."""
        counts = Counter(f.kind for f in self.findings)
        ease = readability.ease(self.draft.sentences, self.draft.language)
        return {
            "text": self.draft.kind.rpartition("_")[2],  # the site's name takes room
            "sentences": len(self.draft.sentences),
            "ease": "" if ease is None else round(ease, 1),
            **{kind: counts[kind] or "" for kind in KINDS},
        }


def review(talk: str, draft: Draft, evidence: Evidence) -> Review:
    """Find everything."""
    found = [
        Finding("unsaid", f.what, f.kind)
        for f in faults(draft.text, draft.kind, evidence)
        if f.kind in UNSAID
    ]
    found += [finding for find in FINDERS for finding in find(draft)]
    found += small_talk.find_small_talk(draft, talk)
    return Review(talk=talk, draft=draft, findings=tuple(found))
