"""The most expensive legal call of every route: each has one, and none does its work on the loop.

How long each holds the event loop is measured by `make test-holds`.
"""

import re
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import expensive_calls
import full_database
import msgspec
import pytest
from caller import TUS, Caller, Client, make_caller
from fake_engine import FakeEngine
from server_settings import changed

from klipfast_server.api import app_keys
from klipfast_server.api.description import openapi, reference_pages
from klipfast_server.api.texts import text_answers
from klipfast_server.core.config import Config
from klipfast_server.schema.branding import brand_styles
from klipfast_server.store import talk_json
from pipeline.alignment import transcript_reader
from pipeline.captions import previews, quote_card
from pipeline.export import ass_subtitles, subtitles, timelines
from pipeline.texts import checks, formats, quotation_reader

Serve = Callable[[Config], Awaitable[Client]]
WORDS = 2_400  # enough for twenty clips, and quicker than the most there may be
FILE = b"seconds 30".ljust(1_000_000)

# What takes longer the more there is: the functions, and the routes that call them.
HEAVY: dict[str, tuple[Any, str]] = {
    "a talk is read": (talk_json, "_stored"),
    "a talk is written": (talk_json, "encode"),
    "a transcript is written": (subtitles, "write_json"),
    "captions are written plainly": (subtitles, "write"),
    "captions are written": (ass_subtitles, "write"),
    "a timeline is written": (timelines, "write"),
    "a given transcript is read": (transcript_reader, "read"),
    "a text is compared with its talk": (checks, "faults"),
    "the sources of texts are found": (text_answers, "answers"),
    "a text is converted": (formats, "convert"),
    "quotations are read": (quotation_reader, "_items"),
    "a quotation is drawn": (quote_card, "fit"),
    "a brand is drawn": (previews, "_words"),
    "a style of one's own is read": (brand_styles, "change_style"),
    "the page of documentation is made": (reference_pages._TEMPLATE, "render"),
}


async def begun(ada: Caller) -> str:
    """The id of an upload in pieces."""
    headers = TUS | {"Upload-Length": str(len(FILE))}
    response = await ada.call("POST", "/api/v1/resumable-uploads", headers=headers)
    return response.headers["Location"].rsplit("/", 1)[1]


async def prepared(ada: Caller, config: Config, words: int = WORDS) -> list[expensive_calls.Call]:
    """The calls, and a database that is full of what they name."""
    assert ada.client.app is not None
    db = ada.client.app[app_keys.DATABASE]
    async with db.pool.acquire() as connection:
        await full_database.fill_queue(connection, 30)
        laid = await full_database.lay_in(connection, "ada", full_database.talk(words))
    clip = await ada.get(f"/api/v1/clips/{laid.clip_id}")
    path = config.server.data_dir / "storage" / "clips" / laid.job_id / f"{laid.clip_id}.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"clip")
    source = config.server.data_dir / "uploads" / laid.upload_id / "source"
    source.parent.mkdir(parents=True)
    source.write_bytes(b"source")
    return expensive_calls.calls(
        laid,
        routes=routes(ada.client),
        file=FILE,
        link=clip["download_url"].removeprefix(str(ada.client.make_url("")).rstrip("/")),
        partials=(await begun(ada), await begun(ada)),
    )


def _watched(threads: set[int], real: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """What `real` returns; its thread is added."""
    threads.add(threading.get_ident())
    return real(*args, **options)


def routes(client: Client) -> set[expensive_calls.Route]:
    """Method and path of every route, but the HEAD that comes with each GET."""
    assert client.app is not None
    return {(call.method, call.path) for call in openapi.calls(client.app)}


async def test_every_route_has_its_call(ada: Caller, config: Config) -> None:
    calls = await prepared(ada, config, words=300)
    assert {call.route for call in calls} == routes(ada.client)


@pytest.mark.slow  # makes every call with much in it
async def test_no_call_does_heavy_work_on_the_loop(
    serve: Serve, config: Config, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = await serve(changed(config, "server", operator="ada"))
    ada = await make_caller(client, account="ada", plan="business")
    calls = await prepared(ada, config)
    loop, worked = threading.get_ident(), dict[str, set[int]]()
    for what, (module, name) in HEAVY.items():
        monkeypatch.setattr(
            module, name, partial(_watched, worked.setdefault(what, set()), getattr(module, name))
        )
    engine.hold("listen")  # the jobs are not the subject
    for call in calls:
        response = await ada.call(call.route[0], call.path, **call.options)
        body = await response.read()
        assert response.status < 300, (call.route, body[:300])
    assert all(worked.values()), worked
    assert [what for what, threads in worked.items() if loop in threads] == []
    engine.let_go("listen")


@pytest.mark.slow  # writes a talk of 24,000 words
async def test_the_bodies_are_the_largest(ada: Caller, config: Config) -> None:
    calls = await prepared(ada, config, words=24_000)
    bodies = {call.route[1]: call.options["json"] for call in calls if "json" in call.options}
    sizes = {path: len(msgspec.json.encode(body)) for path, body in bodies.items()}
    limit = config.limits.body_bytes
    assert limit / 2 < sizes["/api/v1/process"] < limit
    assert 100_000 < sizes["/api/v1/clips/{clip_id}/renders"] < limit
    transcript = bodies["/api/v1/process"]["transcript"]
    assert len(transcript) == full_database.TRANSCRIPT_CHARS
    assert re.search("-->", transcript)
