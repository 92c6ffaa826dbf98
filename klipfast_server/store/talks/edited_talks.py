"""A talk with the words, the ends and the title that its caller gives to one of its highlights."""

import dataclasses
from bisect import bisect_right
from collections.abc import Sequence

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.clip_requests import EditedWord, Render
from pipeline.core.data import Highlight, Sentence, Talk, Transcript, Word
from pipeline.language import profanity, sentences
from pipeline.language.writing_systems import is_visible

SHORTEST_S, LONGEST_S = 1.0, 180.0  # limits on the length of a rerendered clip
SLACK_S = 0.05  # numbers are reported rounded


def kept_s(span: Highlight) -> float:
    """Return the seconds of a highlight without what it leaves out."""
    left_out = (
        max(0.0, min(gap.end_s, span.end_s) - max(gap.start_s, span.start_s))
        for gap in span.left_out
    )
    return span.end_s - span.start_s - sum(left_out)


def edited(
    talk: Talk,
    template: Highlight,
    bounds: tuple[float, float],
    asked: Render,
    *,
    masks: bool,
) -> Talk:
    """Return the talk with the edits and one highlight, which is like `template`.

    With `masks` profanity is masked again.
    """
    language = talk.transcript.language
    start_s, end_s = _bounds(talk, template, bounds, asked)
    before = tuple(w for w in talk.transcript.words if _middle(w) < start_s)
    after = tuple(w for w in talk.transcript.words if _middle(w) >= end_s)
    if asked.words is None:
        inside = tuple(w for w in talk.transcript.words if start_s <= _middle(w) < end_s)
    else:
        inside = _words(asked.words, start_s, end_s)
        if masks:
            inside = profanity.mask(inside, language)
    if not inside:
        raise BadRequest(
            f"Nobody speaks between {start_s:.1f} and {end_s:.1f} s.", field="start_seconds"
        )
    turns = _Turns(talk.transcript.sentences)
    parts = [
        sentences.split(words, language, turns.speakers(words)) for words in (before, inside, after)
    ]
    first = len(parts[0])
    highlight = dataclasses.replace(
        template,
        start_s=start_s,
        end_s=end_s,
        first_sentence=first,
        last_sentence=first + len(parts[1]) - 1,
    )
    if asked.title is not None:
        title = profanity.mask_text(asked.title, language) if masks else asked.title
        highlight = dataclasses.replace(highlight, title=title)
    transcript = Transcript(
        language=language,
        duration_s=talk.transcript.duration_s,
        words=before + inside + after,
        sentences=_numbered(parts),
    )
    return dataclasses.replace(
        talk, transcript=transcript, highlights=(highlight,), candidates=(), worth=()
    )


class _Turns:
    """Who speaks when, for words that may be others than those of the sentences."""

    def __init__(self, said: Sequence[Sentence]) -> None:
        self._starts = [s.start_s for s in said]
        self._speakers = [s.speaker for s in said]
        self._labeled = any(self._speakers)

    def speakers(self, words: Sequence[Word]) -> tuple[str | None, ...]:
        """Return the speaker of each word: of the sentence that has begun last; () if unknown."""
        if not self._labeled:
            return ()
        at = (max(0, bisect_right(self._starts, _middle(word)) - 1) for word in words)
        return tuple(self._speakers[i] for i in at)


def _middle(word: Word) -> float:
    return (word.start_s + word.end_s) / 2


def _numbered(parts: list[tuple[Sentence, ...]]) -> tuple[Sentence, ...]:
    """Renumber sentences of neighboring spans of words as those of all words together."""
    found: list[Sentence] = []
    offset = 0
    for part in parts:
        for s in part:
            first, last = s.first_word + offset, s.last_word + offset
            found.append(dataclasses.replace(s, first_word=first, last_word=last))
        offset = found[-1].last_word + 1 if found else 0
    return tuple(found)


def _bounds(
    talk: Talk, template: Highlight, bounds: tuple[float, float], asked: Render
) -> tuple[float, float]:
    """Return the bounds within the source, in seconds. Raises BadRequest.

    Bounds that nobody changes are good: the clip was made with them.
    """
    start_s, end_s = bounds
    if asked.start_seconds is None and asked.end_seconds is None:
        return bounds
    clip_s = kept_s(dataclasses.replace(template, start_s=start_s, end_s=end_s))
    if not SHORTEST_S <= clip_s + SLACK_S <= LONGEST_S + 2 * SLACK_S:
        raise BadRequest(
            f"A clip is {SHORTEST_S:g} to {LONGEST_S:g} s long; from {start_s:g} to {end_s:g} s "
            f"it would be {clip_s:g} s.",
            field="start_seconds" if asked.end_seconds is None else "end_seconds",
        )
    if end_s > talk.source.duration_s + SLACK_S:
        outside = start_s >= talk.source.duration_s
        raise BadRequest(
            f"The source ends at {talk.source.duration_s:.1f} s.",
            field="start_seconds" if outside else "end_seconds",
        )
    return start_s, min(end_s, talk.source.duration_s)


def _words(edited: tuple[EditedWord, ...], start_s: float, end_s: float) -> tuple[Word, ...]:
    """Return the edited words. Raises BadRequest unless their times ascend within the clip."""
    at_s = start_s - SLACK_S
    for number, word in enumerate(edited):
        if not is_visible(word.text):
            raise BadRequest(f"words[{number}] has no visible characters; omit it.", field="words")
        if word.start_seconds < at_s or word.end_seconds < word.start_seconds:
            raise BadRequest(
                f"words[{number}] ({word.text!r}) must begin after the word before it and not end "
                "before it begins.",
                field="words",
            )
        if word.end_seconds > end_s + SLACK_S:
            raise BadRequest(
                f"words[{number}] ({word.text!r}) ends after the clip, at {word.end_seconds:g} s.",
                field="words",
            )
        at_s = word.start_seconds
    return tuple(
        Word(text=w.text.strip(), start_s=w.start_seconds, end_s=w.end_seconds, probability=1.0)
        for w in edited
    )
