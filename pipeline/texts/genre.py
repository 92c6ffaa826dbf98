"""Tells what a talk is: an interview, a discussion and a lecture make different articles."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.texts.edited_sentence import Line

Genre = Literal["interview", "discussion", "lecture"]
MIN_TELLER_SHARE = 0.2  # minimum share of all speech, for a person who tells rather than asks
MIN_SHARE_OF_MAIN = 0.5  # minimum share of the main speaker's speech, for a person who tells
MIN_MAIN_SHARE = 0.4  # minimum share of all speech; if no one has it, everybody tells
MIN_QUESTIONS_SHARE = 0.6  # minimum share of all questions, for a host
MAX_HOST_SHARE = 0.6  # maximum share of what the main speaker tells, for a host
MAX_HOSTS = 2
MIN_PRESENT_SHARE = 0.05  # minimum share of all speech, for a person who takes part


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who takes part in a talk; each group begins with who says most."""

    tellers: tuple[str, ...]
    hosts: tuple[str, ...]  # who asks, and tells little

    @property
    def genre(self) -> Genre:
        """Return what the talk is."""
        if len(self.tellers) > 1:
            return "discussion"
        return "interview" if self.hosts else "lecture"


def cast(lines: Sequence[Line]) -> Cast:
    """Return who takes part; nobody, if the speakers are not known."""
    told, said, questions = Counter[str](), Counter[str](), Counter[str]()
    for line in lines:
        if line.speaker:
            said[line.speaker] += line.size
            told[line.speaker] += 0 if line.question else line.size
            questions[line.speaker] += line.question
    main = max(told.values(), default=0)
    least = max(MIN_TELLER_SHARE * told.total(), MIN_SHARE_OF_MAIN * main)
    if main < MIN_MAIN_SHARE * told.total():
        least = 0
    tellers = tuple(
        name
        for name, size in told.most_common()
        if size >= least and (size == main or not _asks_most(name, questions, told))
    )
    hosts = tuple(
        name
        for name, size in said.most_common()
        if name not in tellers and size >= MIN_PRESENT_SHARE * said.total()
    )
    asked = sum(questions[name] for name in hosts)
    if len(hosts) > MAX_HOSTS or asked < MIN_QUESTIONS_SHARE * questions.total():
        tellers, hosts = (*tellers, *hosts), ()  # who tells little, and asks no more than others
    return Cast(tellers=tellers, hosts=hosts)


def _asks_most(name: str, questions: Counter[str], told: Counter[str]) -> bool:
    """Return whether somebody asks most of the questions, and tells less than the main speaker."""
    asks = questions[name] >= MIN_QUESTIONS_SHARE * questions.total() > 0
    return asks and told[name] <= MAX_HOST_SHARE * max(told.values())
