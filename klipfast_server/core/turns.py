"""Whose turn it is where several accounts share a few threads: none takes them all."""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """A lock for each account: one piece of its work at a time."""

    def __init__(self) -> None:
        # A lock lives for as long as somebody holds it or waits for it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, account_id: str) -> asyncio.Lock:
        """Return the account's lock, to hold while its work is done."""
        return self._locks.setdefault(account_id, asyncio.Lock())
