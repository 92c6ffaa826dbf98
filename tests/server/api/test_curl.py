"""Each curl command of the documentation works when it is typed, with one's own key and ids."""

import asyncio
import itertools
import re
import shutil
from pathlib import Path

import pytest
from belongings import Belongings, belongings
from caller import TUS, Caller, Client, make_caller
from fake_engine import FakeEngine
from pictures import png

from klipfast_server.api import app_keys
from klipfast_server.api.description import curl, openapi
from klipfast_server.store import accounts, sign_ins

LENGTHS = itertools.count(40)  # seconds; two jobs of one video at a time are a conflict
TALK_BYTES = 1_000_000  # as the example of a resumable upload says
BEFORE = {"cancel_job": "", "pause_job": "", "retry_job": "cancel", "resume_job": "pause"}


@pytest.mark.slow  # a hundred processes
async def test_every_command_works(client: Client, engine: FakeEngine, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl on this machine")
    (tmp_path / "talk.mp4").write_bytes(b"seconds 30".ljust(TALK_BYTES))
    (tmp_path / "logo.png").write_bytes(png(40, 40))
    engine.speakers = ("Speaker 1", "Speaker 2")  # as in the example that names one
    engine.spoken = {0: "I read Anna Carena."}  # as in the one that corrects it
    base = str(client.make_url("")).rstrip("/")
    reader = await make_caller(client, account="owner", plan="business")  # the operator
    read = await belongings(reader, "xylograph")
    for number, call in enumerate(openapi.calls(client.app)):
        caller, things = reader, read
        if call.method != "GET":  # changes or removes what it is made for
            caller = await make_caller(client, account=f"account{number}", plan="business")
            things = await belongings(caller, "xylograph") if call.path_parameters else read
        told = curl.command(call, base)
        assert curl.KEY in told or not call.operation.key
        command = await _own(told, call, caller, things, engine)
        status = await _typed(command, tmp_path)
        right = {str(status) for status in call.operation.answers}
        if " -L" in command:  # it follows the redirect to the file
            right = {"200"}
        if call.name == "sign_out":  # there is no session where one has a key
            right = {"404"}
        assert status in right, (command, status)
        for hold in list(engine.holds):
            engine.let_go(hold)


async def _own(
    command: str, call: openapi.Call, caller: Caller, things: Belongings, engine: FakeEngine
) -> str:
    """The command with one's own key, and the ids of things that the call can be made for."""
    own = {curl.KEY: caller.key}
    for place in re.findall(r"https://example.com/\w+\.mp4", command):
        own[place] = (await caller.upload(f"seconds {next(LENGTHS)}".encode()))["video_url"]
    if call.path_parameters:
        own[str(caller.client.make_url("/files/clips/")) + "…?expires=…"] = things.link
        ids = things.ids
        if "jobs" in call.path:
            ids = ids | {"delivery_id": things.job_delivery_id}
        if "resumable" in call.path:
            length = TUS | {"Upload-Length": str(TALK_BYTES)}
            begun = await caller.call("POST", "/api/v1/resumable-uploads", headers=length)
            ids = ids | {"upload_id": begun.headers["Location"].rsplit("/", 1)[1]}
        if call.name in BEFORE:
            engine.hold("listen")
            ids = ids | {"job_id": await caller.submit(next(LENGTHS))}
            if before := BEFORE[call.name]:
                await caller.post(f"/api/v1/jobs/{ids['job_id']}/{before}")
        for name in set(call.path_parameters) & set(ids):
            own[openapi.PATH_PARAMETERS[name][1]] = ids[name]
    if call.name in ("sign_in", "create_session"):
        assert call.operation.example is not None
        account = await accounts.of_key(caller.app[app_keys.DATABASE], caller.key)
        assert account is not None
        code = await sign_ins.create_code(caller.app[app_keys.DATABASE], account.account_id)
        own[str(call.operation.example["code"])] = code
    for theirs, ours in own.items():
        command = command.replace(theirs, ours)
    return command


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
