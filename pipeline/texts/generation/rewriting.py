"""Writes texts with a language model, and keeps the extractive text where the model's fails.

Each text is planned, drafted part by part, checked sentence by sentence against the talk, and sent
back once (`drafting`). Where that does not help, it is left out (`assembly`); with less than half
of the parts left, the extractive text stands.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pipeline.core.control import Control, with_time_limit
from pipeline.core.errors import Canceled
from pipeline.core.texts import Document, TextKind, TextOptions, Texts
from pipeline.texts.generation import reasons
from pipeline.texts.generation.assembly import Assembly, Place
from pipeline.texts.generation.author import Author
from pipeline.texts.generation.drafting import Drafting, Outcome
from pipeline.texts.generation.parts import Part
from pipeline.texts.generation.prompts import Request
from pipeline.texts.generation.roles import ROLES
from pipeline.texts.generation.support import Support
from pipeline.texts.outline import Outline

log = logging.getLogger(__name__)

MIN_KEPT_SHARE = 0.5  # minimum share of the parts that the model must have written
# minimum share of the extractive text's characters: guards against next to nothing
MIN_LENGTH_SHARE = 0.25
LONG_ENOUGH_CHARS = 1200  # whatever the extractive text has

Report = Callable[[float], None]  # called with the share of the parts that is done


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What an author needs to know, and what its texts are checked against."""

    plan: Outline
    support: Support
    options: TextOptions = field(default_factory=TextOptions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A document and how it came about."""

    document: Document
    places: tuple[Place, ...] = ()
    calls: int = 0


def rewrite(grounded: Texts, brief: Brief, author: Author, control: Control) -> Texts:
    """Let `author` rewrite each text of a kind that has a form for it (`roles.ROLES`).

    What fails, and every other kind, stays as it is. Raises only Canceled.
    """
    until = time.monotonic() + author.timeout_s
    wanted = [document for document in grounded.documents if document.kind in ROLES]
    found: dict[TextKind, Document] = {}
    for n, document in enumerate(wanted):
        share_s = max(0.0, until - time.monotonic()) / (len(wanted) - n)
        report = _part_of(control, n, len(wanted))
        written = write(document, brief, author, control, report=report, timeout_s=share_s)
        found[document.kind] = written.document
    return Texts(tuple(found.get(document.kind, document) for document in grounded.documents))


def write(
    grounded: Document,
    brief: Brief,
    author: Author,
    control: Control,
    *,
    report: Report,
    timeout_s: float,
) -> Written:
    """Let `author` write what the extractive document tells. Raises only Canceled."""
    began = time.monotonic()
    kind = grounded.kind
    drafting = Drafting(
        request=Request(kind=kind, language=grounded.language, options=brief.options),
        plan=brief.plan,
        support=brief.support,
        author=author,
        check=with_time_limit(timeout_s, control.check),
    )
    outcomes, stopped = _draft(drafting, report)
    written = _finish(grounded, outcomes, brief, drafting, stopped)
    document, taken = written.document, time.monotonic() - began
    if document.author == grounded.author:
        log.warning(
            "writer %s: %s: %s; using the extractive text", author.name, kind, document.reason
        )
    else:
        at_once = sum(p.drafted and not p.outcome.revised for p in written.places)
        log.info(
            "writer %s: %s in %.1f s: %d calls, %d parts, %d at once, %d after revision, %d not",
            *(author.name, kind, taken, written.calls, len(written.places), at_once),
            sum(p.drafted and p.outcome.revised for p in written.places),
            sum(not p.drafted for p in written.places),
        )
        if document.reason:
            log.info("writer %s: %s: %s", author.name, kind, document.reason)
    return written


def _draft(drafting: Drafting, report: Report) -> tuple[list[Outcome], str]:
    """Return an outcome for each part of the outline, and why the author stopped, if it did."""
    outcomes: dict[int, Outcome] = {}
    parts: tuple[Part, ...] = ()
    try:
        parts = drafting.outline()
        told: list[str] = []
        order = sorted(range(len(parts)), key=lambda n: parts[n].role.late)
        for done, n in enumerate(order, 1):
            outcomes[n] = drafting.write(parts[n], told)
            if (draft := outcomes[n].draft) is not None:
                told += [s.text for s in draft.statements]
            report((done + 1) / (len(parts) + 1))
    except Canceled:
        raise
    except Exception as error:  # models and networks fail in more ways than can be listed
        detail = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        log.info("writer %s: %s: %s", drafting.author.name, drafting.request.kind, detail)
        stopped = reasons.describe(error)
    else:
        stopped = ""
    missing = (Outcome(part=part, draft=None) for part in parts)
    return [outcomes.get(n, empty) for n, empty in enumerate(missing)], stopped


def _finish(
    grounded: Document,
    outcomes: Sequence[Outcome],
    brief: Brief,
    drafting: Drafting,
    stopped: str,
) -> Written:
    """Return the document of the drafts, or the extractive one if too little is left of them."""
    if not outcomes:
        return Written(document=replace(grounded, reason=stopped), calls=drafting.calls)
    assembly = Assembly(
        grounded=grounded,
        plan=brief.plan,
        support=brief.support,
        author=drafting.author.name,
        link=brief.options.link,
    )
    found = assembly.assemble(outcomes)
    why = reasons.explain(found.places, stopped)
    kept = sum(place.drafted for place in found.places)
    document = replace(found.document, reason=why)
    if found.faults or kept < MIN_KEPT_SHARE * len(found.places):
        document = replace(grounded, reason=f"too little of the language model's text holds: {why}")
    elif len(document.text) < min(LONG_ENOUGH_CHARS, MIN_LENGTH_SHARE * len(grounded.text)):
        reason = "; ".join(["the language model wrote too little", *([why] if why else [])])
        document = replace(grounded, reason=reason)
    return Written(document=document, places=found.places, calls=drafting.calls)


def _part_of(control: Control, n: int, count: int) -> Report:
    """Return what reports the progress of the n-th of `count` texts."""
    return lambda share: control.report("write", (n + share) / count)
