"""Writes texts with a language model, and keeps the grounded text if the model's fails a check.

Each prompt has the essential sentences as evidence, and each answer is checked against the talk. A
faulty text is sent back once, with its faults; if anything is still wrong, the grounded text stays.
"""

import logging
import time
from dataclasses import dataclass

from pipeline.core.control import Check, Control, with_time_limit
from pipeline.core.errors import Canceled
from pipeline.core.texts import Document, TextKind, Texts
from pipeline.texts import prompts
from pipeline.texts.checks import Fault, faults
from pipeline.texts.content_selection import is_worthy
from pipeline.texts.grounding import Evidence
from pipeline.texts.outline import Outline
from pipeline.texts.prompts import Author, BadDraft

log = logging.getLogger(__name__)

MAX_EVIDENCE_CHARS = 9000  # of sentences in a prompt: some 2,500 tokens of English
MIN_LENGTH_SHARE = 0.4  # of the grounded text's words, for a model's text


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What an author needs to know, and what its texts are checked against."""

    plan: Outline
    evidence: Evidence
    takeaways: str | None  # heading of that part of an article; None: there is no such part
    masked: bool  # whether strong words are masked with stars


def rewrite(grounded: Texts, brief: Brief, author: Author, control: Control) -> Texts:
    """Let `author` rewrite each non-empty text; failed texts stay. Raises only Canceled."""
    check = with_time_limit(author.timeout_s, control.check)
    documents: list[Document] = []
    for document in grounded.documents:
        kind = document.kind
        documents.append(document)
        began = time.monotonic()
        try:
            text = _write(kind, document.text, brief, author, check)
        except Canceled:
            raise
        except Exception as error:  # models and networks fail in more ways than can be listed
            reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
            log.warning("writer %s: %s: %s; using the extractive text", author.name, kind, reason)
            continue
        log.info("writer %s: %s in %.1f s", author.name, kind, time.monotonic() - began)
        documents[-1] = Document(
            kind=kind, language=document.language, text=text, author=author.name
        )
    return Texts(tuple(documents))


def _write(kind: TextKind, grounded: str, brief: Brief, author: Author, check: Check) -> str:
    """Write a text without faults. Raises BadDraft, and whatever the author raises."""
    request = prompts.prompt(kind, brief.plan.language, _sentences(brief.plan))
    shape = prompts.schema(kind)
    answer = author.complete(request, shape, check)
    min_words = MIN_LENGTH_SHARE * len(grounded.split())
    text, found = _judge(kind, answer, brief, min_words)
    if not found:
        return text
    log.info("writer %s: %s sent back for %s", author.name, kind, _summarize(found))
    answer = author.complete(prompts.request_correction(request, answer, found), shape, check)
    text, found = _judge(kind, answer, brief, min_words)
    if found:
        raise BadDraft(f"after mending still {_summarize(found)}")
    return text


def _judge(kind: TextKind, answer: str, brief: Brief, min_words: float) -> tuple[str, list[Fault]]:
    """Return the text of an answer and its faults; `min_words`: the minimum length."""
    try:
        text = prompts.read(kind, answer).text(brief.takeaways)
    except BadDraft as error:
        return "", [Fault("form", str(error))]
    found = faults(text, kind, brief.evidence, masked=brief.masked)
    if len(text.split()) < min_words:
        found.append(Fault("length", f"{len(text.split())} words are too few"))
    return text, found


def _summarize(found: list[Fault]) -> str:
    return ", ".join(f"{f.kind} {f.what[:40]!r}" for f in found[:5])


def _sentences(plan: Outline) -> list[str]:
    """Return the most important sentences, in the order spoken, with their speakers."""
    room = MAX_EVIDENCE_CHARS
    chosen: set[int] = set()
    for line in sorted(
        (n for n in plan.lines if is_worthy(n, plan)), key=lambda n: (not n.moment, -n.weight)
    ):
        room -= len(line.text)
        if room < 0:
            break
        chosen.add(line.index)
    reason = [n for n in plan.lines if n.index in chosen]
    return [f"{n.speaker}: {n.text}" if n.speaker else n.text for n in reason]
