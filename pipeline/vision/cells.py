"""Rectangles of a small picture, in whole pixels."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A part of a small picture, in pixels; right and bottom are excluded."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Return the width in pixels."""
        return self.right - self.left

    @property
    def height(self) -> int:
        """Return the height in pixels."""
        return self.bottom - self.top

    @property
    def area(self) -> int:
        """Return the area in pixels."""
        return self.width * self.height

    def turned(self) -> "Cell":
        """Return the same cell of the transposed picture."""
        return Cell(left=self.top, top=self.left, right=self.bottom, bottom=self.right)

    def holds(self, other: "Cell") -> bool:
        """Whether the center of another cell is in this one."""
        x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        return self.left <= x < self.right and self.top <= y < self.bottom

    def overlaps(self, other: "Cell") -> bool:
        """Whether two cells share a pixel."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def around(cells: Sequence[Cell]) -> Cell:
    """Return the smallest cell that contains all; there is one at least."""
    return Cell(
        left=min(cell.left for cell in cells),
        top=min(cell.top for cell in cells),
        right=max(cell.right for cell in cells),
        bottom=max(cell.bottom for cell in cells),
    )
