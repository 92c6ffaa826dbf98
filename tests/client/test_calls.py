"""Each call of the API has a method, which calls it as the document says."""

import inspect
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from project_paths import ROOT

import klipfast_client
from klipfast_client import ApiError, connected

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
# What has no method of its own, and why.
WITHOUT = {
    "upload_file": "`upload` sends by tus, which resumes",
    "describe_resumable": "`upload` knows the protocol's version",
    "get_resumable_offset": "a part of `upload`",
    "append_to_resumable": "a part of `upload`",
    "delete_resumable": "what is not sent on expires by itself",
    "get_source": "`source_link`, and `download` for it",
    "get_preview_stream": "`preview_stream`, and `download` for its URL",
    "get_brand_file": "the caller has it",
    "get_file": "`download` takes whole links",
    "sign_in": "for the page: it makes a key of a link",
    "create_session": "for the page: a program has a key",
    "sign_out": "for the page",
    "check_health": "for operators",
    "check_readiness": "for operators",
    "get_openapi": "for generators",
    "get_docs": "for people",
}
VALUES: dict[str, Any] = {
    "number": 1,
    "count": 1,
    "at_seconds": 1.0,
    "start_seconds": 1.0,
    "end_seconds": 2.0,
    "names": {},
    "items": [],
    "events": [],
}
Start = Callable[[web.Application], Awaitable[TestServer]]


async def test_each_call_has_a_method(aiohttp_server: Start, tmp_path: Path) -> None:
    called: set[tuple[str, str]] = set()

    async def refuse(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer key"
        called.add((request.method, request.path))
        body = {"error": "not_found", "message": "Nothing is here.", "request_id": "req_1"}
        return web.json_response(body, status=404)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    server = await aiohttp_server(app)
    file = tmp_path / "file"
    file.write_bytes(b"content")
    async with connected(str(server.make_url("/")), "key") as client:
        for name, method in inspect.getmembers(client, inspect.ismethod):
            if name.startswith("_") or name == "download":  # which sends no key
                continue
            await refused(method, file)
        await refused(client.job_webhook_secret, file, rotate=True)
    assert operations_of(called) == {
        operation["operationId"] for _, _, operation in operations()
    } - set(WITHOUT)


async def refused(method: Callable[..., Awaitable[object]], file: Path, **more: object) -> None:
    """Call a method with a value for each argument that it needs."""
    given: dict[str, Any] = {}
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD or parameter.default is not parameter.empty:
            continue
        given[name] = file if name == "path" else VALUES.get(name, name)
    with suppress(ApiError):  # a DELETE accepts 404
        await method(**given, **more)


def operations() -> list[tuple[str, str, Any]]:
    """(method, path, operation) of each call that the document has."""
    return [
        (method.upper(), path, operation)
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]


def operations_of(called: set[tuple[str, str]]) -> set[str]:
    """The operations of some calls, each of which must be one."""
    found = set()
    for method, path in called:
        fitting = [
            operation["operationId"]
            for kind, template, operation in operations()
            if kind == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
        ]
        assert fitting, f"{method} {path} is no call of the API"
        found.add(fitting[0])
    return found


def test_each_method_is_in_the_documentation() -> None:
    told = re.findall(r"`(\w+)`", (ROOT / "docs" / "client.md").read_text(encoding="utf-8"))
    methods = inspect.getmembers(klipfast_client.Client, inspect.isfunction)
    assert {name for name, _ in methods if not name.startswith("_")} <= set(told)


def test_what_has_no_method_is_a_call_of_the_api() -> None:
    assert set(WITHOUT) <= {operation["operationId"] for _, _, operation in operations()}
    assert klipfast_client.__version__ == DOCUMENT["info"]["version"]
