"""What a person wants to see in a part of a source."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place in the source's picture, from its left and top, as shares of its sides, 0..1."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingChoice:
    """What a person wants to see in a part of a source, in place of what is planned."""

    start_s: float
    end_s: float
    points: tuple[Point, ...] = ()  # faces or places, a pane for each; none: the whole picture
