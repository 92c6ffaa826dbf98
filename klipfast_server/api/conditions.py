"""Conditional requests for what is made in memory: ETags, If-Match and If-None-Match.

As RFC 9110 has them, section 13; those for files, with their ranges, are in `byte_ranges`.
"""

from collections.abc import Sequence

from aiohttp import ETag, web
from aiohttp.web_request import BaseRequest

from klipfast_server.api.operations import Header
from klipfast_server.core.errors import BadRequest, Changed
from klipfast_server.store.texts import Check, TextRow

ANY = "*"
ETAG = {"ETag": "Identifies this response; changes with its content."}
IF_NONE_MATCH = Header(
    name="If-None-Match",
    description="ETag of the response you have; 304 without a body if nothing has changed.",
)
PUT_HEADERS = (
    Header(
        name="If-Match",
        description="ETag of the text that you edited, or `*` for any; 412, and nothing is "
        "replaced, if it has changed.",
    ),
    Header(
        name="If-None-Match", description="`*`: 412, and nothing is replaced, if there is a text."
    ),
)


def same_as_known(request: web.Request, tag: str) -> bool:
    """Whether If-None-Match names what is there (weak comparison)."""
    return any(known.value in (tag, ANY) for known in request.if_none_match or ())


def headers_of(tag: str) -> dict[str, str]:
    """Return the headers by which a later request can ask whether anything has changed."""
    return {"ETag": quoted(tag), "Cache-Control": "private, no-cache"}


def quoted(tag: str) -> str:
    """Return the value of an ETag header."""
    return f'"{tag}"'


def names(wanted: Sequence[ETag], tag: str, *, there: bool = True) -> bool:
    """Whether If-Match names a tag (strong comparison), or anything where something is there."""
    return any(
        not known.is_weak and (known.value == tag or (there and known.value == ANY))
        for known in wanted
    )


def of_put(request: web.Request) -> Check:
    """Return what a PUT demands of the text that it replaces; it raises Changed.

    Raises BadRequest for conditions that cannot be read: nothing is replaced by mistake.
    """
    match, none = (_tags(request, name) for name in ("If-Match", "If-None-Match"))

    def check(row: TextRow | None) -> None:
        there, tag = row is not None and row.text != "", row.tag if row is not None else ""
        if match is not None and not names(match, tag, there=there):
            raise Changed(
                "The text is another one than If-Match names; get it again, and send its ETag.",
                field="If-Match",
            )
        if none is not None and there and any(known.value in (tag, ANY) for known in none):
            raise Changed(
                "There is a text, which If-None-Match forbids to replace.", field="If-None-Match"
            )

    return check


def _tags(request: BaseRequest, name: str) -> tuple[ETag, ...] | None:
    """Return the tags of a header; None if it is not sent."""
    if name not in request.headers:
        return None
    found = request.if_match if name == "If-Match" else request.if_none_match
    if not found:
        raise BadRequest(
            f"{name} must be * or ETags in double quotes, as answers have them.", field=name
        )
    return tuple(found)
