"""Rectangles of whole pixels: right and bottom exclusive."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle, not empty."""

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
    def pixels(self) -> int:
        """Return how many pixels it has."""
        return self.width * self.height

    @classmethod
    def around(cls, left: float, top: float, right: float, bottom: float) -> "Area":
        """Return the smallest area with even edges around these."""
        return cls(
            math.floor(left / 2) * 2,
            math.floor(top / 2) * 2,
            math.ceil(right / 2) * 2,
            math.ceil(bottom / 2) * 2,
        )

    def scaled(self, factor: float, x: float, y: float) -> "Area":
        """Return the even area around this one enlarged about a point."""
        return Area.around(
            x + (self.left - x) * factor,
            y + (self.top - y) * factor,
            x + (self.right - x) * factor,
            y + (self.bottom - y) * factor,
        )

    def moved(self, right: int, down: int) -> "Area":
        """Return the area at another place."""
        return Area(self.left + right, self.top + down, self.right + right, self.bottom + down)

    def within(self, other: "Area") -> "Area | None":
        """Return the part inside `other`, if any."""
        left, top = max(self.left, other.left), max(self.top, other.top)
        right, bottom = min(self.right, other.right), min(self.bottom, other.bottom)
        return Area(left, top, right, bottom) if left < right and top < bottom else None

    def overlaps(self, other: "Area") -> bool:
        """Whether two areas share a pixel."""
        return self.within(other) is not None

    def holds(self, other: "Area") -> bool:
        """Whether the center of another area is in this one."""
        x, y = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        return self.left <= x < self.right and self.top <= y < self.bottom

    def transposed(self) -> "Area":
        """Return the same area of the transposed picture."""
        return Area(self.top, self.left, self.bottom, self.right)


def union(areas: Iterable[Area]) -> Area:
    """Return the smallest area around all of these, at least one."""
    found = list(areas)
    return Area(
        min(a.left for a in found),
        min(a.top for a in found),
        max(a.right for a in found),
        max(a.bottom for a in found),
    )
