"""Long lists as JSON, read and written in batches, so that other threads run in between.

msgspec keeps the interpreter's lock for a whole call: hours of words in one call would stop every
other thread, the event loop of a server too, for a tenth of a second and more.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

import msgspec

BATCH = 2000  # items of one call: a millisecond or two

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
    """Yield the items of a JSON array, from index `first` to before `end`.

    Raises msgspec.DecodeError.
    """
    items: Sequence[msgspec.Raw] = msgspec.json.decode(array, type=list[msgspec.Raw])[first:end]
    for at in range(0, len(items), BATCH):
        batch = b",".join(items[at : at + BATCH])
        yield from msgspec.json.decode(b"[" + batch + b"]", type=list[kind])  # type: ignore[valid-type]  # a type that is a value here
