"""Finds the passages of a topic: runs of sentences that can be read by themselves.

A passage begins where a thought begins: with a sentence that stands alone, best after somebody
else spoke or after a pause, and not with one that goes on about what was named just before. It ends
with a statement, best where the thought ends.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pipeline.language import lexicon
from pipeline.language.cleanup import split_sentences
from pipeline.language.disfluencies import bare
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.content_selection import drop_reactions
from pipeline.texts.exchanges import Exchanges
from pipeline.texts.insight import links
from pipeline.texts.line import Line
from pipeline.texts.self_contained import lacks_referent
from pipeline.texts.sentence_weights import MIN_SENTENCE_CHARS
from pipeline.texts.topic_segmentation import PARAGRAPH_PAUSE_S

Topic = tuple[Line, ...]
Passage = tuple[Line, ...]

MAX_PASSAGE_LINES = 10
MIN_SOLID_SHARE = 0.75  # minimum share of its characters in sentences that are solid or questions
ANSWER_WEIGHT_SHARE = 0.75  # share of the weight that a passage needs otherwise
SEAM_GAIN = 0.15  # for a passage that begins or ends where a turn, a pause or a topic does
LEANING_COST = 0.6  # cost of a first sentence that points at, or goes on from, what is left out
REPEATED_COST = 0.6  # cost of one whose words were all said just before, in what is left out
BROKEN_COST = 0.15  # cost of an end after which the same thought goes on
NEAR_LINES = 3  # that are "just before"


@dataclass(frozen=True, slots=True, kw_only=True)
class Least:
    """What a passage must have at least."""

    weight: float  # mean weight of its characters
    chars: float


def free_runs(topic: Topic, taken: Collection[int]) -> Iterator[Topic]:
    """Yield contiguous runs of lines that are neither taken nor chatter nor noise."""
    run: list[Line] = []
    for line in topic:
        unavailable = line.chatter or line.noise or line.index in taken
        if run and (unavailable or line.index != run[-1].sources[-1] + 1):
            yield tuple(run)
            run = []
        if not unavailable:
            run.append(line)
    yield tuple(run)


def passages(
    run: Topic, exchanges: Exchanges, least: Least, language: str
) -> Iterator[tuple[Passage, float]]:
    """Yield usable passages of a run, each with the gain from where it begins and ends.

    They begin with a sentence that stands alone, end with a statement, and say something.
    """
    for first, line in enumerate(run):
        asked = first > 0 and run[first - 1].question and not line.question
        answers = asked and run[first - 1].speaker != line.speaker
        if not (exchanges.answers(line) if answers else _can_open(line)):
            continue  # an answer needs its question
        begins = exchanges.begins_answer(line)
        opening = SEAM_GAIN if begins else _opening_gain(run, first, language)
        weight = least.weight * (ANSWER_WEIGHT_SHARE if begins else 1.0)
        for last in range(first, min(len(run), first + MAX_PASSAGE_LINES)):
            if run[last].question or not run[last].solid:
                continue
            passage = drop_reactions(run[first : last + 1])
            if exchanges.led(passage):
                continue  # a host who leads on
            if passage[0] != line or sum(n.size for n in passage) < least.chars:
                continue
            if mean_weight(passage) >= weight and _mostly_solid(passage):
                yield passage, opening + _ending_gain(run, last)


def mean_weight(passage: Sequence[Line]) -> float:
    """Return the weight of a passage's sentences, by their length."""
    size = sum(n.size for n in passage)
    return sum(n.weight * n.size for n in passage) / size


def _can_open(line: Line) -> bool:
    """Whether a passage may begin with this line."""
    return (
        line.opens
        and (line.solid or line.question)
        and line.size >= MIN_SENTENCE_CHARS
        and not line.counted
    )


def _opening_gain(run: Topic, first: int, language: str) -> float:
    """Return what a passage gains, or loses, by beginning with a line of a run."""
    line = run[first]
    opening = strip_conjunction(split_sentences(line.text)[0], language)
    leans = lacks_referent(opening, language) or links(opening, language)
    gain = -LEANING_COST * leans
    if first == 0 or _is_seam(run[first - 1], line):
        return gain + SEAM_GAIN
    near = {w for n in run[max(0, first - NEAR_LINES) : first] for w in content(n, language)}
    own = content(line, language)
    return gain - REPEATED_COST * len(own & near) / max(1, len(own))


def _ending_gain(run: Topic, last: int) -> float:
    """Return what a passage gains, or loses, by ending with a line of a run."""
    if last + 1 == len(run) or _is_seam(run[last], run[last + 1]):
        return SEAM_GAIN
    return 0.0 if run[last + 1].opens else -BROKEN_COST


def _is_seam(before: Line, after: Line) -> bool:
    """Whether another person speaks, or the same after a pause."""
    return before.speaker != after.speaker or after.start_s - before.end_s > PARAGRAPH_PAUSE_S


def _mostly_solid(passage: Passage) -> bool:
    size = sum(n.size for n in passage)
    return sum(n.size for n in passage if n.solid or n.question) >= MIN_SOLID_SHARE * size


def content(line: Line, language: str) -> set[str]:
    """Return the words that say what a line is about, in lower case."""
    small = lexicon.stop_words(language)
    return {w for t in line.text.split() if len(w := bare(t)) > 3 and w not in small}
