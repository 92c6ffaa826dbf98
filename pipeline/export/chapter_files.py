"""Writes the chapters of a talk for a video's description, a podcast feed or a player.

- youtube: a line per chapter, as YouTube reads them in a description: the first at 0:00, three or
  more, each of ten seconds at least (https://support.google.com/youtube/answer/9884579).
- podcast: JSON chapters of Podcasting 2.0, version 1.2.0
  (https://github.com/Podcastindex-org/podcast-namespace/blob/main/chapters/jsonChapters.md).
- vtt: a WebVTT file for `<track kind="chapters">` (https://www.w3.org/TR/webvtt1/#chapters).
"""

import json
from collections.abc import Sequence
from typing import Literal

from pipeline.analysis.chapter_choice import Chapter
from pipeline.core.timecode import format_clock, format_timecode

ChapterFormat = Literal["youtube", "podcast", "vtt"]

PODCAST_VERSION = "1.2.0"
MIN_YOUTUBE_CHAPTERS = 3  # YouTube ignores fewer
_BRACKETS = str.maketrans("<>", "‹›")  # which YouTube does not allow in a description
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})  # in a cue's text


def write(chapters: Sequence[Chapter], form: ChapterFormat) -> str:
    """Return the text of a file. For youtube there must be MIN_YOUTUBE_CHAPTERS."""
    if form == "youtube":
        return _youtube(chapters)
    return _podcast(chapters) if form == "podcast" else _vtt(chapters)


def _youtube(chapters: Sequence[Chapter]) -> str:
    lines = [f"{format_clock(c.start_s)} {c.title.translate(_BRACKETS)}" for c in chapters]
    return "\n".join(lines) + "\n"


def _podcast(chapters: Sequence[Chapter]) -> str:
    told = [
        {"startTime": round(c.start_s, 3), "endTime": round(c.end_s, 3), "title": c.title}
        for c in chapters
    ]
    content = {"version": PODCAST_VERSION, "chapters": told}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _vtt(chapters: Sequence[Chapter]) -> str:
    cues = [
        f"{format_timecode(c.start_s)} --> {format_timecode(c.end_s)}\n"
        f"{c.title.translate(_ESCAPED)}\n"
        for c in chapters
    ]
    return "\n".join(["WEBVTT\n", *cues])
