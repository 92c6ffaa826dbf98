"""Tells which question each sentence answers: both are printed, or neither.

In an interview the hosts ask. In a discussion anybody may, with what ends their turn.
"""

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby

from pipeline.texts.content_selection import echoes
from pipeline.texts.genre import cast
from pipeline.texts.line import Line

MIN_QUESTION_CHARS = 15  # minimum characters of a question that a reader can follow: not "Really?"
# maximum characters of what a host asks in one turn; of a longer one, only the question
MAX_QUESTION_CHARS = 250
# minimum characters of a sentence before a question, of the same turn: not "Right."
MIN_PREFACE_CHARS = 30
MAX_ANSWER_LINES = 8  # after the question, of an answer that still belongs to it
MAX_CLOSING_LINES = 2  # maximum lines of a turn of a discussion, among which a question ends it
# maximum characters of an answer's beginning, before the passage that was chosen of it
MAX_LEAD_CHARS = 220
# minimum characters of a host's statement about something else than the answer
MIN_REMARK_CHARS = 45
# minimum characters of a host's statement that leads on: what follows answers this
MIN_PROMPT_CHARS = 70

Question = tuple[Line, ...]


class Exchanges:
    """The questions of a talk, each with the sentences that answer it."""

    def __init__(self, lines: Sequence[Line]) -> None:
        """Read the exchanges; a lecture has none. lines: of the talk."""
        group = cast(lines)
        self._interview = group.genre == "interview"
        self._hosts = frozenset(group.hosts if self._interview else ())
        self._discussed = group.genre == "discussion"
        self._lines = lines
        self._questions: dict[int, Question] = {}  # by the position of a line that answers it
        self._asked: dict[int, Question] = {}  # by the position of its first line
        self._first: set[int] = set()  # the first line of each answer
        self._printed: set[int] = set()
        asked: Question = ()
        answerer: str | None = None
        distance = 0
        for turn in self._turns():
            told, asking = self._divide(turn)
            answerer = turn[0].speaker if told and distance == 0 else answerer
            for line in told:
                distance += 1
                if asked and distance <= MAX_ANSWER_LINES and line.speaker == answerer:
                    self._questions[line.index] = asked
                    self._first |= {line.index} if distance == 1 else set()
            if any(n.question for n in asking):
                asked, distance = self._question_of(asking), 0
                self._asked |= {asked[0].index: asked} if asked else {}
            elif sum(n.size for n in asking) >= MIN_PROMPT_CHARS:
                asked = ()

    @property
    def found(self) -> bool:
        """Return whether the talk is an interview with exchanges."""
        return self._interview and bool(self._questions)

    def led(self, passage: Sequence[Line]) -> bool:
        """Return whether an interview's hosts say all of a passage."""
        return all(n.speaker in self._hosts for n in passage)

    def asks(self, line: Line) -> bool:
        """Return whether a question begins with a line."""
        return line.index in self._asked

    def answers(self, line: Line) -> bool:
        """Return whether a line answers a question that can be printed before it."""
        return line.index in self._questions

    def begins_answer(self, line: Line) -> bool:
        """Return whether a line is the first of an answer."""
        return line.index in self._first

    def units(self) -> Iterator[tuple[Question, Sequence[Line]]]:
        """Yield each question, or (), with what is said up to the next one."""
        question: Question = ()
        said: list[Line] = []
        for line in self._lines:
            if line.index in self._asked:
                yield question, said
                question, said = self._asked[line.index], []
            elif line not in question:
                said.append(line)
        yield question, said

    def before_remark(self, said: Sequence[Line]) -> Sequence[Line]:
        """Return an answer up to where a host talks of something else: "I have one, too"."""
        for at, line in enumerate(said):
            if at and line.speaker in self._hosts and line.size >= MIN_REMARK_CHARS:
                return said[:at]
        return said

    def with_question(self, passage: Sequence[Line], used: Collection[int] = ()) -> Sequence[Line]:
        """Return a passage, after the question that it answers unless that was returned before.

        What the answer begins with comes along if it is short. used: positions of lines that are
        told elsewhere.
        """
        first = passage[0]
        self._printed |= {n.index for n in passage if n.question}
        question = self._questions.get(first.index, ())
        if first.question or any(n.index in self._printed for n in question):
            return passage
        self._printed |= {n.index for n in question}
        return (*question, *(self._lead(question, first, used) if question else ()), *passage)

    def _divide(self, turn: Sequence[Line]) -> tuple[Sequence[Line], Sequence[Line]]:
        """Return what a turn tells, and with what it asks or leads on."""
        if not self._discussed:
            return ((), turn) if turn[0].speaker in self._hosts else (turn, ())
        closing = range(max(0, len(turn) - MAX_CLOSING_LINES), len(turn))
        at = next((n for n in closing if turn[n].question), len(turn))
        return turn[:at], turn[at:]

    def _turns(self) -> Iterator[Sequence[Line]]:
        for _, turn in groupby(self._lines, key=lambda n: n.speaker):
            yield tuple(turn)

    def _question_of(self, turn: Sequence[Line]) -> Question:
        """Return what is printed of a host's turn with a question; () if nothing can be."""
        before = [n for n in self._lines if n.index < turn[0].index]
        at = next(n for n, line in enumerate(turn) if line.question)
        while at + 1 < len(turn) and turn[at + 1].question and turn[at].size < MIN_QUESTION_CHARS:
            at += 1
        around = [n for n in turn[max(0, at - 1) : at + 2] if n is turn[at] or _is_preface(n)]
        total = sum(n.size for n in around)
        asked = around if total <= MAX_QUESTION_CHARS else [turn[at]]
        size = sum(n.size for n in asked)
        fits = MIN_QUESTION_CHARS <= size <= MAX_QUESTION_CHARS and not _is_aside(turn[at])
        return tuple(asked) if fits and not echoes(turn[at], before) else ()

    def _lead(self, question: Question, first: Line, used: Collection[int]) -> Sequence[Line]:
        """Return what the speaker of a line says without interruption before it, if short."""
        after = question[-1].index
        found: list[Line] = []
        for line in reversed([n for n in self._lines if after < n.index < first.index]):
            if line.speaker != first.speaker or line.index in used or line.ceremony:
                break
            found.insert(0, line)
        return found if sum(n.size for n in found) <= MAX_LEAD_CHARS else ()


def _is_preface(line: Line) -> bool:
    """Return whether a sentence beside a question belongs to it."""
    return line.size >= MIN_PREFACE_CHARS and not _is_aside(line)


def _is_aside(line: Line) -> bool:
    return line.chatter or line.ceremony
