"""Long lists as JSON, read and written in batches, so that other threads run in between.

msgspec keeps the interpreter's lock for a whole call: hours of words in one call would stop every
other thread, the event loop of a server too, for a tenth of a second and more.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

BATCH = 2000  # items of one call: a millisecond or two
PIECE_BYTES = 1 << 18  # read at once, about as many
_BETWEEN = re.compile(rb"\},\s*\{")

Item = TypeVar("Item")


def encode(items: Iterable[object]) -> msgspec.Raw:
    """Return the items as a JSON array."""
    iterator, parts = iter(items), list[bytes]()
    while batch := list(islice(iterator, BATCH)):
        parts.append(msgspec.json.encode(batch)[1:-1])
    return msgspec.Raw(b"[" + b",".join(parts) + b"]")


def decode(
    array: msgspec.Raw, kind: type[Item], first: int = 0, end: int | None = None
) -> Iterator[Item]:
    """Yield the items of a JSON array of objects, from index `first` to before `end`.

    Raises msgspec.DecodeError.
    """
    at = 0
    for items in _pieces(bytes(array)):
        chosen = items[max(0, first - at) : None if end is None else max(0, end - at)]
        at += len(items)
        if chosen:
            batch = b",".join(chosen)
            yield from msgspec.json.decode(b"[" + batch + b"]", type=list[kind])  # type: ignore[valid-type]  # a type that is a value here
        if end is not None and at >= end:
            return


def _pieces(array: bytes) -> Iterator[Sequence[msgspec.Raw]]:
    """Yield runs of an array's items, cut where one object seems to end and the next to begin.

    Inside a string a cut leaves its quotation mark open, so that the piece is no JSON: the rest is
    then read in one.
    """
    body = array.strip()[1:-1]
    begin = 0
    while found := _BETWEEN.search(body, begin + PIECE_BYTES):
        try:
            items = _items(body[begin : found.start() + 1])
        except msgspec.DecodeError:
            break
        yield items
        begin = found.end() - 1
    yield _items(body[begin:])


def _items(body: bytes) -> Sequence[msgspec.Raw]:
    return msgspec.json.decode(b"[" + body + b"]", type=list[msgspec.Raw])
