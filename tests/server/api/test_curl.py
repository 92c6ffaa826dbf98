"""Each curl command of the documentation works when it is typed, with one's own key and ids."""

import asyncio
import itertools
import re
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import skia
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine

from klipfast_server.api import app_keys, curl, openapi
from klipfast_server.core.config import Config
from klipfast_server.store import accounts, sign_ins

Serve = Callable[[Config], Awaitable[Client]]

LENGTHS = itertools.count(30)  # seconds; two jobs of one video at a time are a conflict
TALK_BYTES = 1_000_000  # as the example of a resumable upload says
LOGO = bytes(skia.Surface(40, 40).makeImageSnapshot().encodeToData(skia.kPNG, 100))
LAST = ("POST", "PATCH", "DELETE")  # what only looks comes first, what removes comes last


@pytest.fixture
async def ada(serve: Serve, config: Config) -> Caller:
    """Her webhooks may lead to this machine."""
    sources = msgspec.structs.replace(config.sources, allow_private=True)
    client = await serve(msgspec.structs.replace(config, sources=sources))
    return await make_caller(client, plan="business")


@pytest.mark.slow  # a hundred processes
async def test_every_command_works(ada: Caller, engine: FakeEngine, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    (tmp_path / "talk.mp4").write_bytes(b"seconds 30".ljust(TALK_BYTES))
    (tmp_path / "logo.png").write_bytes(LOGO)
    base = str(ada.client.make_url("")).rstrip("/")
    for call in sorted(openapi.calls(ada.client.app), key=_turn):
        told = curl.command(call, base)
        assert curl.KEY in told or not call.operation.key
        command = await _own(told, call, ada, engine)
        status = await _typed(command, tmp_path)
        right = {str(status) for status in call.operation.answers}
        if " -L" in command:  # it follows the redirect to the file
            right = {"200"}
        assert status in right, (command, status)
        for hold in list(engine.holds):
            engine.let_go(hold)


def _turn(call: openapi.Call) -> int:
    return LAST.index(call.method) + 1 if call.method in LAST else 0


async def _own(command: str, call: openapi.Call, ada: Caller, engine: FakeEngine) -> str:
    """The command with one's own key, and the ids of things that the call can be made for."""
    own = {curl.KEY: ada.key}
    for place in re.findall(r"https://example.com/\w+\.mp4", command):
        own[place] = (await ada.upload(f"seconds {next(LENGTHS)}".encode()))["video_url"]
    if call.path.startswith("/files/"):
        link = (await _done(ada))["clips"][0]["download_url"]
        own[str(ada.client.make_url("/files/clips/")) + "…?expires=…"] = link
    for name, found in (await _ids(call, ada, engine)).items():
        own[openapi.PATH_PARAMETERS[name][1]] = found
    if call.name == "sign_in":
        assert call.operation.example is not None
        own[str(call.operation.example["code"])] = await _code(ada)
    for theirs, ours in own.items():
        command = command.replace(theirs, ours)
    return command


async def _ids(call: openapi.Call, ada: Caller, engine: FakeEngine) -> dict[str, str]:
    """What the call's path may name, made for it."""
    names = set(call.path_parameters)
    engine.speakers = ("Speaker 1", "Speaker 2")  # as in the example that names one
    engine.spoken = {0: "I read Anna Carena."}  # as in the one that corrects it
    found: dict[str, str] = {}
    if "delivery_id" in names:
        found = await _told(ada, account="webhook_id" in names)
    elif "webhook_id" in names:
        found["webhook_id"] = (await _webhook(ada))["webhook_id"]
    elif "brand_id" in names:
        brand = await ada.post("/api/v1/brands", {"name": "Acme"}, 201)
        found["brand_id"] = brand["brand_id"]
        await ada.call("PUT", f"/api/v1/brands/{brand['brand_id']}/logo", data=LOGO)
    elif "key_id" in names:
        found["key_id"] = (await ada.post("/api/v1/keys", {}, 201))["key_id"]
    elif "clip_id" in names:
        found["clip_id"] = (await _done(ada))["clips"][0]["clip_id"]
        if call.name == "get_feedback":
            said = f"/api/v1/clips/{found['clip_id']}/feedback"
            await ada.post(said, {"verdict": "kept"})
    elif "upload_id" in names:
        found["upload_id"] = await _upload_id(ada, resumable="resumable" in call.path)
    elif call.name in ("cancel_job", "retry_job", "pause_job", "resume_job"):
        engine.hold("listen")
        found["job_id"] = await ada.submit(next(LENGTHS))
        if call.name in ("retry_job", "resume_job"):
            before = "cancel" if call.name == "retry_job" else "pause"
            await ada.post(f"/api/v1/jobs/{found['job_id']}/{before}")
    elif "number" in names:
        found["job_id"] = (await _done(ada, text_outputs=["quote_cards"]))["job_id"]
    elif "job_id" in names:
        found["job_id"] = (await _done(ada))["job_id"]
        if call.name == "make_clip":
            engine.let_go("listen") if "listen" in engine.holds else None
    return found


async def _code(ada: Caller) -> str:
    """A code that signs a person in."""
    assert ada.client.app is not None
    db = ada.client.app[app_keys.DATABASE]
    account = await accounts.of_key(db, ada.key)
    assert account is not None
    return await sign_ins.create_code(db, account.account_id)


async def _upload_id(ada: Caller, *, resumable: bool) -> str:
    if not resumable:
        whole: str = (await ada.upload(b"seconds 30"))["upload_id"]
        return whole
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(TALK_BYTES)}
    begun = await ada.call("POST", "/api/v1/resumable-uploads", headers=headers)
    return begun.headers["Location"].rsplit("/", 1)[1]


async def _webhook(ada: Caller) -> Any:
    body = {"url": str(ada.client.make_url("/hook")), "events": ["job.completed"]}
    return await ada.post("/api/v1/webhooks", body, 201)


async def _told(ada: Caller, *, account: bool) -> dict[str, str]:
    """A message to a webhook of the account, or to the job's own."""
    if account:
        found = {"webhook_id": (await _webhook(ada))["webhook_id"]}
        await _done(ada)
        path = f"/api/v1/webhooks/{found['webhook_id']}/deliveries"
    else:
        job = await _done(ada, webhook_url=str(ada.client.make_url("/hook")))
        found = {"job_id": job["job_id"]}
        path = f"/api/v1/jobs/{found['job_id']}/deliveries"
    return found | {"delivery_id": (await ada.get(path))["deliveries"][0]["delivery_id"]}


async def _done(ada: Caller, **options: object) -> Any:
    """A job that has ended."""
    return await ada.until(await ada.submit(next(LENGTHS), **options))


async def _typed(command: str, folder: Path) -> str:
    """The status that a shell's user gets."""
    quiet = "--silent --show-error --max-time 20 --write-out '\\n%{http_code}'"
    process = await asyncio.create_subprocess_shell(
        command.replace("curl ", f"curl {quiet} ", 1),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, (command, errors)
    return output.decode(errors="replace").rsplit("\n", 1)[1]
