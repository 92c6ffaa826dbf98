"""Everything a clip is made of, on one clock: the source's, or the clip's after cutting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.core.data import (
    CropKey,
    CropPath,
    CropSegment,
    FaceTrack,
    Motion,
    Shot,
    SourceLayout,
    Span,
    Word,
)
from pipeline.core.face_room import face_room
from pipeline.core.layout import crops_at, zoom_in
from pipeline.core.timemap import TimeMap, remap_words
from pipeline.editing.jump_zoom import Zoom, jump_zooms


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """Pictures and speech, all in the seconds of `span`."""

    span: Span
    words: tuple[Word, ...]
    path: CropPath
    shots: tuple[Shot, ...]
    speakers: tuple[tuple[Span, str], ...] = ()  # who speaks when
    order: tuple[Span, ...] = ()  # its parts as they are to play; empty: as they lie
    cut: TimeMap | None = None  # maps the source's seconds if the clock is the clip's


def tighten(scene: Composition, cut: TimeMap, motion: Motion) -> Composition:
    """Apply a cut to a scene on the source timeline; the result is on the clip's clock.

    `motion` tells how much a jump zoom hides that a face jumps where time was cut out.
    """
    zooms = jump_zooms(cut, motion)
    segments = [
        part
        for (piece, begins_s), zoom in zip(cut.pieces(), zooms, strict=True)
        for part in _cut_segments(scene, piece, begins_s, zoom)
    ]
    runs = cut.runs()
    return Composition(
        span=Span(start_s=0.0, end_s=cut.duration_s),
        words=remap_words(scene.words, cut),
        path=replace(scene.path, segments=tuple(segments)),
        shots=tuple(
            _cut_shot(shot, run) for run in runs for shot in scene.shots if _meets(shot, run.span)
        ),
        speakers=tuple(
            (_cut_span(turn, run), name)
            for run in runs
            for turn, name in scene.speakers
            if _meets(turn, run.span)
        ),
        cut=cut,
    )


def _cut_segments(
    scene: Composition, piece: Span, begins_s: float, zoom: Zoom
) -> Iterator[CropSegment]:
    """Yield the segments of the crop path within a kept piece, on the clip's clock."""
    shift_s = begins_s - piece.start_s
    last = len(scene.path.segments) - 1
    for n, segment in enumerate(scene.path.segments):
        # the path covers its span, but a picture's own time may be slightly before or after it
        start_s = piece.start_s if n == 0 else max(piece.start_s, segment.start_s)
        end_s = piece.end_s if n == last else min(piece.end_s, segment.end_s)
        if start_s >= end_s:
            continue
        span = Span(start_s=start_s, end_s=end_s)
        if segment.layout == "crop":
            panes = [tuple(_zoomed(scene.shots, segment, span, shift_s, zoom))]
        else:
            panes = [
                tuple(
                    replace(key, t_s=key.t_s + shift_s)
                    for key in _keys_within(replace(segment, keys=keys, others=()), span)
                )
                for keys in (segment.keys, *segment.others)
            ]
        yield replace(
            segment,
            start_s=start_s + shift_s,
            end_s=end_s + shift_s,
            keys=panes[0],
            others=tuple(panes[1:]),
        )


def _zoomed(
    shots: Sequence[Shot], segment: CropSegment, span: Span, shift_s: float, zoom: Zoom
) -> Iterator[CropKey]:
    """Yield the keys of a crop within `span`, zoomed in about its face, on the clip's clock."""
    room = face_room(segment, shots, span.start_s, span.end_s)
    begin_s, end_s = span.start_s + shift_s, span.end_s + shift_s
    landing = [t_s - shift_s for t_s in zoom.moments(begin_s, end_s)]
    for key in _keys_within(segment, span, landing):
        t_s = key.t_s + shift_s
        factor = zoom.at(min(max(t_s, begin_s), end_s))  # a lone key may lie elsewhere
        if room is not None:
            factor = min(factor, room.max_zoom)
        around = None if room is None else room.center(key.box)
        yield CropKey(t_s=t_s, box=zoom_in(key.box, factor, around))


def _keys_within(
    segment: CropSegment, span: Span, moments: Sequence[float] = ()
) -> Iterator[CropKey]:
    """Yield the keys of one pane from one end of `span` to the other, and at `moments` in it."""
    if len(segment.keys) <= 1 and not moments:
        yield from segment.keys
        return
    inner = {key.t_s for key in segment.keys if span.start_s < key.t_s < span.end_s}
    for t_s in sorted({span.start_s, *inner, *moments, span.end_s}):
        (box,) = crops_at(segment, t_s)
        yield CropKey(t_s=t_s, box=box)


def _meets(part: Shot | Span, span: Span) -> bool:
    return part.start_s < span.end_s and part.end_s > span.start_s


def _cut_shot(shot: Shot, cut: TimeMap) -> Shot:
    """Put a shot on the clip's clock, with the faces of the kept moments."""
    return replace(
        shot,
        start_s=cut.to_clip(shot.start_s),
        end_s=cut.to_clip(shot.end_s),
        tracks=tuple(track for t in shot.tracks if (track := _cut_track(t, cut)).times_s),
        layout=shot.layout and _cut_layout(shot.layout, cut),
    )


def _cut_layout(layout: SourceLayout, cut: TimeMap) -> SourceLayout:
    """Put regions on the clip's clock, without those that are cut out."""
    moved = [
        replace(region, start_s=cut.to_clip(region.start_s), end_s=cut.to_clip(region.end_s))
        for region in layout.regions
    ]
    return replace(layout, regions=tuple(r for r in moved if r.end_s > r.start_s))


def _cut_span(span: Span, cut: TimeMap) -> Span:
    return Span(start_s=cut.to_clip(span.start_s), end_s=cut.to_clip(span.end_s))


def _cut_track(track: FaceTrack, cut: TimeMap) -> FaceTrack:
    left = [n for n, t_s in enumerate(track.times_s) if cut.holds(t_s)]
    return FaceTrack(
        times_s=tuple(cut.to_clip(track.times_s[n]) for n in left),
        faces=tuple(track.faces[n] for n in left),
        speaks=tuple(track.speaks[n] for n in left) if track.speaks else (),
    )
