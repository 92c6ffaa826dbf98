"""Has a language model write a part of a text: a draft, a check, one revision.

An answer with faults goes back once, with its faults, sentence by sentence. Of what is then still
faulty a few sentences may go; a part that needs them has no draft.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.core.control import Check
from pipeline.language.cleanup import may_repeat, plain
from pipeline.texts.checks import Fault
from pipeline.texts.generation import answers, prompts
from pipeline.texts.generation.answers import BadAnswer
from pipeline.texts.generation.author import Author, Pace
from pipeline.texts.generation.parts import Draft, Part, draft
from pipeline.texts.generation.prompts import Request
from pipeline.texts.generation.support import Support

log = logging.getLogger(__name__)

MAX_DROPPED_SHARE = 0.25  # maximum share of a part's sentences that may be left out


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a part."""

    part: Part
    draft: Draft | None  # None: it has faults, or none was written
    revised: bool = False  # whether it was sent back
    faults: tuple[Fault, ...] = ()  # faults of the last draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """Who writes a text, and what it is checked against."""

    request: Request
    support: Support
    author: Author
    pace: Pace
    check: Check

    def write(self, part: Part, written: Sequence[str]) -> Outcome:
        """Return the outcome of a part; `written`: the sentences of the parts before.

        Raises OutOfTime, and what the author raises.
        """
        prompt = self.request.ask(part)
        judge = _Judge(part, self.support, written)
        answer = self._ask(prompt, part)
        first, found = judge.read(answer)
        if first is not None and not found:
            return Outcome(part=part, draft=first)
        log.info("writer %s: %s sent back for %s", self.author.name, part.name, summarize(found))
        again = self._ask(prompts.request_revision(prompt, first or answer, found), part)
        second, found = judge.read(again)
        kept = _without(second, found) if second is not None else None
        return Outcome(part=part, draft=kept, revised=True, faults=tuple(found))

    def _ask(self, prompt: str, part: Part) -> str:
        least, most = part.sentences
        schema = answers.schema(headed=part.headed, least=least, most=most)
        return self.pace.ask(self.author, prompt, schema, self.check)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Reads drafts of a part and finds their faults."""

    part: Part
    support: Support
    written: Sequence[str]  # sentences of the parts before

    def read(self, answer: str) -> tuple[Draft | None, list[Fault]]:
        """Return the draft in an answer, None if there is none, and its faults."""
        try:
            found = draft(self.part, answers.read(answer))
        except BadAnswer as error:
            return None, [Fault("form", str(error))]
        headings = range(len(found.sentences), len(found.statements))
        supported = self.support.faults(found.statements, self.part.shown, headings)
        return found, [*self._form(found), *self._repetitions(found), *supported]

    def _form(self, found: Draft) -> Iterator[Fault]:
        least, most = self.part.sentences
        count = len(found.sentences)
        if not least <= count <= most:
            yield Fault("length", f"{count} sentences instead of {least} to {most}")

    def _repetitions(self, found: Draft) -> Iterator[Fault]:
        seen = {plain(text) for text in self.written}
        for at, statement in enumerate(found.sentences):
            key = plain(statement.text)
            if key in seen and not may_repeat(statement.text):
                yield Fault("repetition", "it was said before", at)
            seen.add(key)


def _without(found: Draft, faults: Sequence[Fault]) -> Draft | None:
    """Return a draft without its faulty sentences; None if it needs them, or has other faults.

    A faulty heading gives way to one in the talk's own words.
    """
    wrong = {fault.at for fault in faults}
    heading = found.heading
    if len(found.sentences) in wrong:
        wrong.remove(len(found.sentences))
        if (heading := next(iter(found.part.titles), None)) is None:
            return None
    if len(wrong) > MAX_DROPPED_SHARE * len(found.sentences) or wrong & {None, 0}:
        return None
    sound = tuple(s for at, s in enumerate(found.sentences) if at not in wrong)
    return replace(found, heading=heading, sentences=sound)


def summarize(found: Sequence[Fault]) -> str:
    """Return some faults in one line."""
    return ", ".join(f"{f.kind} {f.what[:60]!r}" for f in found[:5])
