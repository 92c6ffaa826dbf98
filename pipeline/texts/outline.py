"""Prepares a transcript for writing: how much each sentence says, and where topics change."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from pipeline.analysis import topic_boundaries
from pipeline.core.arrays import F32
from pipeline.core.data import ChapterStart, Highlight, Transcript
from pipeline.highlights.sentence_features import border_strengths
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import shorten, strip_markup, tidy, together
from pipeline.language.copy_editing import join_torn, punctuate
from pipeline.language.discourse_markers import is_chatter
from pipeline.language.enumerations import keep_lists, point_number, uncounted
from pipeline.language.typography import keep_spaces, typeset
from pipeline.language.written_numbers import write_figures
from pipeline.texts import chatter as small_talk
from pipeline.texts import sentence_weights, telling_moments, topic_segmentation
from pipeline.texts.chatter import asks
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.formulas import formulas
from pipeline.texts.line import Line
from pipeline.texts.repetition import drop_repeats
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
# maximum characters of a sentence that is not worth telling if it is begun twice
MAX_RESTARTED_CHARS = 100
MAX_SENTENCE_CHARS = 600  # longer sentences are truncated


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """All lines in order, the best moments (best first) and the topics, as runs of lines."""

    language: str
    lines: tuple[Line, ...]
    moments: tuple[tuple[Line, ...], ...]
    topics: tuple[tuple[Line, ...], ...]
    bar: float  # minimum weight of a line outside the moments
    borders: tuple[float, ...]  # strength of the change of topic before each line
    tags: tuple[str, ...] = ()  # hashtags that several moments share, the most frequent first
    chapters: tuple[ChapterStart, ...] = ()  # where they may begin; see `chapters`


def outline(
    transcript: Transcript, highlights: Sequence[Highlight], embed: Embed | None
) -> Outline:
    """Tidy and weigh the sentences, and divide them into topics; empty sentences are dropped."""
    language = transcript.language
    highlights = telling_moments.choose(highlights, transcript)
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
    kept = drop_repeats(kept, inside)
    if not kept:
        return Outline(language=language, lines=(), moments=(), topics=(), bar=0.0, borders=())
    vectors = sentence_weights.vectors([text for _, text in kept], language, embed)
    spoken = [transcript.sentences[i] for i, _ in kept]
    known = spoken if embed is not None else []
    weights = sentence_weights.weights([text for _, text in kept], vectors, language)
    lines = _lines(transcript, highlights, kept, lasts, weights)
    moments = tuple(
        run
        for highlight in highlights
        if (run := telling_moments.run_of(lines, highlight, unreadable, language))
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
        borders=tuple(border_strengths(vectors.astype(np.float64), spoken)[:-1].tolist()),
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
    if small_talk.open_quotations(before, language) == 1 and _closes(text, language):
        return together((before, text))
    return join_torn(before, text, language)


def _closes(text: str, language: str) -> bool:
    """Return whether a sentence ends a quotation that began before: "またどうぞ」って。"."""
    return small_talk.open_quotations(text, language) == -1


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


def _clean_name(speaker: str | None) -> str | None:
    """Remove markup from a speaker's name."""
    return " ".join(_MARKUP.sub(" ", speaker).split()) or None if speaker else None
