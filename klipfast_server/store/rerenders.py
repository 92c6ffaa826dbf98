"""Re-renders: jobs that render one clip again with changes.

The talk of such a job is that of the clip, with the edited words and one highlight, so that
everything that holds for jobs (queue, progress, cancel, retry, webhooks) holds for it. It is free.
"""

import dataclasses
import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from klipfast_server.core.errors import BadRequest, NotFound, Unprocessable
from klipfast_server.schema.requests import EditedWord, Render
from klipfast_server.store import talk_json
from klipfast_server.store.database import Database
from klipfast_server.store.jobs import ClipRow, Submission
from klipfast_server.store.talk_json import StoredTalk
from pipeline.core.brand import Brand
from pipeline.core.data import Options, Sentence, Talk, Transcript, Word
from pipeline.core.texts import TextOptions
from pipeline.language import profanity, sentences
from pipeline.language.writing_systems import is_visible

SHORTEST_S, LONGEST_S = 1.0, 180.0  # of a clip that is made again
SLACK_S = 0.05  # numbers are reported rounded


class Made(Struct, frozen=True, kw_only=True):
    """What the clip was made from."""

    video_url: str
    options: str
    duration_s: float | None
    source: str | None
    speaker_names: str
    talk: str
    upload_is_gone: bool


async def made_from(db: Database, account_id: str, clip: ClipRow) -> Made:
    """Return what the clip was made from. Raises NotFound, or Unprocessable without its upload."""
    row = await db.pool.fetchrow(db.sql["source_of_clip"], clip.clip_id, account_id)
    if row is None:  # deleted this very moment
        raise NotFound(f"There is no clip {clip.clip_id}.")
    made = msgspec.convert(dict(row), Made)
    if made.upload_is_gone:
        raise Unprocessable(
            f"The upload that {clip.clip_id} was made from is no longer there; "
            "send the file again as a new job."
        )
    return made


def submission(
    clip: ClipRow, made: Made, asked: Render, *, brand: Brand | None = None
) -> Submission:
    """Return the job that renders the clip again. Blocks; raises BadRequest."""
    options = _options(msgspec.json.decode(made.options, type=Options), asked)
    options = with_brand(options, brand)
    recognized = talk_json.decode(StoredTalk(talk=made.talk))  # names stay beside it
    talk = _edited(recognized, clip, asked, masks=options.profanity == "mask")
    talk_text = talk_json.encode(talk)
    span = talk.highlights[0]
    return Submission(
        video_url=made.video_url,
        identity=f"{clip.clip_id} {hashlib.sha256(talk_text.encode()).hexdigest()}",
        options=options,
        duration_s=made.duration_s,
        source_json=made.source,
        metadata=asked.metadata,
        webhook_url=asked.webhook_url,
        rerender_of=clip.clip_id,
        talk_json=talk_text,
        speaker_names=made.speaker_names,
        clip_s=span.end_s - span.start_s,
        clip_total=1,
    )


def with_brand(options: Options, brand: Brand | None) -> Options:
    """Return the options with a brand, whose style has the place of the one that they name."""
    if brand is None or brand.style is None:
        return dataclasses.replace(options, brand=brand)
    return dataclasses.replace(options, brand=brand, caption_style=brand.style.base)


def _options(before: Options, asked: Render) -> Options:
    changes: dict[str, Any] = {
        name: value
        for name in (
            "quality",
            "caption_style",
            "aspect_ratio",
            "layout",
            "motion",
            "safe_area",
            "hook_title",
            "emphasis",
            "emoji",
            "remove_fillers",
            "clean_video",
        )
        if (value := getattr(asked, name)) is not None
    }
    if asked.remove_silences is not None:
        kept = asked.remove_silences == "keep"
        changes["remove_silences"] = None if kept else asked.remove_silences
    # What decided about hearing, choosing and writing has done so already.
    return dataclasses.replace(
        before,
        clip_count=1,
        range=None,
        keywords=(),
        prompt="",
        kinds=(),
        transcript=None,
        text_outputs=(),
        text_options=TextOptions(),
        **changes,
    )


def _edited(talk: Talk, clip: ClipRow, asked: Render, *, masks: bool) -> Talk:
    """Return the talk with the edits; with `masks` profanity is masked again."""
    language = talk.transcript.language
    start_s, end_s = _bounds(talk, clip, asked)
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
        talk.highlights[clip.ordinal],
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
    return dataclasses.replace(talk, transcript=transcript, highlights=(highlight,))


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


def _bounds(talk: Talk, clip: ClipRow, asked: Render) -> tuple[float, float]:
    """Return start and end of the new clip in the source. Raises BadRequest."""
    start_s = clip.start_s if asked.start_seconds is None else asked.start_seconds
    end_s = clip.end_s if asked.end_seconds is None else asked.end_seconds
    if not SHORTEST_S <= end_s - start_s + SLACK_S <= LONGEST_S + 2 * SLACK_S:
        raise BadRequest(
            f"A clip is {SHORTEST_S:g} to {LONGEST_S:g} s long; from {start_s:g} to {end_s:g} s "
            f"it would be {end_s - start_s:g} s.",
            field="start_seconds" if asked.end_seconds is None else "end_seconds",
        )
    if end_s > talk.source.duration_s + SLACK_S:
        raise BadRequest(f"The source ends at {talk.source.duration_s:.1f} s.", field="end_seconds")
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
