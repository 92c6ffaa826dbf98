"""What a job's archive has beside clips: transcript, captions, texts, chapters, timelines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import msgspec

from klipfast_server.api.routes import results
from klipfast_server.api.routes.talk import chapters, timeline
from klipfast_server.api.routes.texts import MEDIA
from klipfast_server.serializers import file_name
from klipfast_server.store import talk_json
from klipfast_server.store.talk_json import StoredTalk
from klipfast_server.store.talks.clip_rows import ClipRow
from klipfast_server.store.texts import TextRow
from pipeline.core.data import Options
from pipeline.export import chapter_files
from pipeline.export.chapter_files import MIN_YOUTUBE_CHAPTERS
from pipeline.export.cut_list import TimelineFormat
from pipeline.export.subtitles import Format
from pipeline.texts import formats

MAX_STEM_BYTES = 150  # length of a file's name before its suffix; file systems allow 255
CAPTIONS: tuple[results.CaptionForm, ...] = ("srt", "vtt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The rows of a job whose results are packed."""

    job_id: str
    talk: StoredTalk | None  # None: it was removed
    clips: Sequence[ClipRow]
    places: frozenset[int] | None  # places of the clips that are chosen; None: all moments
    edits: Mapping[str, str]  # by clip_id, of those that another job has made
    texts: Sequence[TextRow]
    media: str  # name of the source's file, for timelines
    options: Options  # the job's options


def stem(clip: ClipRow, job_id: str) -> str:
    """Return the name of a clip's files: its rank and its title, without an ending."""
    named = f"{clip.place_in(job_id) + 1}-{file_name(clip, '')}".encode()
    return named[:MAX_STEM_BYTES].decode(errors="ignore")


def files(contents: Contents) -> Iterator[tuple[str, bytes]]:
    """Yield (name, content) of each file; each blocks while it is made."""
    if contents.talk is not None:
        yield from _of_talk(contents.talk, contents)
    for row in contents.texts:
        if row.text:
            _, end = MEDIA[formats.NATIVE[row.kind]]
            yield f"texts/{row.kind}.{end}", (row.text.rstrip("\n") + "\n").encode()


def _of_talk(talk: StoredTalk, contents: Contents) -> Iterator[tuple[str, bytes]]:
    for form in get_args(Format):
        yield f"transcript.{form}", results.transcript(talk, form)
    talk = talk_json.apply_changes(talk)  # once, not for each of some fifty files
    yield from _chapters(talk)
    for cuts in get_args(TimelineFormat):
        text = timeline.written(
            talk, contents.job_id, contents.clips, contents.media, cuts, places=contents.places
        )
        yield f"timeline/{cuts}.{timeline.ENDINGS[cuts]}", text.encode()
    for clip in contents.clips:
        shown = msgspec.structs.replace(
            talk, edits=contents.edits.get(clip.clip_id, talk_json.NONE)
        )
        for caption in CAPTIONS:
            spoken = results.captions(shown, clip, caption, contents.options)
            yield f"clips/{stem(clip, contents.job_id)}.{caption}", spoken


def _chapters(talk: StoredTalk) -> Iterator[tuple[str, bytes]]:
    found, _ = chapters.chosen(talk, None)
    for form, (_, name) in chapters.FILES.items():
        if len(found) >= (MIN_YOUTUBE_CHAPTERS if form == "youtube" else 1):
            yield name, chapter_files.write(found, form).encode()
