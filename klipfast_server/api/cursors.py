"""Opaque pagination cursors: the last item of a page, signed for one list of one account."""

import base64
import binascii
import hmac
from datetime import UTC, datetime, timedelta

from aiohttp import web

from klipfast_server.api import app_keys
from klipfast_server.core import signing
from klipfast_server.core.errors import BadRequest

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PURPOSE = "cursor"


class Pages:
    """The pages of a list of the caller's; items that arrive later do not move them.

    `listed` names the list with its filters and order; `cursor` is "" for the first page.
    """

    def __init__(self, request: web.Request, listed: str, cursor: str) -> None:
        self._secret = request.app[app_keys.SECRET]
        self._list = f"{request[app_keys.ACCOUNT].account_id}\n{listed}"
        self._cursor = cursor

    def next(self, place: datetime | int, line_id: str) -> str:
        """Return the cursor of the page after an item; `place` is what the list is ordered by."""
        if isinstance(place, datetime):
            place = (place - EPOCH) // timedelta(microseconds=1)
        return self._sealed(f"{place}.{line_id}")

    def after_time(self) -> tuple[datetime, str] | None:
        """Return (time, item_id) of the item before the page. Raises BadRequest."""
        found = self.after()
        return found and (EPOCH + timedelta(microseconds=found[0]), found[1])

    def after(self) -> tuple[int, str] | None:
        """Return (number, item_id). Raises BadRequest for a cursor not issued for this list."""
        if not self._cursor:
            return None
        refused = BadRequest(
            "cursor is not one of this list's; take next_cursor of the page before, unchanged.",
            field="cursor",
        )
        try:
            padded = self._cursor + "=" * (-len(self._cursor) % 4)
            text = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode()
        except (binascii.Error, UnicodeError) as error:
            raise refused from error
        place, _, _signature = text.rpartition(".")
        # Base64 has several spellings of one text; only the one that was given out is taken.
        if not hmac.compare_digest(self._sealed(place).encode(), self._cursor.encode()):
            raise refused
        number, _, line_id = place.partition(".")
        return int(number), line_id

    def _sealed(self, place: str) -> str:
        signature = signing.sign(self._secret, PURPOSE, f"{self._list}\n{place}")
        return base64.urlsafe_b64encode(f"{place}.{signature}".encode()).rstrip(b"=").decode()
