"""Writes texts with a language model, and keeps the extractive text where the model's fails.

Each text is written passage by passage, checked sentence by sentence against the talk, and sent
back once (`drafting`). Where that does not help, a part is left out (`assembly`); with less than
half of the parts left, the extractive text stands. What is asked for is what there is time for, by
how long the answers so far took.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pipeline.core.control import Control, with_time_limit
from pipeline.core.errors import Canceled
from pipeline.core.texts import Document, TextKind, TextOptions, Texts
from pipeline.texts.generation import parts, reasons
from pipeline.texts.generation.assembly import Assembly, Place
from pipeline.texts.generation.author import Author, Pace
from pipeline.texts.generation.drafting import Drafting, Outcome
from pipeline.texts.generation.parts import Part
from pipeline.texts.generation.prompts import Request
from pipeline.texts.generation.support import Support
from pipeline.texts.outline import Outline
from pipeline.texts.standfirst import is_named

log = logging.getLogger(__name__)

MIN_KEPT_SHARE = 0.5  # minimum share of the parts that the model must have written
# minimum share of the extractive text's characters: guards against next to nothing
MIN_LENGTH_SHARE = 0.25
LONG_ENOUGH_CHARS = 1200  # whatever the extractive text has
LEAD_SHARE = 0.8  # time that title and summary take, in sections

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


def rewrite(grounded: Texts, brief: Brief, author: Author, control: Control) -> Texts:
    """Let `author` rewrite each text of a kind that it has a task for (`parts.TASKS`).

    What fails, and every other kind, stays as it is. Raises only Canceled.
    """
    pace = Pace(author.timeout_s)
    wanted = [document for document in grounded.documents if document.kind in parts.TASKS]
    found: dict[TextKind, Document] = {}
    for n, document in enumerate(wanted):
        drafting = Drafting(
            request=Request(
                language=document.language,
                options=brief.options,
                third_person=document.kind == "blog_post" or _is_named(brief.plan),
                context_tokens=author.context_tokens,
            ),
            support=brief.support,
            author=author,
            pace=pace,
            check=with_time_limit(pace.left_s, control.check),
        )
        report = _part_of(control, n, len(wanted))
        found[document.kind] = write(document, brief, drafting, report).document
    return Texts(tuple(found.get(document.kind, document) for document in grounded.documents))


def write(grounded: Document, brief: Brief, drafting: Drafting, report: Report) -> Written:
    """Let an author write what the extractive document tells. Raises only Canceled."""
    began = time.monotonic()
    kind, plan, author = grounded.kind, brief.plan, drafting.author
    planned = parts.plan_parts(kind, plan, brief.options)
    outcomes, stopped = _draft(kind, planned, drafting, report)
    written = _finish(grounded, outcomes, brief, author.name, stopped)
    document, taken = written.document, time.monotonic() - began
    if document.author == grounded.author:
        log.warning(
            "writer %s: %s: %s; using the extractive text", author.name, kind, document.reason
        )
    else:
        done = [p.outcome for p in written.places if p.drafted]
        log.info(
            "writer %s: %s in %.1f s: %d parts, %d at once, %d after revision, %d not%s",
            *(author.name, kind, taken, len(written.places), sum(not o.revised for o in done)),
            *(sum(o.revised for o in done), len(written.places) - len(done)),
            f"; {document.reason}" if document.reason else "",
        )
    return written


def _is_named(plan: Outline) -> bool:
    """Return whether the text must say who speaks: a name is known, and several people talk."""
    voices = {line.speaker for line in plan.lines}
    return len(voices) > 1 and any(map(is_named, plan.cast.tellers))


def _draft(
    kind: TextKind, planned: Sequence[Part], drafting: Drafting, report: Report
) -> tuple[list[Outcome], str]:
    """Return an outcome for each part, and why the author stopped, if it did."""
    outcomes: list[Outcome] = []
    told: list[str] = []
    stopped = ""
    try:
        for part in planned:
            if outcomes and kind == "blog_post" and not _affords(drafting, part):
                stopped = reasons.TOO_LITTLE_TIME
                break
            outcomes.append(drafting.write(part, told))
            if (draft := outcomes[-1].draft) is not None:
                told += [s.text for s in draft.sentences]
            report(len(outcomes) / (len(planned) + (kind == "blog_post")))
        drafts = [o.draft for o in outcomes if o.draft is not None]
        if kind == "blog_post" and drafts:
            outcomes.append(drafting.write(parts.lead(drafts), told))
    except Canceled:
        raise
    except Exception as error:  # models and networks fail in more ways than can be listed
        detail = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        log.info("writer %s: %s: %s", drafting.author.name, kind, detail)
        stopped = reasons.describe(error)
        left = planned[len(outcomes) : len(outcomes) + 1]
        outcomes += [Outcome(part=part, draft=None) for part in left]
    report(1.0)
    return outcomes, stopped


def _affords(drafting: Drafting, part: Part) -> bool:
    """Return whether there is time for one more section beside title and summary."""
    pace = drafting.pace
    return (1.0 + LEAD_SHARE) * pace.expect([drafting.request.ask(part)]) <= pace.left_s


def _finish(
    grounded: Document, outcomes: Sequence[Outcome], brief: Brief, author: str, stopped: str
) -> Written:
    """Return the document of the drafts, or the extractive one if too little is left of them."""
    if not any(outcome.draft for outcome in outcomes):
        why = stopped or reasons.explain([Place(o, drafted=False) for o in outcomes], "")
        return Written(document=replace(grounded, reason=why))
    assembly = Assembly(
        grounded=grounded,
        plan=brief.plan,
        support=brief.support,
        author=author,
        options=brief.options,
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
    return Written(document=document, places=found.places)


def _part_of(control: Control, n: int, count: int) -> Report:
    """Return what reports the progress of the n-th of `count` texts."""
    return lambda share: control.report("write", (n + share) / count)
