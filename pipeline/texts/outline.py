"""Prepares a transcript for writing: how much each sentence says, and where topics change."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from pipeline.analysis import topic_boundaries
from pipeline.core.arrays import F32
from pipeline.core.data import Highlight, Transcript
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import (
    may_repeat,
    plain,
    shorten,
    split_sentences,
    strip_markup,
    tidy,
)
from pipeline.language.copy_editing import join_torn, punctuate
from pipeline.language.discourse_markers import is_chatter
from pipeline.language.enumerations import keep_lists, lists, point_number, uncounted
from pipeline.language.typography import keep_spaces, typeset
from pipeline.language.written_numbers import write_figures
from pipeline.texts import chatter as small_talk
from pipeline.texts import sentence_weights, topic_segmentation
from pipeline.texts.chatter import asks
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.formulas import formulas
from pipeline.texts.line import Line
from pipeline.texts.self_contained import has_verb, is_self_contained
from pipeline.texts.sentence_weights import Embed
from pipeline.texts.statement_kinds import is_general
from pipeline.texts.unfit_sentences import (
    commands_a_model,
    heated,
    is_foreign,
    is_torn,
    restarts,
    without_torn_end,
)

_MARKUP = re.compile(r"[*#<>\[\]()`\x00-\x1f\x7f\ud800-\udfff]")
_LOWER_START = re.compile(r"(?<=[^\W\d_]{3}[.?!] )[^\W\d_]")  # a sentence within a line
MIN_MOMENT_SCORE = 35  # virality score of a highlight that texts are built on
SUMS_COST = 1.5  # of a moment's score, for its share of sentences that calculate
MIN_SUMS_SHARE = 0.3  # of a moment's sentences, for one that nobody reads
MIN_READABLE_SHARE = 0.5  # of a moment's characters, for its longest part without a formula
MIN_OPENED_SHARE = 0.4  # of its characters, from a sentence on that can open it
MIN_OPENING_CHARS = 25
MIN_MOMENTS = 2  # that texts are built on, however low their scores
MAX_ANSWER_LINES = 2  # of what a speaker answers to their own question at a moment's end
MIN_REPEATED_WORDS = 4  # of a sentence that is not a phrase that people use
MAX_RESTARTED_CHARS = 100  # of a sentence that is not worth telling if it is begun twice
MAX_SENTENCE_CHARS = 600  # longer sentences are truncated


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """All lines in order, the best moments (best first) and the topics, as runs of lines."""

    language: str
    lines: tuple[Line, ...]
    moments: tuple[tuple[Line, ...], ...]
    topics: tuple[tuple[Line, ...], ...]
    bar: float  # minimum weight of a line outside the moments
    tags: tuple[str, ...] = ()  # hashtags that several moments share, the most frequent first


def outline(
    transcript: Transcript, highlights: Sequence[Highlight], embed: Embed | None
) -> Outline:
    """Tidy and weigh the sentences, and divide them into topics; empty sentences are dropped."""
    language = transcript.language
    highlights = _worth_telling(_readable(highlights, transcript), transcript)
    joined, lasts = _join_divided(transcript)
    unreadable = frozenset(formulas([s.text for s in transcript.sentences], language))
    kept = [
        (i, text)
        for i, spoken in joined.items()
        if (text := _edit(spoken, language, answered=_is_answered(transcript, i)))
        and (text := without_torn_end(text, spoken, language))
        and len(text) > 1
        and not transcript.sentences[i].doubtful
        and not lexicon.CREDITS.search(text)
        and not commands_a_model(text)
        and not is_torn(text, language)
        and i not in unreadable
    ]
    inside = {i for h in highlights for i in range(h.first_sentence, h.last_sentence + 1)}
    kept = _drop_repeats(kept, inside)
    if not kept:
        return Outline(language=language, lines=(), moments=(), topics=(), bar=0.0)
    vectors = sentence_weights.vectors([text for _, text in kept], language, embed)
    known = [transcript.sentences[i] for i, _ in kept] if embed is not None else []
    weights = sentence_weights.weights([text for _, text in kept], vectors, language, known)
    lines = _lines(transcript, highlights, kept, lasts, weights)
    moments = tuple(
        run
        for h in sorted(highlights, key=lambda h: SUMS_COST * _sums(h, transcript) - h.score)
        if (run := _readable_run(lines, h, unreadable, language))
    )
    learned = topic_boundaries.strength(known, vectors.astype(np.float64)) if known else None
    moment_of = {
        i: at
        for at, h in enumerate(highlights)
        for i in range(h.first_sentence, h.last_sentence + 1)
    }
    topics = topic_segmentation.divide(
        lines, vectors, learned, [moment_of.get(n.index) for n in lines]
    )
    bar = median(n.weight for n in lines if n.moment or not moments)
    return Outline(
        language=language,
        lines=lines,
        moments=moments,
        topics=topics,
        bar=bar,
        tags=_shared_tags(highlights),
    )


def _lines(
    transcript: Transcript,
    highlights: Sequence[Highlight],
    kept: Sequence[tuple[int, str]],
    lasts: Mapping[int, int],
    weights: F32,
) -> tuple[Line, ...]:
    """Return the lines of the kept sentences (position, text), shape of `weights`: (n,).

    lasts: the last position that belongs to each, which is its own unless it was divided.
    """
    language = transcript.language
    inside = {i for h in highlights for i in range(h.first_sentence, h.last_sentence + 1)}
    printed = [write_figures(text, language) for _, text in kept]
    points = keep_lists([point_number(text, language) for _, text in kept])
    explaining = _explaining(points)
    quarrel = heated(printed, language)
    opening, _ = languages.language(language).quotation_marks
    chatter, quoted = small_talk.chatter(transcript, inside), small_talk.quoted(transcript)
    openings = {
        next((i for i in inner if not asks(transcript.sentences[i].text)), h.first_sentence)
        for h in highlights
        if (inner := range(h.first_sentence, h.last_sentence + 1))
    }
    return tuple(
        Line(
            index=i,
            text=text,
            start_s=transcript.sentences[i].start_s,
            end_s=transcript.sentences[lasts[i]].end_s,
            speaker=_clean_name(transcript.sentences[i].speaker),
            weight=min(1.0, float(weights[at]) * (1.3 if i in inside else 1.0)),
            alone=sentence_weights.alone(text, language) and i not in quoted,
            opens=i not in quoted
            and sentence_weights.alone(strip_conjunction(text, language), language),
            general=is_general(uncounted(text, language) if points[at] else text, language),
            moment=i in inside,
            opening=i in openings,
            chatter=i in chatter,
            ceremony=is_chatter(text, language),
            counted=points[at],
            explains=explaining[at],
            noise=sentence_weights.noise(text, language)
            or (len(text) <= MAX_RESTARTED_CHARS and restarts(text, language)),
            continued=tuple(range(i + 1, lasts[i] + 1)),
            solid=sentence_weights.solid(text, language)
            and at not in quarrel
            and not is_foreign(text, language)
            # A quotation was torn where a mark was dropped.
            and not ('"' in transcript.sentences[i].text and opening not in text),
        )
        for at, ((i, _), text) in enumerate(zip(kept, printed, strict=True))
    )


def _explaining(points: Sequence[int]) -> list[bool]:
    """Return whether each line stands between two points of a list; `points`: numbers, or 0."""
    found = [False] * len(points)
    starts = [at for at, n in enumerate(points) if n]
    for a, b in pairwise(starts):
        if points[b] == points[a] + 1:
            found[a + 1 : b] = [True] * (b - a - 1)
    return found


def _join_divided(transcript: Transcript) -> tuple[dict[int, str], dict[int, int]]:
    """Return the texts of the sentences by position, and the last position that belongs to each.

    A transcript divides what is too long for a sentence at a pause, and leaves a comma there; and
    a speaker breaks off and goes on with what is no sentence alone.
    """
    found: dict[int, str] = {}
    lasts: dict[int, int] = {}
    at = 0  # the sentence that the next may continue
    for i, sentence in enumerate(transcript.sentences):
        text = sentence.text.strip()
        before = found.get(at, "")
        may_continue = (
            transcript.sentences[at].speaker == sentence.speaker
            and len(before) + len(text) < MAX_SENTENCE_CHARS
            and not sentence.doubtful
        )
        joined = _join(before, text, transcript.language) if may_continue and before else ""
        if joined:
            found[at] = joined
        else:
            found[i], at = text, i
        lasts[at] = i
    return found, lasts


def _join(before: str, text: str, language: str) -> str:
    """Return two sentences as one if the second continues the first, else ""."""
    if before.endswith(","):
        return f"{before} {text}"
    if before.endswith(("，", "、")):
        return before + text
    return join_torn(before, text, language)


def _is_answered(transcript: Transcript, i: int) -> bool:
    """Return whether somebody else speaks after a sentence."""
    after = transcript.sentences[i + 1 : i + 2]
    return bool(after) and after[0].speaker != transcript.sentences[i].speaker


def _edit(spoken: str, language: str, *, answered: bool) -> str:
    """Return a sentence as it may be printed; it may become several, or ""."""
    text = shorten(strip_markup(spoken[: 4 * MAX_SENTENCE_CHARS]), MAX_SENTENCE_CHARS)
    text = typeset(text, language)
    edited = punctuate(tidy(text, language, answered=answered), language)
    return keep_spaces(_LOWER_START.sub(lambda m: m[0].upper(), edited), language)


def _shared_tags(highlights: Sequence[Highlight]) -> tuple[str, ...]:
    """Return the hashtags of more than one highlight, the most frequent first."""
    counts = Counter(tag for h in highlights for tag in h.hashtags)
    return tuple(tag for tag, count in counts.most_common() if count > 1)


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


def _clean_name(speaker: str | None) -> str | None:
    """Remove markup from a speaker's name."""
    return " ".join(_MARKUP.sub(" ", speaker).split()) or None if speaker else None


def _readable_run(
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


def _drop_repeats(kept: list[tuple[int, str]], inside: set[int]) -> list[tuple[int, str]]:
    """Drop repeated sentences: the one in a moment stays, else the first."""
    best: dict[tuple[str, ...], int] = {}
    for i, text in kept:
        key = plain(text)
        if key not in best or (i in inside and best[key] not in inside):
            best[key] = i
    unique = [(i, t) for i, t in kept if may_repeat(t) or best[plain(t)] == i]
    before = [("", ""), *(plain(t) for _, t in unique)]
    unique = [(i, t) for (i, t), said in zip(unique, before, strict=False) if plain(t) != said]
    return _drop_partial_repeats(unique)


def _drop_partial_repeats(kept: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """Drop what consists of several sentences, if most of it was said before."""
    said: set[tuple[str, ...]] = set()
    found: list[tuple[int, str]] = []
    for i, text in kept:
        sentences = split_sentences(text)
        words = [plain(s) for s in sentences]
        again = sum(len(w) for w in words if len(w) >= MIN_REPEATED_WORDS and w in said)
        if len(sentences) == 1 or again <= sum(map(len, words)) / 2:
            found.append((i, text))
        said.update(words)
    return found
