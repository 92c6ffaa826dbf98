"""Parses bodies and queries into the types of schema/; errors name the field."""

import asyncio
import re
from datetime import datetime
from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from klipfast_server.api.explanations import explain
from klipfast_server.core.config import Sources
from klipfast_server.core.errors import BadRequest, WrongMedia
from klipfast_server.net.guarded_client import FetchError, check_url

BODY_S = 60.0  # for a body of the largest size over a slow line
NUMBER = re.compile(rb"[-+.0-9eE]{1,32}")

Asked = TypeVar("Asked", bound=Struct)


async def body(request: web.Request, kind: type[Asked]) -> Asked:
    """Parse the JSON body as a `kind`. Raises BadRequest, which says what would be right."""
    whole = await content(request)
    try:
        return _decoded(whole, kind)
    except msgspec.ValidationError as error:
        raise explain(str(error), kind, "The body") from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(_not_json(whole, error)) from error


def _not_json(body: bytes, error: Exception) -> str:
    """Say why a body is no JSON."""
    if not body.strip():
        return "The body is empty; send a JSON object."
    if isinstance(error, RecursionError):
        return "The body is nested too deeply."
    if isinstance(error, UnicodeDecodeError):
        return "The body is not text in UTF-8."
    at = re.search(r"\(byte (\d+)\)", str(error))
    where = f" at byte {at[1]}" if at else ", which breaks off"
    return f'The body is not valid JSON{where}; send an object such as {{"name": "value"}}.'


async def content(request: web.Request) -> bytes:
    """Read the body into memory. Raises BadRequest where it does not arrive in time."""
    try:
        async with asyncio.timeout(BODY_S):
            return await request.read()
    except TimeoutError as error:
        raise BadRequest(
            f"The body did not arrive completely within {BODY_S:g} seconds."
        ) from error


def _decoded(content: bytes, kind: type[Asked]) -> Asked:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.ValidationError as error:
        if "got `float`" not in str(error):
            raise
        # To JSON 2.0 is a whole number like 2, and some languages write it so.
        return msgspec.json.decode(_with_integers(content), type=kind)


def _with_integers(content: bytes, depth: int = 2) -> bytes:
    """Write the whole numbers of an object's fields as integers, 2.0 as 2.

    Also those of objects in it, and in lists of it. What is deeper stays as it is, and unread: no
    body has integers there, and a hostile one may have a hundred thousand lists.
    """
    fields = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    return msgspec.json.encode({name: _integer(value, depth) for name, value in fields.items()})


def _integer(value: msgspec.Raw, depth: int) -> msgspec.Raw:
    text = bytes(value)
    if depth > 1 and text.startswith(b"{"):
        return msgspec.Raw(_with_integers(text, depth - 1))
    if depth > 1 and text.startswith(b"[{"):
        items = msgspec.json.decode(text, type=list[msgspec.Raw])
        whole = [_integer(i, depth) if bytes(memoryview(i)[:1]) == b"{" else i for i in items]
        return msgspec.Raw(msgspec.json.encode(whole))
    if NUMBER.fullmatch(text):
        number = msgspec.json.decode(text)
        if isinstance(number, float) and number.is_integer():
            return msgspec.Raw(str(int(number)).encode())
    return value


async def plain_text(request: web.Request) -> str:
    """Read a body that is text in UTF-8. Raises BadRequest, WrongMedia."""
    if (request.charset or "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise WrongMedia("Send the text in UTF-8.", field="Content-Type")
    try:
        return (await content(request)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(f"The body is not text in UTF-8: {error}.") from error


def convert(values: object, kind: type[Asked], whole: str) -> Asked:
    """Check values that do not come as JSON. Raises BadRequest; `whole`: what they are."""
    try:
        return msgspec.convert(values, type=kind)
    except msgspec.ValidationError as error:
        raise explain(str(error), kind, whole) from error


def query(request: web.Request, kind: type[Asked]) -> Asked:
    """Parse the query as a `kind`. Raises BadRequest, also for a repeated parameter."""
    asked = request.query
    for name in asked:
        if len(asked.getall(name)) > 1:
            raise BadRequest(f"{name} is repeated; send it once.", field=name)
    try:
        found = msgspec.convert(dict(asked), type=kind, strict=False)
    except msgspec.ValidationError as error:
        raise explain(str(error), kind, "The query") from error
    for name, text in asked.items():
        value = getattr(found, name)
        if type(value) is int and str(value) != text:  # "1e1" is a whole number to msgspec
            raise BadRequest(f"{name} must consist of digits, such as {value}.", field=name)
        if isinstance(value, datetime) and "T" not in text.upper():  # to msgspec also a number
            raise BadRequest(f"{name} must be a time such as 2026-04-15T10:00:00Z.", field=name)
    return found


def check_webhook(url: str, sources: Sources, *, field: str = "webhook_url") -> None:
    """Raise BadRequest for a URL that cannot receive webhooks.

    Host names are resolved, and private ones refused, only when a message is sent.
    """
    try:
        check_url(url, allow_private=sources.allow_private)
    except FetchError as error:
        raise BadRequest(f"{field}: {error}", field=field) from error
