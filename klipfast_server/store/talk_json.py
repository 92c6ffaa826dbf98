"""A Talk as the JSON that is stored: megabytes for hours of talk.

It stays as it was recognized. Names that the caller gives to speakers, and corrections of words,
are stored beside it, and every function that reads sentences or titles applies them.

All but `insert` block; the long lists are read and written in batches there, so that other threads
run in between (`pipeline.export.json_lists`). Who needs only a part of a talk reads only that: a
hundred thousand words are also as many objects for Python's collector to look at.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import fields, replace
from typing import Any

import msgspec
from msgspec import Raw, Struct

from klipfast_server.store.database import Connection
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
from pipeline.corrections.corrected import Corrected
from pipeline.corrections.word_replacement import Correction
from pipeline.export import json_lists, subtitles
from pipeline.export.transcript_schema import SpeakerJson

COPY_BYTES = 1 << 18  # sent at once


class StoredCorrection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A correction as it is stored; fields as in the API."""

    heard: str
    text: str
    start_seconds: float | None = None


class StoredTalk(Struct, frozen=True, kw_only=True):
    """A talk as recognized, the names given to its speakers, its corrections: JSON, all three."""

    talk: str
    speaker_names: str = "{}"
    corrections: str = "[]"
    masks: bool = False  # profanity, also that which corrections say

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


def decode_language(row: StoredTalk) -> str:
    """Return the language of a talk, ISO 639-1."""
    return _stored(row.talk).transcript.language


def encode_description(talk: Talk) -> str:
    """Return what changes in a stored talk whose highlight was described, as JSON."""
    described = {"highlights": talk.highlights, "candidates": talk.candidates}
    return msgspec.json.encode(described, enc_hook=json_hooks.encode).decode()


def decode(row: StoredTalk, *, words: bool = True) -> Talk:
    """Return a stored talk; who does not need its words does not wait for them."""
    if row.corrections == "[]":
        talk = _decoded(row.talk, words=words)
    else:  # which words a sentence has, only its words tell
        talk, _ = _corrected(row)
    transcript, names = talk.transcript, row.names()
    if names:
        transcript = replace(transcript, sentences=rename(transcript.sentences, names))
    return replace(talk, transcript=transcript if words else replace(transcript, words=()))


def decode_corrected(
    row: StoredTalk, stored: Sequence[StoredCorrection]
) -> tuple[Talk, tuple[int, ...]]:
    """Return a talk with other corrections than its own, and how many places each puts right."""
    talk, found = corrected.correct_talk(
        _decoded(row.talk), as_corrections(stored), masks=row.masks
    )
    return talk, found.places


def apply_corrections(row: StoredTalk) -> StoredTalk:
    """Return a talk that reads the same and has no corrections left, for many reads.

    Only `as_transcript_json` loses something: what was heard in the place of corrected words.
    """
    if row.corrections == "[]":
        return row
    talk, _ = _corrected(row)
    return StoredTalk(talk=encode(talk), speaker_names=row.speaker_names, masks=row.masks)


def _corrected(row: StoredTalk) -> tuple[Talk, Corrected]:
    """Return a talk with its corrections, speakers by their labels."""
    talk = _decoded(row.talk)
    stored = decode_corrections(row.corrections)
    if stored:
        return corrected.correct_talk(talk, as_corrections(stored), masks=row.masks)
    transcript = talk.transcript
    return talk, Corrected(words=transcript.words, sentences=transcript.sentences)


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
    has_corrections = row.corrections != "[]"
    talk = decode(row, words=has_corrections)
    highlight = talk.highlights[ordinal]
    sentences = talk.transcript.sentences[highlight.first_sentence : highlight.last_sentence + 1]
    before, after = sentences[0].first_word, sentences[-1].last_word + 1
    if has_corrections:
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
    if row.corrections != "[]":
        talk, found = _corrected(row)
        told: Transcript | _Lists = talk.transcript
        words, sentences, heard = found.words, found.sentences, found.heard
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


async def insert(connection: Connection, job_id: str, text: str) -> None:
    """Add the talk of a job, in pieces: an argument of that size would hold the event loop."""
    line = await asyncio.to_thread(_copy_line, job_id, text)

    async def pieces() -> AsyncIterator[bytes]:
        for first in range(0, len(line), COPY_BYTES):
            yield line[first : first + COPY_BYTES]

    await connection.copy_to_table("talks", source=pieces(), columns=("job_id", "talk"))


def _copy_line(job_id: str, text: str) -> bytes:
    """Return a line of COPY's text format; JSON has neither tabs nor line breaks."""
    return f"{job_id}\t".encode() + text.encode().replace(b"\\", b"\\\\") + b"\n"
