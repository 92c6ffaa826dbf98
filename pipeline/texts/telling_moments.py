"""Chooses the highlights that texts are built on, and which of their lines are told."""

from collections.abc import Collection, Sequence
from itertools import pairwise

from pipeline.core.data import Highlight, Transcript
from pipeline.language.enumerations import lists
from pipeline.language.written_numbers import write_figures
from pipeline.texts import sentence_weights
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.line import Line
from pipeline.texts.self_contained import has_verb, is_self_contained

MIN_MOMENT_SCORE = 35  # virality score of a highlight that texts are built on
SUMS_COST = 1.5  # loss of a moment's score, for its share of sentences that calculate
MIN_SUMS_SHARE = 0.3  # minimum share of a moment's sentences, for one that nobody reads
# minimum share of a moment's characters, for its longest part without a formula
MIN_READABLE_SHARE = 0.5
MIN_OPENED_SHARE = 0.4  # minimum share of its characters, from a sentence on that can open it
MIN_OPENING_CHARS = 25
MIN_MOMENTS = 2  # that texts are built on, however low their scores
# maximum lines of what a speaker answers to their own question at a moment's end
MAX_ANSWER_LINES = 2


def choose(highlights: Sequence[Highlight], transcript: Transcript) -> Sequence[Highlight]:
    """Return the highlights that texts are built on, best first."""
    found = _worth_telling(_readable(highlights, transcript), transcript)
    return sorted(found, key=lambda h: SUMS_COST * _sums(h, transcript) - h.score)


def _worth_telling(highlights: Sequence[Highlight], transcript: Transcript) -> Sequence[Highlight]:
    """Return the best highlights, those with a good score, and those with a whole list.

    A plain talk's clips are not all moments, but a list makes a text even where it makes no clip.
    """
    ranked = sorted(highlights, key=lambda h: -h.score)
    best = ranked[:MIN_MOMENTS]
    counted = lists([s.text for s in transcript.sentences], transcript.language)
    return [
        h
        for h in highlights
        if h in best
        or h.virality_score >= MIN_MOMENT_SCORE
        or any(h.first_sentence <= a and b <= h.last_sentence for a, b in counted)
    ]


def _readable(highlights: Sequence[Highlight], transcript: Transcript) -> Sequence[Highlight]:
    """Return the highlights without those that calculate aloud, unless all of them do."""
    readable = [h for h in highlights if _sums(h, transcript) < MIN_SUMS_SHARE]
    return readable or highlights


def _sums(highlight: Highlight, transcript: Transcript) -> float:
    """Return the share of a highlight's sentences that calculate aloud, 0..1."""
    said = transcript.sentences[highlight.first_sentence : highlight.last_sentence + 1]
    language = transcript.language
    written = (write_figures(s.text, language) for s in said)
    return sum(sentence_weights.calculates(text, language) for text in written) / len(said)


def run_of(
    lines: Sequence[Line], highlight: Highlight, unreadable: Collection[int], language: str
) -> tuple[Line, ...]:
    """Return the lines of a highlight; if formulas divide it, its longest part, or nothing."""
    first, last = highlight.first_sentence, highlight.last_sentence
    ends = [i for i in range(first, last + 1) if i in unreadable]
    runs = [_with_question(lines, a + 1, b - 1) for a, b in pairwise([first - 1, *ends, last + 1])]
    sizes = [sum(n.size for n in run) for run in runs]
    longest = max(range(len(runs)), key=sizes.__getitem__)
    if sizes[longest] < MIN_READABLE_SHARE * sum(sizes):
        return ()
    return _from_opening(runs[longest], language) if longest else runs[longest]


def _from_opening(run: tuple[Line, ...], language: str) -> tuple[Line, ...]:
    """Return a run that has lost its beginning, from a sentence on that can be one, or nothing."""
    total = sum(n.size for n in run)
    for at, line in enumerate(run):
        first = strip_conjunction(line.text, language)
        left = sum(n.size for n in run[at:])
        enough = left >= MIN_OPENED_SHARE * total and line.size >= MIN_OPENING_CHARS
        if enough and is_self_contained(first, language) and has_verb(first, language):
            return run[at:]
    return ()


def _with_question(lines: Sequence[Line], first: int, last: int) -> tuple[Line, ...]:
    """Return the lines from `first` to `last`, with the question before if they need it.

    If they end with a question that the speaker answers, the answer comes along.
    """
    run = tuple(n for n in lines if first <= n.index <= last)
    while run and run[-1].question and (after := _answer(lines, run[-1])):
        run = (*run, *after)
    before = next((n for n in reversed(lines) if n.index < first), None)
    if not run or before is None or not before.question or before.chatter:
        return run
    needed = not (run[0].opens and run[0].solid)
    return (before, *run) if needed and before.speaker != run[0].speaker else run


def _answer(lines: Sequence[Line], question: Line) -> tuple[Line, ...]:
    """Return what somebody answers to their own question: to the first solid statement."""
    found: list[Line] = []
    for line in (n for n in lines if n.index > question.index):
        if line.speaker != question.speaker or len(found) == MAX_ANSWER_LINES:
            break
        found.append(line)
        if line.solid:
            break
    return tuple(found)
