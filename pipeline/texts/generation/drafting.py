"""Has a language model write a text: outline, a draft of each part, a check, one revision.

An answer with faults goes back once, with its faults, sentence by sentence. A part that is still
faulty has no draft; whoever assembles the text fills its place or leaves it out.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from pipeline.core.control import Check
from pipeline.language.cleanup import may_repeat, plain
from pipeline.language.text_limits import tweet_length
from pipeline.texts.checks import Fault
from pipeline.texts.generation import answers, prompts, source_lines
from pipeline.texts.generation.answers import BadAnswer, PlannedPart, PlannedText, WrittenPart
from pipeline.texts.generation.author import Author, count_tokens
from pipeline.texts.generation.parts import Draft, Part, draft
from pipeline.texts.generation.prompts import Request
from pipeline.texts.generation.roles import Role, roles
from pipeline.texts.generation.support import Support
from pipeline.texts.outline import Outline

log = logging.getLogger(__name__)

MAX_CALLS = 40  # calls of a text: an outline and twelve parts, each with a revision, need 26
REVISION_TOKENS = 1500  # tokens of a prompt that are left for an answer sent back with its faults


class OutOfCalls(Exception):
    """The text has used up its calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a part of the outline."""

    part: Part
    draft: Draft | None  # None: it has faults, or none was written
    revised: bool = False  # whether it was sent back
    faults: tuple[Fault, ...] = ()  # faults of the last draft


@dataclass
class Drafting:
    """A text in the making, and the calls that it has made so far."""

    request: Request
    plan: Outline
    support: Support
    author: Author
    check: Check
    calls: int = 0

    def outline(self) -> tuple[Part, ...]:
        """Return the parts in the order of the text.

        Raises BadAnswer if there is no outline after a revision, OutOfCalls, and what the author
        raises.
        """
        room = self._room(self.request.outline(()))
        lines = source_lines.essential(self.plan, room)
        prompt = self.request.outline(lines)
        shown = {line.index for line in lines}
        schema = answers.outline_schema(self._roles)
        answer = self._ask(prompt, schema)
        parts, found = self._read_outline(answer, shown)
        if found:
            log.info("writer %s: outline sent back for %s", self.author.name, summarize(found))
            answer = self._ask(prompts.request_revision(prompt, answer, found), schema)
            parts, found = self._read_outline(answer, shown)
        if missing := self._missing(parts):
            raise BadAnswer(f"the outline has no {missing}")
        return parts

    def write(self, part: Part, written: Sequence[str]) -> Outcome:
        """Return the outcome of a part; `written`: the sentences of the parts before.

        Raises OutOfCalls, and what the author raises.
        """
        room = self._room(self.request.draft(part, (), written))
        lines = source_lines.around(self.plan, part.sources, room)
        prompt = self.request.draft(part, lines, written)
        schema = answers.part_schema(headed=part.role.headed)
        judge = _Judge(part, self.support, frozenset(line.index for line in lines), written)
        answer = self._ask(prompt, schema)
        first, found = judge.read(answer)
        if first is not None and not found:
            return Outcome(part=part, draft=first)
        log.info(
            "writer %s: %s sent back for %s", self.author.name, part.role.name, summarize(found)
        )
        answer = self._ask(prompts.request_revision(prompt, first or answer, found), schema)
        second, found = judge.read(answer)
        kept = second if not found else None
        return Outcome(part=part, draft=kept, revised=True, faults=tuple(found))

    @cached_property
    def _roles(self) -> dict[str, Role]:
        return roles(self.request.kind, self.request.language)

    def _room(self, prompt: str) -> int:
        """Return the tokens that are left for sentences beside the words of a prompt."""
        return self.author.context_tokens - count_tokens(prompt) - REVISION_TOKENS

    def _ask(self, prompt: str, schema: dict[str, object]) -> str:
        if self.calls == MAX_CALLS:
            raise OutOfCalls(f"{MAX_CALLS} calls for one text")
        self.calls += 1
        return self.author.complete(prompt, schema, self.check)

    def _read_outline(self, answer: str, shown: set[int]) -> tuple[tuple[Part, ...], list[Fault]]:
        """Return the parts of an outline that can be written, and its faults."""
        try:
            planned = answers.read(answer, PlannedText).parts
        except BadAnswer as error:
            return (), [Fault("form", str(error))]
        found = [fault for n, p in enumerate(planned, 1) for fault in self._faults_of(n, p, shown)]
        parts = []
        for role in self._roles.values():
            own = [p for p in planned if p.role == role.name and not shown.isdisjoint(p.sources)]
            most = role.parts[self.request.options.length][1]
            parts += [
                Part(role=role, point=p.point, sources=tuple(n for n in p.sources if n in shown))
                for p in own[:most]
            ]
        if missing := self._missing(parts):
            found.append(Fault("form", f"a part with the role {missing!r} is missing"))
        return tuple(parts), found

    def _faults_of(self, number: int, planned: PlannedPart, shown: set[int]) -> Iterator[Fault]:
        if planned.role not in self._roles:
            yield Fault("form", f"part {number}: there is no role {planned.role[:40]!r}")
        if not planned.sources:
            yield Fault("source", f"part {number} names no sentences")
        if unknown := [n for n in planned.sources if n not in shown]:
            yield Fault("source", f"part {number}: there is no sentence {unknown[0]}")

    def _missing(self, parts: Sequence[Part]) -> str:
        """Return a role that a text needs and an outline lacks, or ""."""
        there = {part.role.name for part in parts}
        length = self.request.options.length
        needed = [role.name for role in self._roles.values() if role.parts[length][0]]
        return next((name for name in needed if name not in there), "")


@dataclass(frozen=True, slots=True)
class _Judge:
    """Reads drafts of a part and finds their faults."""

    part: Part
    support: Support
    shown: frozenset[int]  # sentences that the author was given
    written: Sequence[str]  # sentences of the parts before

    def read(self, answer: str) -> tuple[Draft | None, list[Fault]]:
        """Return the draft in an answer, None if there is none, and its faults."""
        try:
            found = draft(self.part, answers.read(answer, WrittenPart))
        except BadAnswer as error:
            return None, [Fault("form", str(error))]
        return found, [*self._form(found), *self._repetitions(found), *self._supported(found)]

    def _supported(self, found: Draft) -> list[Fault]:
        count = len(found.sentences)
        labels = range(count if not self.part.role.label else 0, len(found.statements))
        return self.support.faults(found.statements, self.shown, labels)

    def _form(self, found: Draft) -> Iterator[Fault]:
        role, count = self.part.role, len(found.sentences)
        least, most = role.sentences
        if not least <= count <= most:
            yield Fault("length", f"{count} sentences instead of {least} to {most}")
        text = " ".join(s.text for s in found.sentences)
        length = tweet_length(text) if role.name == "message" else len(text)
        if length > role.max_chars:
            yield Fault("length", f"{length} of {role.max_chars} characters")

    def _repetitions(self, found: Draft) -> Iterator[Fault]:
        restates = self.part.role.name == "takeaways"  # what the article has told
        seen = set() if restates else {plain(text) for text in self.written}
        for at, statement in enumerate(found.sentences):
            key = plain(statement.text)
            if key in seen and not may_repeat(statement.text):
                yield Fault("repetition", "it was said before", at)
            seen.add(key)


def summarize(found: Sequence[Fault]) -> str:
    """Return some faults in one line."""
    return ", ".join(f"{f.kind} {f.what[:60]!r}" for f in found[:5])
