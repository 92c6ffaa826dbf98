"""A Talk as the JSON that is stored: megabytes for hours of talk.

It stays as it was recognized. Corrections of words, the edits of a clip, and names that the caller
gives to speakers are stored beside it, and every function that reads sentences or titles applies
them, in this order.

All of them block; the long lists are read and written in batches there, so that other threads
run in between (`pipeline.export.json_lists`). Who needs only a part of a talk reads only that: a
hundred thousand words are also as many objects for Python's collector to look at.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

import msgspec
from msgspec import Raw, Struct

from pipeline.analysis.speaker_names import rename
from pipeline.core import json_hooks
from pipeline.core.data import (
    Candidate,
    ChapterStart,
    Coverage,
    Highlight,
    Sentence,
    Source,
    Talk,
    Transcript,
    Word,
)
from pipeline.corrections import corrected
from pipeline.corrections.word_replacement import Correction
from pipeline.editing import clip_edit
from pipeline.editing.clip_edit import ClipEdit
from pipeline.export import json_lists, subtitles
from pipeline.export.transcript_schema import SpeakerJson

NONE = "[]"


class StoredCorrection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A correction as it is stored; fields as in the API."""

    heard: str
    text: str
    start_seconds: float | None = None


class StoredTalk(Struct, frozen=True, kw_only=True):
    """A talk as recognized, and what changes it: JSON, all four."""

    talk: str
    speaker_names: str = "{}"
    corrections: str = NONE
    edits: str = NONE  # which leave the talk one clip
    masks: bool = False  # profanity, also that which corrections and edits say

    @property
    def is_changed(self) -> bool:
        """Whether its words are others than those that were recognized."""
        return self.corrections != NONE or self.edits != NONE

    def names(self) -> dict[str, str]:
        """Return the names by label."""
        return msgspec.json.decode(self.speaker_names, type=dict[str, str])


def as_corrections(stored: Sequence[StoredCorrection]) -> tuple[Correction, ...]:
    """Return stored corrections as the pipeline applies them."""
    return tuple(Correction(heard=c.heard, text=c.text, at_s=c.start_seconds) for c in stored)


def decode_corrections(stored: str) -> tuple[StoredCorrection, ...]:
    """Return corrections that are stored as JSON."""
    return msgspec.json.decode(stored, type=tuple[StoredCorrection, ...])


class _Lists(Struct, frozen=True, kw_only=True):
    """A Transcript whose lists are still JSON."""

    language: str
    duration_s: float
    words: Raw
    sentences: Raw
    damaged_s: float = 0.0
    coverage: Coverage = Coverage()


class _Stored(Struct, frozen=True, kw_only=True):
    """A Talk with such a transcript."""

    source: Source
    transcript: _Lists
    highlights: tuple[Highlight, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    chapters: tuple[ChapterStart, ...] | None = None
    waveform: bytes = b""
    worth: tuple[float, ...] = ()


def encode(talk: Talk) -> str:
    """Return the talk as JSON."""
    lists = {
        "words": json_lists.encode(talk.transcript.words),
        "sentences": json_lists.encode(talk.transcript.sentences),
    }
    stored = _fields(talk) | {"transcript": _fields(talk.transcript) | lists}
    return msgspec.json.encode(stored, enc_hook=json_hooks.encode).decode()


def _fields(value: Talk | Transcript) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in fields(value)}


def encode_edits(edits: Sequence[ClipEdit]) -> str:
    """Return edits as JSON."""
    return msgspec.json.encode(edits).decode()


def decode_edits(stored: str) -> tuple[ClipEdit, ...]:
    """Return edits that are stored as JSON."""
    return msgspec.json.decode(stored, type=tuple[ClipEdit, ...])


def decode_language(row: StoredTalk) -> str:
    """Return the language of a talk, ISO 639-1."""
    return _stored(row.talk).transcript.language


def decode(row: StoredTalk, *, words: bool = True) -> Talk:
    """Return a stored talk; who does not need its words does not wait for them."""
    if row.is_changed:  # which words a sentence has, only its words tell
        talk, _ = _changed(row)
    else:
        talk = _decoded(row.talk, words=words)
    transcript, names = talk.transcript, row.names()
    if names:
        transcript = replace(transcript, sentences=rename(transcript.sentences, names))
    return replace(talk, transcript=transcript if words else replace(transcript, words=()))


def decode_corrected(
    row: StoredTalk, stored: Sequence[StoredCorrection]
) -> tuple[Talk, tuple[int, ...]]:
    """Return a talk with other corrections than its own, and how many places each puts right.

    Neither has it its edits: words that are typed in go before corrections.
    """
    talk, found = corrected.correct_talk(
        _decoded(row.talk), as_corrections(stored), masks=row.masks
    )
    return talk, found.places


def apply_changes(row: StoredTalk) -> StoredTalk:
    """Return a talk that reads the same and has no changes left, for many reads.

    Only `as_transcript_json` loses something: what was heard in the place of corrected words.
    """
    if not row.is_changed:
        return row
    talk, _ = _changed(row)
    return StoredTalk(talk=encode(talk), speaker_names=row.speaker_names, masks=row.masks)


def _changed(row: StoredTalk) -> tuple[Talk, dict[int, str]]:
    """Return a talk with its changes, speakers by their labels, and what was heard, by word."""
    talk, heard = _decoded(row.talk), dict[int, str]()
    if row.corrections != NONE:
        stored = as_corrections(decode_corrections(row.corrections))
        talk, found = corrected.correct_talk(talk, stored, masks=row.masks)
        heard = found.heard
    for edit in decode_edits(row.edits):
        talk, heard = clip_edit.apply(talk, edit, masks=row.masks, heard=heard)
    return talk, heard


def with_edits(talk: Talk, edits: str, *, masks: bool) -> Talk:
    """Return a talk with the edits of a clip, which are JSON."""
    for edit in decode_edits(edits):
        talk, _ = clip_edit.apply(talk, edit, masks=masks)
    return talk


def _decoded(text: str, *, words: bool = True) -> Talk:
    stored = _stored(text)
    lists = {
        "words": tuple(json_lists.decode(stored.transcript.words, Word)) if words else (),
        "sentences": tuple(json_lists.decode(stored.transcript.sentences, Sentence)),
    }
    transcript = Transcript(**msgspec.structs.asdict(stored.transcript) | lists)
    return Talk(**msgspec.structs.asdict(stored) | {"transcript": transcript})


def decode_clip(row: StoredTalk, ordinal: int) -> tuple[Transcript, Highlight]:
    """Return the part of a transcript that a highlight speaks, and the highlight in that part."""
    talk = decode(row, words=row.is_changed)
    highlight = talk.highlights[ordinal]
    sentences = talk.transcript.sentences[highlight.first_sentence : highlight.last_sentence + 1]
    before, after = sentences[0].first_word, sentences[-1].last_word + 1
    if row.is_changed:
        words = talk.transcript.words[before:after]
    else:
        words = tuple(json_lists.decode(_stored(row.talk).transcript.words, Word, before, after))
    part = Transcript(
        language=talk.transcript.language,
        duration_s=talk.transcript.duration_s,
        words=words,
        sentences=tuple(
            replace(s, first_word=s.first_word - before, last_word=s.last_word - before)
            for s in sentences
        ),
    )
    return part, replace(highlight, first_sentence=0, last_sentence=len(sentences) - 1)


def as_transcript_json(row: StoredTalk) -> str:
    """Return the transcript as callers get it, word by word."""
    words: Iterable[Word]
    if row.is_changed:
        talk, heard = _changed(row)
        told: Transcript | _Lists = talk.transcript
        words, sentences = talk.transcript.words, talk.transcript.sentences
    else:
        told = _stored(row.talk).transcript
        words = json_lists.decode(told.words, Word)  # never all at once
        sentences, heard = tuple(json_lists.decode(told.sentences, Sentence)), {}
    return subtitles.write_json(
        language=told.language,
        duration_s=told.duration_s,
        words=words,
        sentences=sentences,
        coverage=told.coverage,
        names=row.names(),
        heard=heard,
    )


def list_speakers(row: StoredTalk) -> list[SpeakerJson]:
    """Return the speakers of a talk, with their names and those that are suggested."""
    said = decode(msgspec.structs.replace(row, speaker_names="{}"), words=False).transcript
    return subtitles.list_speakers(said.sentences, said.language, row.names())


def _stored(text: str) -> _Stored:
    return msgspec.json.decode(text, type=_Stored, dec_hook=json_hooks.decode)
