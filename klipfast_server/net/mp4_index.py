"""Finds the index of an MP4 or MOV in parts of the file."""

FIRST_BOXES = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
LONG_HEADER_BYTES, SHORT_HEADER_BYTES = 16, 8  # with and without a 64-bit size
MAX_BOXES = 64  # before the index; a malicious file may consist of empty boxes


def _find_index(part: bytes) -> tuple[int, int | None] | None:
    """Return (offset, size) of the index in a `part` that begins with a box.

    The size is None if the index is beyond `part`; the offset is then that of the next box.
    None if these are not boxes, too many, or the last of them has no size.
    """
    if part[4:8] not in FIRST_BOXES:
        return None
    at = 0
    for _ in range(MAX_BOXES):
        if at + LONG_HEADER_BYTES > len(part):
            return at, None
        size, kind = int.from_bytes(part[at : at + 4]), part[at + 4 : at + SHORT_HEADER_BYTES]
        if size == 1:
            size = int.from_bytes(part[at + SHORT_HEADER_BYTES : at + LONG_HEADER_BYTES])
        if size < SHORT_HEADER_BYTES:
            return None
        if kind == b"moov":
            return at, size
        at += size
    return None


def has_index(part: bytes) -> bool:
    """Whether the part has the whole index, and the index covers every packet (no fragments)."""
    found = _find_index(part)
    if found is None or found[1] is None:
        return False
    end = found[0] + found[1]
    return end <= len(part) and b"mvex" not in part[found[0] : end]


def index_beyond(part: bytes) -> int | None:
    """Return the offset at which to search further for the index; None if that is useless."""
    found = _find_index(part)
    return found[0] if found is not None and found[1] is None else None


def wants_more(head: bytes, limit: int) -> bool:
    """Whether to read on up to `limit` bytes of the file, after reading `head`.

    False if the index is farther away, or if it came early and media already follow.
    """
    found = _find_index(head)
    if found is None:
        return True
    at, size = found
    return at < limit if size is None else at + size > len(head) // 2
