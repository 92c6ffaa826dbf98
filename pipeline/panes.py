"""Where the parts of a clip's picture stand: one, or two halves. Knows nothing of sources."""

from dataclasses import dataclass

from pipeline.data import LayoutKind


@dataclass(frozen=True, slots=True)
class Pane:
    """A rectangle of the clip's picture, even pixels, that shows one crop."""

    x: int
    y: int
    width: int
    height: int


def panes(layout: LayoutKind, width: int, height: int) -> tuple[Pane, ...]:
    """The parts of a picture of `width` x `height`, in the order of a segment's crops.

    Halves lie above each other, and beside each other where the picture is wide.
    """
    if layout != "split":
        return (Pane(0, 0, width, height),)
    if width > height:
        seam = width // 4 * 2  # chroma has half the columns
        return Pane(0, 0, seam, height), Pane(seam, 0, width - seam, height)
    seam = height // 4 * 2
    return Pane(0, 0, width, seam), Pane(0, seam, width, height - seam)
