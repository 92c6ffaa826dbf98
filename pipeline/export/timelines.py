"""Writes a job's clips as a cut list for an editor, which links it to the source again.

One timeline shows all clips one after the other, cut where the clips are cut. A marker at the start
of each clip has its title, score and reason. This is the only shape that DaVinci Resolve, Premiere
Pro, Avid and Final Cut Pro all import: an EDL cannot express anything else, and most programs open
only the first of several timelines in an OTIO file. FCP7 XML, which is for Premiere Pro, has a
sequence per clip instead. Picture and sound are cut together, in the source's own shape: crop,
captions and titles are not included.

Media are referenced by name: the program looks for the file beside the cut list, or asks for it.
Timecode counts from 0 without dropping numbers (NDF), also at 29.97 and 59.94.
"""

import re
from urllib.parse import quote

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange
from opentimelineio.schema import (
    Clip,
    ExternalReference,
    Marker,
    MarkerColor,
    Timeline,
    Track,
    TrackKind,
)

from pipeline.export import fcp7xml, fcpxml
from pipeline.export.cut_list import CutList, Piece, TimelineFormat, one_line

# The channel that the adapter writes for an event; it supports one picture track only.
CHANNEL = re.compile(r"^(\d+  AX       )V    ", re.MULTILINE)


def write(cuts: CutList, form: TimelineFormat) -> str:
    """Return the cut list as the text of a file."""
    if form == "fcpxml":
        return fcpxml.write(cuts)
    if form == "fcp7xml":
        return fcp7xml.write(cuts)
    if form == "edl":
        return _edl(cuts)
    text: str = _timeline(cuts).to_json_string()
    return text + "\n"


def _timeline(cuts: CutList) -> Timeline:
    """Build Video 1 and Audio 1 with the same pieces; markers are on the upper track."""
    timeline = Timeline(name=cuts.media)
    kinds = [TrackKind.Audio] if cuts.source.video is None else [TrackKind.Video, TrackKind.Audio]
    rate = float(cuts.rate)
    media = {"target_url": quote(cuts.media), "available_range": _range(0, cuts.length, rate)}
    for number, kind in enumerate(kinds):
        track = Track(name=f"{kind} 1", kind=kind)
        for piece in cuts.pieces:
            clip = Clip(
                name=one_line(piece.highlight.title),
                media_reference=ExternalReference(**media),
                source_range=_range(piece.start, piece.length, rate),
            )
            clip.media_reference.name = cuts.media
            if piece.first and number == 0:
                clip.markers.append(_marker(piece, rate))
            track.append(clip)
        timeline.tracks.append(track)
    return timeline


def _edl(cuts: CutList) -> str:
    """Write CMX 3600 with non-drop timecode counted at the rounded rate.

    Clips are named after their file, because programs find it by that name.
    """
    head = f"TITLE: {cuts.media}\nFCM: NON-DROP FRAME\n\n"
    if not cuts.pieces:  # the adapter cannot write an empty list
        return head
    rate = float(round(cuts.rate))
    track = Track(kind=TrackKind.Video)
    for piece in cuts.pieces:
        clip = Clip(
            name=cuts.media,
            media_reference=ExternalReference(target_url=cuts.media),
            source_range=_range(piece.start, piece.length, rate),
        )
        if piece.first:
            clip.markers.append(_marker(piece, rate))
            clip.metadata["cmx_3600"] = {"comments": _comments(piece)}
        track.append(clip)
    timeline = Timeline()  # without a name, so that the adapter writes only events
    timeline.tracks.append(track)
    events: str = otio.adapters.write_to_string(
        timeline, "cmx_3600", rate=rate, style="premiere", reelname_len=None
    )
    channel = "AA   " if cuts.source.video is None else "AA/V "
    return head + CHANNEL.sub(rf"\g<1>{channel}", events)


def _comments(piece: Piece) -> list[str]:
    highlight = piece.highlight
    fields = {
        "TITLE": highlight.title,
        "SCORE": f"{highlight.virality_score}/100",
        "REASON": highlight.reason,
    }
    return [one_line(f"{name}: {text}") for name, text in fields.items()]


def _marker(piece: Piece, rate: float) -> Marker:
    highlight = piece.highlight
    return Marker(
        name=one_line(highlight.title),
        color=MarkerColor.GREEN,
        marked_range=_range(piece.start, 1, rate),
        metadata={
            "klipfast": {
                "score": highlight.virality_score,
                "reason": one_line(highlight.reason),
            }
        },
    )


def _range(start: int, length: int, rate: float) -> TimeRange:
    return TimeRange(RationalTime(start, rate), RationalTime(length, rate))
