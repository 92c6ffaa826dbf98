"""Divides a still picture into cells, recursively, at borders that were drawn and not filmed.

The method is the recursive XY-cut of document analysis (Nagy and Seth, "Hierarchical representation
of optically scanned documents", 1984).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.core.areas import Area
from pipeline.vision.bars import margin_of, trim
from pipeline.vision.still_picture import Views
from pipeline.vision.window_borders import (
    MIN_CELL_PIXELS,
    Border,
    divides_equally,
    gutters,
    seams,
)

MAX_DEPTH = 4  # a call beside a shared screen: its column, its row, and a divided window or two


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A cell and its parts, if it was divided."""

    cell: Area
    parts: tuple["Node", ...] = ()
    has_gutters: bool = False  # between the parts

    def leaves(self) -> Iterator[Area]:
        """Yield the cells that were not divided."""
        if not self.parts:
            yield self.cell
        for part in self.parts:
            yield from part.leaves()


def divide(
    views: Views,
    cell: Area,
    faces: Sequence[Area],
    depth: int = MAX_DEPTH,
    *,
    equally: bool = False,
) -> Node:
    """Divide a cell into rows and columns, and these again; no border crosses one of `faces`.

    A part with one face is not divided at seams: a window's frame behind a person may look so.
    With `equally`, seams have equal parts on both sides.
    """
    are_many = _count(cell, faces) > 1
    finds = (gutters, seams) if are_many or depth == MAX_DEPTH else (gutters,)
    for find in finds if depth else ():
        for axis, view in enumerate(views):
            seen = cell.transposed() if axis else cell
            kept = [f.transposed() if axis else f for f in faces]
            borders = [
                b
                for b in find(view, seen)
                if not _crosses(b, kept)
                and (b.color or not equally or divides_equally(seen, (b.start + b.end) / 2))
            ]
            if not borders:
                continue
            ground = borders[0].color
            parts = [part.transposed() if axis else part for part in _parts(seen, borders)]
            if ground is not None:
                parts = [trim(views, part, margin_of(ground)) for part in parts]
            # what a seam cuts off may be a table, and then the wall above it may have an edge
            cut_off = len(parts) == 1 or not all(_count(part, faces) for part in parts)
            doubt = equally or (ground is None and cut_off)
            nodes = tuple(divide(views, p, faces, depth - 1, equally=doubt) for p in parts)
            if len(nodes) > 1:
                return Node(cell=cell, parts=nodes, has_gutters=ground is not None)
            if nodes and nodes[0].parts and are_many:  # all but a strip, such as a bar of tools
                return nodes[0]
    return Node(cell=cell)


def _count(cell: Area, faces: Sequence[Area]) -> int:
    return sum(cell.holds(face) for face in faces)


def _crosses(border: Border, faces: Sequence[Area]) -> bool:
    """Whether a face is on both sides of a border."""
    return any(
        face.left < border.end
        and border.start < face.right
        and face.top < border.bottom
        and border.top < face.bottom
        for face in faces
    )


def _parts(cell: Area, borders: Sequence[Border]) -> list[Area]:
    """Return what is between the borders and large enough."""
    top = max([cell.top, *(b.top for b in borders)])
    bottom = min([cell.bottom, *(b.bottom for b in borders)])
    starts = [cell.left, *(b.end for b in borders)]
    ends = [*(b.start for b in borders), cell.right]
    return [
        Area(a, top, b, bottom)
        for a, b in zip(starts, ends, strict=True)
        if min(b - a, bottom - top) >= MIN_CELL_PIXELS
    ]
