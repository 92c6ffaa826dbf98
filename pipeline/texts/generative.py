"""Writes texts with a language model, and keeps the extractive text where the model's fails.

Each text is planned, drafted part by part, checked sentence by sentence against the talk, and sent
back once (`drafting`). Where that does not help, the part of the extractive text stands, or none
(`assembly`); with less than half of the parts left, the extractive text as a whole.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pipeline.core.control import Control, TooSlow, with_time_limit
from pipeline.core.errors import Canceled
from pipeline.core.texts import Document, TextOptions, Texts
from pipeline.texts.answers import BadAnswer
from pipeline.texts.assembly import Assembly, Place
from pipeline.texts.author import Author
from pipeline.texts.drafting import Drafting, Outcome, OutOfCalls
from pipeline.texts.outline import Outline
from pipeline.texts.parts import Part
from pipeline.texts.prompts import Request
from pipeline.texts.support import Support

log = logging.getLogger(__name__)

MIN_KEPT_SHARE = 0.5  # of the parts that the model must have written
MIN_LENGTH_SHARE = 0.25  # of the extractive text's characters: guards against next to nothing
MAX_REPORTED_PARTS = 5  # in a document's reason

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
    """Let `author` rewrite each text; what fails stays as it is. Raises only Canceled."""
    until = time.monotonic() + author.timeout_s
    documents: list[Document] = []
    count = len(grounded.documents)
    for n, document in enumerate(grounded.documents):
        share_s = max(0.0, until - time.monotonic()) / (count - n)
        report = _part_of(control, n, count)
        written = write(document, brief, author, control, report=report, timeout_s=share_s)
        documents.append(written.document)
    return Texts(tuple(documents))


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
        at_once = sum(p.choice.drafted and not p.outcome.revised for p in written.places)
        log.info(
            "writer %s: %s in %.1f s: %d calls, %d parts, %d at once, %d after revision, %d not",
            *(author.name, kind, taken, written.calls, len(written.places), at_once),
            sum(p.choice.drafted and p.outcome.revised for p in written.places),
            sum(not p.choice.drafted for p in written.places),
        )
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
        stopped = _describe(error)
    else:
        stopped = ""
    missing = (Outcome(part=part, draft=None) for part in parts)
    return [outcomes.get(n, empty) for n, empty in enumerate(missing)], stopped


def _describe(error: Exception) -> str:
    """Return why an author stopped, for users: without addresses and messages of servers."""
    if isinstance(error, (TooSlow, TimeoutError)):
        return "the language model did not answer in time"
    if isinstance(error, BadAnswer):
        return "the language model's outline could not be used"
    if isinstance(error, OutOfCalls):
        return "the language model needed too many answers"
    return "the language model failed"


def _finish(
    grounded: Document,
    outcomes: Sequence[Outcome],
    brief: Brief,
    drafting: Drafting,
    stopped: str,
) -> Written:
    """Return the document of the drafts, or the extractive one if too little is left of them."""
    if not any(outcome.draft for outcome in outcomes):
        reason = stopped or "no part of the language model's text passed the checks"
        return Written(document=replace(grounded, reason=reason), calls=drafting.calls)
    assembly = Assembly(
        grounded=grounded,
        support=brief.support,
        author=drafting.author.name,
        link=brief.options.link,
    )
    found = assembly.assemble(outcomes)
    reason = _reason(found.places, stopped)
    kept = sum(place.choice.drafted for place in found.places)
    length = len(found.document.text) / max(1, len(grounded.text))
    if not found.faults and length < MIN_LENGTH_SHARE:
        reason = "the language model wrote too little"
    elif not found.faults and kept >= MIN_KEPT_SHARE * len(found.places):
        document = replace(found.document, reason=reason)
        return Written(document=document, places=found.places, calls=drafting.calls)
    document = replace(grounded, reason=reason)
    return Written(document=document, places=found.places, calls=drafting.calls)


def _reason(places: Sequence[Place], stopped: str) -> str:
    """Return in plain words which parts are not the model's, and why; "" if all are."""
    fallen = [place for place in places if not place.choice.drafted]
    if not fallen:
        return ""
    named = "; ".join(_explain(place) for place in fallen[:MAX_REPORTED_PARTS])
    more = f"; and {len(fallen) - MAX_REPORTED_PARTS} more" * (len(fallen) > MAX_REPORTED_PARTS)
    stop = f"{stopped}; " * bool(stopped)
    count = f"{len(fallen)} of {len(places)} parts are not the language model's"
    return f"{stop}{count}: {named}{more}"


def _explain(place: Place) -> str:
    outcome = place.outcome
    instead = "extractive" if place.choice.blocks else "left out"
    if outcome.draft is None and outcome.faults:
        why = ", ".join(dict.fromkeys(f"{f.kind}: {f.what[:60]}" for f in outcome.faults[:2]))
    else:
        why = "a fault of the whole text" if outcome.draft else "not written"
    return f"{outcome.part.role.name} ({instead}; {why})"


def _part_of(control: Control, n: int, count: int) -> Report:
    """Return what reports the progress of the n-th of `count` texts."""
    return lambda share: control.report("write", (n + share) / count)
