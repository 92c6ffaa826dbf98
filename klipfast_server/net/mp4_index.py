"""Where an MP4 or MOV has its index, from parts of it."""

FIRST = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
LONG, SHORT = 16, 8  # bytes of a box's header with and without a 64-bit size
MAX_BOXES = 64  # boxes before the index; a file may be made of nothing else


def _index(part: bytes) -> tuple[int, int | None] | None:
    """(offset, size) of the index in a `part` that begins with a box.

    The size is None where the index lies beyond `part`: the next box to look at is at the offset.
    None where these are no boxes, too many, or the last of them has no size.
    """
    if part[4:8] not in FIRST:
        return None
    at = 0
    for _ in range(MAX_BOXES):
        if at + LONG > len(part):
            return at, None
        size, kind = int.from_bytes(part[at : at + 4]), part[at + 4 : at + SHORT]
        if size == 1:
            size = int.from_bytes(part[at + SHORT : at + LONG])
        if size < SHORT:
            return None
        if kind == b"moov":
            return at, size
        at += size
    return None


def has_index(part: bytes) -> bool:
    """Whether it has the whole index, and that names every packet: there are no fragments."""
    found = _index(part)
    if found is None or found[1] is None:
        return False
    end = found[0] + found[1]
    return end <= len(part) and b"mvex" not in part[found[0] : end]


def index_beyond(part: bytes) -> int | None:
    """The offset from which to look on for the index; None where that would be of no use."""
    found = _index(part)
    return found[0] if found is not None and found[1] is None else None


def wants_more(head: bytes, limit: int) -> bool:
    """Whether to read on up to `limit` bytes of the file, of which `head` was read.

    Not where the index stands farther off, nor where it came early and media follow already.
    """
    found = _index(head)
    if found is None:
        return True
    at, size = found
    return at < limit if size is None else at + size > len(head) // 2
