"""Writes a cut list as Final Cut Pro 7 XML ("xmeml" 5), which Premiere Pro imports.

A sequence per clip, in a project; pieces of picture and sound that belong together are linked.
Every number is a count of frames: `timebase` frames a second, of which `ntsc` makes 1000/1001, as
in Apple's "Final Cut Pro XML Interchange Format" (2010). Timecode drops no numbers, as in the other
formats.
"""

from collections.abc import Iterator, Sequence
from urllib.parse import quote
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from pipeline.export.cut_list import DEFAULT_HEIGHT, DEFAULT_WIDTH, CutList, Piece, one_line

VERSION = "5"
SAMPLE_BITS = 16  # bit depth of the sequence's sound; the format requires one
MAX_CHANNELS = 8  # maximum number of source channels, one track each: 7.1
FILE = "file-1"  # the source, described where it is first named


def write(cuts: CutList) -> str:
    """Return the document; the media's location is unknown, so the program asks for it by name."""
    root = Element("xmeml", version=VERSION)
    project = SubElement(root, "project")
    _text(project, "name", cuts.media)
    children = SubElement(project, "children")
    for number, pieces in enumerate(_clips(cuts.pieces), 1):
        _sequence(children, cuts, pieces, number)
    ElementTree.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n'
    return head + ElementTree.tostring(root, encoding="unicode") + "\n"


def _clips(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield the pieces of each clip."""
    clip: list[Piece] = []
    for piece in pieces:
        if piece.first and clip:
            yield clip
            clip = []
        clip.append(piece)
    if clip:
        yield clip


def _sequence(parent: Element, cuts: CutList, pieces: Sequence[Piece], number: int) -> None:
    highlight = pieces[0].highlight
    sequence = SubElement(parent, "sequence", id=f"sequence-{number}")
    _text(sequence, "name", one_line(highlight.title))
    _text(sequence, "duration", sum(piece.length for piece in pieces))
    _rate(sequence, cuts)
    _timecode(sequence, cuts)
    media = SubElement(sequence, "media")
    items = _Items(cuts, pieces, number)
    if cuts.source.video is not None:
        video = SubElement(media, "video")
        _picture(SubElement(video, "format"), cuts)
        items.track(video, "video", 1)
    audio = SubElement(media, "audio")
    _sound(SubElement(audio, "format"), cuts)
    for channel in range(1, _channels(cuts) + 1):
        items.track(audio, "audio", channel)
    marker = SubElement(sequence, "marker")
    _text(marker, "name", one_line(highlight.title))
    _text(marker, "comment", one_line(f"{highlight.virality_score}/100. {highlight.reason}"))
    _text(marker, "in", 0)
    _text(marker, "out", -1)  # a moment, no range


class _Items:
    """The items of one sequence: each piece once per track, linked with the others of the piece."""

    def __init__(self, cuts: CutList, pieces: Sequence[Piece], number: int) -> None:
        """`number`: of the sequence."""
        self._cuts = cuts
        self._pieces = pieces
        self._number = number
        channels = range(1, _channels(cuts) + 1)
        self._tracks = [("video", 1)] if cuts.source.video is not None else []
        self._tracks += [("audio", channel) for channel in channels]

    def track(self, parent: Element, kind: str, index: int) -> None:
        """Add a track: the one of the picture, or that of a channel of sound."""
        track = SubElement(parent, "track")
        offset = 0
        for place, piece in enumerate(self._pieces, 1):
            item = SubElement(track, "clipitem", id=self._id(kind, index, place))
            _text(item, "name", one_line(piece.highlight.title))
            _text(item, "enabled", "TRUE")
            _text(item, "duration", self._cuts.length)
            _rate(item, self._cuts)
            _text(item, "start", offset)
            _text(item, "end", offset + piece.length)
            _text(item, "in", piece.start)
            _text(item, "out", piece.end)
            described = (self._number, kind, index, place) == (1, *self._tracks[0], 1)
            _file(item, self._cuts, described=described)
            source = SubElement(item, "sourcetrack")
            _text(source, "mediatype", kind)
            _text(source, "trackindex", index)
            self._links(item, place)
            offset += piece.length

    def _links(self, item: Element, place: int) -> None:
        for kind, index in self._tracks:
            link = SubElement(item, "link")
            _text(link, "linkclipref", self._id(kind, index, place))
            _text(link, "mediatype", kind)
            _text(link, "trackindex", index)
            _text(link, "clipindex", place)

    def _id(self, kind: str, index: int, place: int) -> str:
        return f"{kind}-{self._number}-{index}-{place}"


def _file(item: Element, cuts: CutList, *, described: bool) -> None:
    """Name the source; describe it where it is named first."""
    file = SubElement(item, "file", id=FILE)
    if not described:
        return
    _text(file, "name", cuts.media)
    _text(file, "pathurl", f"file://localhost/{quote(cuts.media)}")
    _rate(file, cuts)
    _text(file, "duration", cuts.length)
    _timecode(file, cuts)
    media = SubElement(file, "media")
    if cuts.source.video is not None:
        _picture(SubElement(media, "video"), cuts)
    audio = SubElement(media, "audio")
    _sound(audio, cuts)
    _text(audio, "channelcount", _channels(cuts))


def _picture(parent: Element, cuts: CutList) -> None:
    video = cuts.source.video
    found = SubElement(parent, "samplecharacteristics")
    _rate(found, cuts)
    _text(found, "width", video.width if video else DEFAULT_WIDTH)
    _text(found, "height", video.height if video else DEFAULT_HEIGHT)
    _text(found, "anamorphic", "FALSE")
    _text(found, "pixelaspectratio", "square")
    _text(found, "fielddominance", "none")


def _sound(parent: Element, cuts: CutList) -> None:
    found = SubElement(parent, "samplecharacteristics")
    _text(found, "depth", SAMPLE_BITS)
    _text(found, "samplerate", cuts.source.audio.sample_rate)


def _timecode(parent: Element, cuts: CutList) -> None:
    timecode = SubElement(parent, "timecode")
    _rate(timecode, cuts)
    _text(timecode, "string", "00:00:00:00")
    _text(timecode, "frame", 0)
    _text(timecode, "displayformat", "NDF")


def _rate(parent: Element, cuts: CutList) -> None:
    rate = SubElement(parent, "rate")
    _text(rate, "timebase", round(cuts.rate))
    _text(rate, "ntsc", "FALSE" if cuts.rate.denominator == 1 else "TRUE")


def _channels(cuts: CutList) -> int:
    return max(1, min(MAX_CHANNELS, cuts.source.audio.channels))


def _text(parent: Element, name: str, value: object) -> None:
    SubElement(parent, name).text = str(value)
