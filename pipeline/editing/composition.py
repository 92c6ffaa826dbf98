"""Everything a clip is made of, on one clock: the source's, or the clip's after cutting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from pipeline.core.data import (
    CropKey,
    CropPath,
    CropSegment,
    FaceTrack,
    Shot,
    SourceLayout,
    Span,
    Word,
)
from pipeline.core.layout import crops_at, zoom_in
from pipeline.core.timemap import TimeMap, remap_words

PUNCH_IN_ZOOM = 1.06  # of every other piece: people seem to step closer, not to jump
MIN_ZOOM_STAY_S = 1.2  # changing the zoom sooner would jitter


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """Pictures and speech, all in the seconds of `span`."""

    span: Span
    words: tuple[Word, ...]
    path: CropPath
    shots: tuple[Shot, ...]
    speakers: tuple[tuple[Span, str], ...] = ()  # who speaks when
    cut: TimeMap | None = None  # maps the source's seconds if the clock is the clip's


def tighten(scene: Composition, cut: TimeMap) -> Composition:
    """Apply a cut to a scene on the source timeline; the result is on the clip's clock."""
    zoomed = _alternate_zoom(cut)
    segments = [
        part
        for n, (piece, begins_s) in enumerate(cut.pieces())
        for part in _cut_segments(scene, piece, begins_s, PUNCH_IN_ZOOM if zoomed[n] else 1.0)
    ]
    return Composition(
        span=Span(start_s=0.0, end_s=cut.duration_s),
        words=remap_words(scene.words, cut),
        path=replace(scene.path, segments=tuple(segments)),
        shots=tuple(_cut_shot(shot, cut) for shot in scene.shots),
        speakers=tuple((_cut_span(turn, cut), name) for turn, name in scene.speakers),
        cut=cut,
    )


def _alternate_zoom(cut: TimeMap) -> list[bool]:
    """Return whether each piece is zoomed in; a zoom stays for at least MIN_ZOOM_STAY_S."""
    zoomed, stayed_s = [False], cut.kept[0].duration_s
    for piece in cut.kept[1:]:
        changes = stayed_s >= MIN_ZOOM_STAY_S
        zoomed.append(zoomed[-1] != changes)
        stayed_s = piece.duration_s + (0.0 if changes else stayed_s)
    return zoomed


def _cut_segments(
    scene: Composition, piece: Span, begins_s: float, zoom: float
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
        factor = zoom if segment.layout == "crop" else 1.0
        around = _face_center(scene.shots, segment, span) if factor != 1.0 else None
        keys, *others = (
            tuple(
                CropKey(t_s=key.t_s + shift_s, box=zoom_in(key.box, factor, around))
                for key in _keys_within(replace(segment, keys=keys, others=()), span)
            )
            for keys in (segment.keys, *segment.others)
        )
        yield replace(
            segment,
            start_s=start_s + shift_s,
            end_s=end_s + shift_s,
            keys=keys,
            others=tuple(others),
        )


def _keys_within(segment: CropSegment, span: Span) -> Iterator[CropKey]:
    """Yield the keys of one pane from one end of `span` to the other."""
    if len(segment.keys) <= 1:
        yield from segment.keys
        return
    for t_s in (span.start_s, span.end_s):
        inner = (key for key in segment.keys if span.start_s < key.t_s < span.end_s)
        if t_s == span.end_s:
            yield from inner
        (box,) = crops_at(segment, t_s)
        yield CropKey(t_s=t_s, box=box)


def _face_center(
    shots: Sequence[Shot], segment: CropSegment, span: Span
) -> tuple[float, float] | None:
    """Return the median center of the faces in the crop during `span`; None without faces."""
    middles = [
        (x, y)
        for track in (t for shot in shots for t in shot.tracks)
        for t_s, face in zip(track.times_s, track.faces, strict=True)
        if span.start_s <= t_s < span.end_s
        for x, y in [(face.box.x + face.box.w / 2, face.box.y + face.box.h / 2)]
        for box in crops_at(segment, t_s)
        if box.x <= x <= box.x + box.w and box.y <= y <= box.y + box.h
    ]
    if not middles:
        return None
    return median(x for x, _ in middles), median(y for _, y in middles)


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
