"""The Content-Disposition header of a file (RFC 6266)."""

import re
import unicodedata
from urllib.parse import quote

UNSAFE = re.compile(r"[^ !#$&+\-.0-9A-Z\[\]^_`a-z{}~]")  # in a quoted file name, for every client


def content_disposition(name: str, *, inline: bool = False) -> str:
    """Return the header with the name in ASCII for old clients, and in full for the others."""
    manner = "inline" if inline else "attachment"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = UNSAFE.sub("_", plain).strip() or "file"
    full = quote(name, safe="")
    if plain == name:
        return f'{manner}; filename="{plain}"'
    return f"{manner}; filename=\"{plain}\"; filename*=UTF-8''{full}"
