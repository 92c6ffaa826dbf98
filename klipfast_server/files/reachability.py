"""Whether the storage can be reached, for those who ask often: it is asked some seconds apart."""

import asyncio
import time

from klipfast_server.files.storage import Storage, StorageAway, StorageError

ANSWER_S = 2.0  # maximum seconds for the storage to answer
KEPT_S = 5.0  # for which an answer is told again


class Reachability:
    """The last answer of a storage to the question whether it can be used."""

    def __init__(self, storage: Storage) -> None:
        """Nothing is asked yet."""
        self._storage = storage
        self._asking = asyncio.Lock()
        self._asked_at: float | None = None
        self._fault = ""

    async def fault(self) -> str:
        """Return what is wrong with the storage, a sentence; empty if it can be used.

        Takes ANSWER_S at most: whoever asks at the same time gets the same answer.
        """
        async with self._asking:
            now = time.monotonic()
            if self._asked_at is None or now - self._asked_at > KEPT_S:
                self._fault = await self._ask()
                self._asked_at = time.monotonic()
            return self._fault

    async def _ask(self) -> str:
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._storage.reach()
        except TimeoutError:
            return f"The server's storage does not answer within {ANSWER_S:g} seconds."
        except StorageAway:
            return "The server's storage does not answer."
        except StorageError as error:
            return str(error)
        return ""
