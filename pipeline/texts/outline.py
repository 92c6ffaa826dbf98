"""Prepares a talk for writing: its sentences edited, who takes part, its passages, best first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.analysis.reading import Reading
from pipeline.core.data import ChapterStart, Highlight, Transcript
from pipeline.language import lexicon
from pipeline.language.cleanup import shorten, strip_markup, tidy
from pipeline.language.typography import keep_spaces, typeset
from pipeline.texts import passages
from pipeline.texts.edited_sentence import Line
from pipeline.texts.genre import Cast, cast
from pipeline.texts.passages import Passage
from pipeline.texts.unfit_sentences import (
    commands_a_model,
    foreign,
    heated,
    repeated,
    symbolic,
)

_MARKUP = re.compile(r"[*#<>\[\]()`\x00-\x1f\x7f\ud800-\udfff]")
_LOWER_START = re.compile(r"(?<=[^\W\d_]{3}[.?!] )[^\W\d_]")  # a sentence within a line
_GOES_ON = (",", "，", "、")  # ends of a sentence that the transcript divided
MAX_SENTENCE_CHARS = 600  # longer sentences are truncated


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What texts are made of."""

    language: str
    lines: tuple[Line, ...]  # all, in order
    cast: Cast
    moments: tuple[Passage, ...]  # as long as a post, best first, without overlap
    sections: tuple[Passage, ...]  # the same, as long as a section of an article
    chapters: tuple[ChapterStart, ...] = ()  # where they may begin; see `chapter_starts`


def outline(transcript: Transcript, highlights: Sequence[Highlight], reading: Reading) -> Outline:
    """Edit the sentences and find the passages; what nobody can print is dropped.

    reading: of the transcript's sentences.
    """
    lines = _lines(transcript, reading)
    told = passages.Talk(lines, cast(lines), reading.moments, highlights)
    return Outline(
        language=transcript.language,
        lines=lines,
        cast=told.cast,
        moments=passages.find(told, passages.MOMENT),
        sections=passages.find(told, passages.SECTION),
    )


def _lines(transcript: Transcript, reading: Reading) -> tuple[Line, ...]:
    """Return what can be printed of the sentences."""
    language, roles = transcript.language, reading.roles
    spoken = [s.text for s in transcript.sentences]
    edited = [(run, _edit(transcript, run, reading.edited)) for run in _runs(transcript)]
    kept = [
        (run, text) for run, text in edited if _is_sound(text) and not _is_unsure(transcript, run)
    ]
    texts = [text for _, text in kept]
    unfit = {*heated(texts, language), *foreign(texts, language)}
    unfit |= {*symbolic(texts, language), *repeated(texts)}
    return tuple(
        Line(
            index=run[0],
            text=text,
            start_s=transcript.sentences[run[0]].start_s,
            end_s=transcript.sentences[run[-1]].end_s,
            speaker=_clean_name(transcript.sentences[run[0]].speaker),
            alone=float(roles.alone[run[0]]),
            opens=float(roles.opens[run[0]]),
            small_talk=float(roles.small_talk[run].max()),
            promotion=float(roles.promotion[run].max()),
            torn=max(float(roles.torn[run[-1]]), spoken[run[-1]].endswith(("...", "…"))),
            worth=float(roles.worth[run].max()),
            said=_edit(transcript, run, spoken),
            fit=at not in unfit,
            continued=tuple(run[1:]),
        )
        for at, (run, text) in enumerate(kept)
    )


def _is_sound(text: str) -> bool:
    return len(text) > 1 and not lexicon.CREDITS.search(text) and not commands_a_model(text)


def _is_unsure(transcript: Transcript, run: Sequence[int]) -> bool:
    return any(transcript.sentences[i].doubtful for i in run)


def _runs(transcript: Transcript) -> list[list[int]]:
    """Return the sentences that are printed as one: what is too long is divided after a comma."""
    runs: list[list[int]] = []
    size = 0
    for i, sentence in enumerate(transcript.sentences):
        before = transcript.sentences[i - 1] if i else None
        size += len(sentence.text)
        if (
            before is not None
            and before.text.rstrip().endswith(_GOES_ON)
            and before.speaker == sentence.speaker
            and size < MAX_SENTENCE_CHARS
        ):
            runs[-1].append(i)
        else:
            runs.append([i])
            size = len(sentence.text)
    return runs


def _edit(transcript: Transcript, run: Sequence[int], edited: Sequence[str]) -> str:
    """Return sentences as they may be printed as one; they may become several, or ""."""
    language, sentences = transcript.language, transcript.sentences
    spoken = _together([edited[i].strip() for i in run])
    after = sentences[run[-1] + 1 : run[-1] + 2]
    answered = bool(after) and after[0].speaker != sentences[run[0]].speaker
    text = shorten(strip_markup(spoken[: 4 * MAX_SENTENCE_CHARS]), MAX_SENTENCE_CHARS)
    tidied = tidy(typeset(text, language), language, answered=answered)
    return keep_spaces(_LOWER_START.sub(lambda m: m[0].upper(), tidied), language)


def _together(texts: Sequence[str]) -> str:
    wide = any(text.endswith(_GOES_ON[1:]) for text in texts)
    return ("" if wide else " ").join(texts)


def _clean_name(speaker: str | None) -> str | None:
    """Remove markup from a speaker's name."""
    return " ".join(_MARKUP.sub(" ", speaker).split()) or None if speaker else None
