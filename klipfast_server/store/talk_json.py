"""A Talk as the JSON that is stored: megabytes for hours of talk.

It stays as it was recognized. Names that the caller gives to speakers are stored beside it, and
every function that reads sentences applies them.

All but `insert` block; the long lists are read and written in batches there, so that other threads
run in between (`pipeline.core.json_lists`). Who needs only a part of a talk reads only that: a
hundred thousand words are also as many objects for Python's collector to look at.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
from msgspec import Raw, Struct

from klipfast_server.store.database import Connection
from pipeline.analysis.speaker_names import rename
from pipeline.core import json_hooks, json_lists
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
from pipeline.core.taste import Taste
from pipeline.export import subtitles
from pipeline.export.subtitles import SpeakerJson

COPY_BYTES = 1 << 18  # sent at once


class StoredTalk(Struct, frozen=True, kw_only=True):
    """A talk as recognized, and the names given to its speakers: JSON, both."""

    talk: str
    speaker_names: str = "{}"

    def names(self) -> dict[str, str]:
        """Return the names by label."""
        return msgspec.json.decode(self.speaker_names, type=dict[str, str])


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
    taste: Taste | None = None
    waveform: bytes = b""
    worth: tuple[float, ...] = ()


def encode(talk: Talk) -> str:
    """Return the talk as JSON."""
    transcript = talk.transcript
    stored = _Stored(
        source=talk.source,
        transcript=_Lists(
            language=transcript.language,
            duration_s=transcript.duration_s,
            words=json_lists.encode(transcript.words),
            sentences=json_lists.encode(transcript.sentences),
            damaged_s=transcript.damaged_s,
            coverage=transcript.coverage,
        ),
        highlights=talk.highlights,
        candidates=talk.candidates,
        chapters=talk.chapters,
        taste=talk.taste,
        waveform=talk.waveform,
        worth=talk.worth,
    )
    return msgspec.json.encode(stored, enc_hook=json_hooks.encode).decode()


def decode(row: StoredTalk) -> Talk:
    """Return a stored talk."""
    stored = _stored(row.talk)
    transcript = stored.transcript
    return Talk(
        source=stored.source,
        transcript=Transcript(
            language=transcript.language,
            duration_s=transcript.duration_s,
            words=tuple(json_lists.decode(transcript.words, Word)),
            sentences=_sentences(transcript, row.names()),
            damaged_s=transcript.damaged_s,
            coverage=transcript.coverage,
        ),
        highlights=stored.highlights,
        candidates=stored.candidates,
        chapters=stored.chapters,
        taste=stored.taste,
        waveform=stored.waveform,
        worth=stored.worth,
    )


def decode_weighed(row: StoredTalk) -> tuple[tuple[Highlight, ...], tuple[Candidate, ...]]:
    """Return the highlights of a talk, and the candidates that became none."""
    stored = _stored(row.talk)
    return stored.highlights, stored.candidates


def decode_chapters(row: StoredTalk) -> tuple[Source, tuple[ChapterStart, ...] | None]:
    """Return the source of a talk, and where its chapters may begin; None: stored without any."""
    stored = _stored(row.talk)
    return stored.source, stored.chapters


def decode_overview(row: StoredTalk) -> Talk:
    """Return a talk without its words."""
    stored = _stored(row.talk)
    return Talk(
        source=stored.source,
        transcript=Transcript(
            language=stored.transcript.language,
            duration_s=stored.transcript.duration_s,
            words=(),
            sentences=_sentences(stored.transcript, row.names()),
        ),
        waveform=stored.waveform,
        worth=stored.worth,
    )


def decode_cuts(row: StoredTalk) -> tuple[Source, tuple[Highlight, ...]]:
    """Return the source and the highlights of a talk, without its words."""
    stored = _stored(row.talk)
    return stored.source, stored.highlights


def decode_spoken(row: StoredTalk) -> Transcript:
    """Return what is said and by whom, without the words."""
    transcript = _stored(row.talk).transcript
    return Transcript(
        language=transcript.language,
        duration_s=transcript.duration_s,
        words=(),
        sentences=_sentences(transcript, row.names()),
    )


def decode_clip(row: StoredTalk, ordinal: int) -> tuple[Transcript, Highlight]:
    """Return the part of a transcript that a highlight speaks, and the highlight in that part."""
    stored = _stored(row.talk)
    highlight, transcript = stored.highlights[ordinal], stored.transcript
    first, end = highlight.first_sentence, highlight.last_sentence + 1
    sentences = _sentences(transcript, row.names(), first, end)
    before, after = sentences[0].first_word, sentences[-1].last_word + 1
    part = Transcript(
        language=transcript.language,
        duration_s=transcript.duration_s,
        words=tuple(json_lists.decode(transcript.words, Word, before, after)),
        sentences=tuple(
            replace(s, first_word=s.first_word - before, last_word=s.last_word - before)
            for s in sentences
        ),
    )
    return part, replace(highlight, first_sentence=0, last_sentence=len(sentences) - 1)


def as_transcript_json(row: StoredTalk) -> str:
    """Return the transcript as callers get it, word by word: never all words at once."""
    transcript = _stored(row.talk).transcript
    return subtitles.write_json(
        language=transcript.language,
        duration_s=transcript.duration_s,
        words=json_lists.decode(transcript.words, Word),
        sentences=_sentences(transcript, {}),
        coverage=transcript.coverage,
        names=row.names(),
    )


def list_speakers(row: StoredTalk) -> list[SpeakerJson]:
    """Return the speakers of a talk, with their names and those that are suggested."""
    transcript = _stored(row.talk).transcript
    return subtitles.list_speakers(_sentences(transcript, {}), transcript.language, row.names())


def _sentences(
    transcript: _Lists, names: dict[str, str], first: int = 0, end: int | None = None
) -> tuple[Sentence, ...]:
    """Return the sentences from `first` to before `end`, with the names given to speakers."""
    found = tuple(json_lists.decode(transcript.sentences, Sentence, first, end))
    return rename(found, names) if names else found


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
