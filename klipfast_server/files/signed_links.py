"""Links of this server to stored files: an HMAC over the key, the expiry and the name of the file.

They are valid for as long as they say, wherever the file is stored; a bucket's own links end after
seven days at the latest.
"""

import time
from datetime import datetime
from urllib.parse import quote, urlencode

from klipfast_server.core import signing
from klipfast_server.core.errors import LinkRefused

PURPOSE = "link"


def sign(secret: bytes, key: str, *, expires_at: datetime, name: str, base_url: str) -> str:
    """Return `base_url`/files/KEY?expires=…&name=…&signature=…"""
    expires = str(int(expires_at.timestamp()))
    signature = signing.sign(secret, PURPOSE, _signed_text(key, expires, name))
    query = urlencode({"expires": expires, "name": name, "signature": signature})
    return f"{base_url}/files/{quote(key)}?{query}"


def check(secret: bytes, key: str, *, expires: str, name: str, signature: str) -> None:
    """Raise LinkRefused unless the parts of a link are signed, and it has not expired."""
    if not signing.matches(secret, PURPOSE, _signed_text(key, expires, name), signature):
        raise LinkRefused("This download link is invalid; get the clip again for a new one.")
    if int(expires) <= time.time():  # only digits: the signature covers them
        raise LinkRefused("This download link has expired; get the clip again for a new one.")


def _signed_text(key: str, expires: str, name: str) -> str:
    return f"{key}\n{expires}\n{name}"
