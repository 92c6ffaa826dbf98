"""Writes a cut list for Final Cut Pro X: FCPXML 1.8, which DaVinci Resolve reads as well.

It replaces OpenTimelineIO's adapters, which count 29.97 frames as 29 (OpenTimelineIO issue 1661)
and ask ffprobe for a picture size that is known here. Every time is an exact fraction of a second,
as the format requires.
"""

from fractions import Fraction
from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from pipeline.export.cut_list import DEFAULT_HEIGHT, DEFAULT_WIDTH, CutList, Piece, one_line

VERSION = "1.8"  # from 2018; every program that reads FCPXML reads it


def write(cuts: CutList) -> str:
    """Return the document; the media's location is unknown, so programs ask for it by name."""
    root = Element("fcpxml", version=VERSION)
    resources = SubElement(root, "resources")
    _format(resources, cuts)
    _asset(resources, cuts)
    event = SubElement(SubElement(root, "library"), "event", name="KlipFast")
    project = SubElement(event, "project", name=cuts.media)
    sequence = SubElement(
        project,
        "sequence",
        format="r1",
        duration=_time(cuts.total, cuts.rate),
        tcStart="0s",
        tcFormat="NDF",
    )
    spine = SubElement(sequence, "spine")
    offset = 0
    for piece in cuts.pieces:
        _clip(spine, cuts, piece, offset)
        offset += piece.length
    ElementTree.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n'
    return head + ElementTree.tostring(root, encoding="unicode") + "\n"


def _time(frames: int, rate: Fraction) -> str:
    """Return seconds as a fraction: 1001/30000s is a frame at 29.97."""
    return f"{frames * rate.denominator}/{rate.numerator}s"


def _format(resources: Element, cuts: CutList) -> None:
    video = cuts.source.video
    SubElement(
        resources,
        "format",
        id="r1",
        frameDuration=_time(1, cuts.rate),
        width=str(video.width if video else DEFAULT_WIDTH),
        height=str(video.height if video else DEFAULT_HEIGHT),
    )


def _asset(resources: Element, cuts: CutList) -> None:
    source = cuts.source
    asset = SubElement(
        resources,
        "asset",
        id="r2",
        name=cuts.media,
        src=f"file:///{quote(cuts.media)}",  # the format accepts file: URLs only
        start="0s",
        duration=_time(cuts.length, cuts.rate),
        hasAudio="1",
        audioSources="1",
        audioChannels=str(source.audio.channels),
        audioRate=str(source.audio.sample_rate),
    )
    if source.video is not None:
        asset.set("hasVideo", "1")
        asset.set("format", "r1")


def _clip(spine: Element, cuts: CutList, piece: Piece, offset: int) -> None:
    highlight, start = piece.highlight, _time(piece.start, cuts.rate)
    title = one_line(highlight.title)
    clip = SubElement(
        spine,
        "asset-clip",
        ref="r2",
        name=title,
        offset=_time(offset, cuts.rate),
        start=start,
        duration=_time(piece.length, cuts.rate),
        format="r1",
        tcFormat="NDF",
        audioRole="dialogue",
    )
    if piece.first:
        SubElement(
            clip,
            "marker",
            start=start,
            duration=_time(1, cuts.rate),
            value=title,
            note=one_line(f"{highlight.virality_score}/100. {highlight.reason}"),
        )
