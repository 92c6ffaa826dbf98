"""A language model's texts, where they hold; the grounded ones where not.

Each text is asked for with the sentences that matter as evidence, and held against the talk. One
with faults goes back once, with its faults; whatever is wrong then, the grounded text stands.
"""

import logging
import time
from dataclasses import dataclass, replace

from pipeline.core.control import Check, Control, with_time_limit
from pipeline.core.data import TextKind, Texts
from pipeline.core.errors import Canceled
from pipeline.texts import prompts
from pipeline.texts.checks import Fault, faults
from pipeline.texts.content_selection import worthy
from pipeline.texts.grounding import Evidence
from pipeline.texts.outline import Outline
from pipeline.texts.prompts import Author, BadDraft

log = logging.getLogger(__name__)

EVIDENCE_CHARACTERS = 9000  # of sentences in a prompt: some 2,500 tokens of English
MIN_LENGTH_SHARE = 0.4  # of the grounded text's words that a model's must have


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What an author needs to know, and what its texts are held against."""

    plan: Outline
    evidence: Evidence
    takeaways: str | None  # heads that part of an article; None: it has no such part
    masked: bool  # strong words wear stars


def rewritten(grounded: Texts, brief: Brief, author: Author, control: Control) -> Texts:
    """The texts that are not empty, each by `author` where its own holds. Raises Canceled alone."""
    check = with_time_limit(author.timeout_s, control.check)
    for kind in prompts.FORMS:
        if not getattr(grounded, kind):
            continue
        began = time.monotonic()
        try:
            text = _written(kind, getattr(grounded, kind), brief, author, check)
        except Canceled:
            raise
        except Exception as error:  # a model, or a network, fails in more ways than can be listed
            told = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            log.warning("writer %s: %s: %s; using the extractive text", author.name, kind, told)
            continue
        log.info("writer %s: %s in %.1f s", author.name, kind, time.monotonic() - began)
        grounded = replace(grounded, **{kind: text})
    return grounded


def _written(kind: TextKind, grounded: str, brief: Brief, author: Author, check: Check) -> str:
    """A text without faults. Raises BadDraft, and whatever the author raises."""
    asked = prompts.prompt(kind, brief.plan.language, _sentences(brief.plan))
    shape = prompts.schema(kind)
    answer = author.complete(asked, shape, check)
    least = MIN_LENGTH_SHARE * len(grounded.split())
    text, found = _judged(kind, answer, brief, least)
    if not found:
        return text
    log.info("writer %s: %s sent back for %s", author.name, kind, _told(found))
    answer = author.complete(prompts.mended(asked, answer, found), shape, check)
    text, found = _judged(kind, answer, brief, least)
    if found:
        raise BadDraft(f"after mending still {_told(found)}")
    return text


def _judged(kind: TextKind, answer: str, brief: Brief, least: float) -> tuple[str, list[Fault]]:
    """The text of an answer, and what is wrong with it; `least`: words that it must have."""
    try:
        text = prompts.read(kind, answer).text(brief.takeaways)
    except BadDraft as error:
        return "", [Fault("form", str(error))]
    found = faults(text, kind, brief.evidence, masked=brief.masked)
    if len(text.split()) < least:
        found.append(Fault("length", f"{len(text.split())} words are too few"))
    return text, found


def _told(found: list[Fault]) -> str:
    return ", ".join(f"{f.kind} {f.what[:40]!r}" for f in found[:5])


def _sentences(plan: Outline) -> list[str]:
    """The sentences that matter most, in the order said, with who says them."""
    room = EVIDENCE_CHARACTERS
    chosen: set[int] = set()
    for line in sorted(
        (n for n in plan.lines if worthy(n, plan)), key=lambda n: (not n.moment, -n.weight)
    ):
        room -= len(line.text)
        if room < 0:
            break
        chosen.add(line.index)
    told = [n for n in plan.lines if n.index in chosen]
    return [f"{n.speaker}: {n.text}" if n.speaker else n.text for n in told]
