"""The audit log has what was done, by whom and from where, before it is answered; and no secret."""

import asyncio
import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from belongings import belongings
from caller import Caller, Client, make_caller
from project_paths import ROOT
from serving import environment, new_key, serving

from klipfast_server.api import app_keys, operations
from klipfast_server.core.config import Config
from klipfast_server.store import audit, database

from .conftest import Operate, all_files, all_rows

Serve = Callable[[Config], Awaitable[Client]]
ROTATE = "/api/v1/webhook-secret/rotate"  # it needs nothing and changes something
Entries = list[dict[str, Any]]


async def entries(operate: Operate, config: Config, *options: str) -> Entries:
    """What the command prints, as objects."""
    done = await operate(config, "audit", "--json", *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_what_a_key_changes_is_in_the_log_with_key_address_and_ids(
    client: Client, ada: Caller, config: Config, operate: Operate
) -> None:
    job_id = await ada.submit(seconds=20)
    job = await ada.until(job_id)
    clip_id = job["clips"][0]["clip_id"]
    made = await ada.post("/api/v1/keys", {"name": "Build 'em"}, 201)
    other = Caller(client=client, key=made["key"])
    answer = await other.call("POST", f"/api/v1/clips/{clip_id}/renders", json={"title": "Other"})
    again = await answer.json()
    await ada.until(again["job_id"])
    await other.call("POST", f"/api/v1/clips/{clip_id}/renders", json={"title": 5})
    await other.get("/api/v1/webhook-secret")
    for reading in ("/api/v1/jobs", f"/api/v1/jobs/{job_id}", "/api/v1/usage", "/api/v1/keys"):
        await other.get(reading)
    await other.call("DELETE", f"/api/v1/jobs/{job_id}")
    found = await entries(operate, config)
    assert [(e["action"], e["object_id"], e["made_id"], e["outcome"]) for e in found] == [
        ("upload_file", None, job["upload_id"], "201"),
        ("process_video", None, job_id, "202"),
        ("create_key", None, made["key_id"], "201"),
        ("render_clip", clip_id, again["job_id"], "202"),
        ("render_clip", clip_id, None, "400"),
        ("get_webhook_secret", None, None, "200"),
        ("delete_job", job_id, None, "204"),
    ]
    assert {(e["actor"], e["account"], e["address"]) for e in found} == {
        ("key", "ada", "127.0.0.1")
    }
    assert {e["key_name"] for e in found[3:]} == {"Build 'em"}
    assert found[3]["request_id"] == answer.headers["X-Request-Id"]
    assert [e["number"] for e in found] == sorted(e["number"] for e in found)
    told = (await operate(config, "audit", "--account", "ada")).stdout.splitlines()
    assert (
        f'ada  {made["key_id"]} "Build \'em"  127.0.0.1  delete_job  {job_id}  204  req_'
        in (told[-1])
    )


async def test_no_secret_and_no_word_of_a_body_is_in_the_log(
    client: Client, ada: Caller, config: Config, operate: Operate
) -> None:
    things = await belongings(ada, "quetzal")
    token = (await ada.post("/api/v1/upload-tokens", {}, 201))["token"]
    sent = await client.post(
        "/api/v1/uploads", data=b"seconds 12", headers={"Authorization": f"Bearer {token}"}
    )
    assert sent.status == 201
    link = await operate(config, "keys", "link", "--account", "ada")
    code = link.stdout.strip().rpartition("/")[2]
    first = await client.post("/api/v1/sign-in", json={"code": code})
    second = await client.post("/api/v1/sign-in", json={"code": code})
    assert (first.status, second.status) == (201, 401)
    key = (await first.json())["key"]
    # What stands where an id should may be a secret that somebody has pasted there.
    await ada.call("DELETE", f"/api/v1/keys/{ada.key}")
    await ada.call("POST", f"/api/v1/jobs/{things.secret}/cancel")
    await client.post("/api/v1/process", headers={"Authorization": "Bearer kf_live_sk_wrong"})
    rows = "\n".join((await all_rows(config.database.url))["audit"])
    for secret in (ada.key, things.secret, token, code, key, "quetzal", "wrong"):
        assert secret not in rows, secret
    found = await entries(operate, config)
    actions = {e["action"] for e in found}
    assert {"create_webhook", "create_brand", "put_brand_file", "create_upload_token"} <= actions
    signed = [e for e in found if e["action"] == "sign_in"]
    assert [(e["actor"], e["account"], e["outcome"]) for e in signed] == [
        ("nobody", "ada", "201"),
        ("nobody", None, "401"),
    ]
    assert [e["actor"] for e in found if e["action"] == "upload_file"][-1] == "token"
    assert not any(e["outcome"] == "401" for e in found if e["action"] != "sign_in")


async def test_what_a_key_may_not_do_is_in_the_log_and_floods_are_not(
    serve: Serve, config: Config, operate: Operate
) -> None:
    client = await serve(config)
    ada = await make_caller(client, account="ada", plan="starter")
    reading = await ada.post("/api/v1/keys", {"name": "reads", "scopes": ["read"]}, 201)
    reader = Caller(client=client, key=reading["key"])
    assert (await reader.call("POST", "/api/v1/process", json={})).status == 403
    states = [(await ada.call("POST", ROTATE)).status for _ in range(100)]
    assert {200, 429} == set(states)
    found = await entries(operate, config)
    assert (found[1]["action"], found[1]["key_name"], found[1]["outcome"]) == (
        "process_video",
        "reads",
        "403",
    )
    assert [e["outcome"] for e in found[2:]] == ["200"] * states.count(200)


async def test_every_call_that_changes_something_is_noted(client: Client) -> None:
    assert client.app is not None
    left_out = set()
    for route in client.app.router.routes():
        operation = operations.of(route.handler)
        changes = route.method not in ("GET", "HEAD", "OPTIONS")
        if operation is not None and changes and operation.noted is False:
            left_out.add(route.handler.__name__)
    assert left_out == {"preview_clip", "open_preview_stream", "append_to_resumable"}


async def test_operators_commands_are_in_the_log(
    serve: Serve, config: Config, operate: Operate, tmp_path: Path
) -> None:
    await serve(config)
    create = ("keys", "create", "--account", "ada", "--plan", "pro")
    key_id = (await operate(config, *create)).stdout.split()[1]
    for command in (
        ("accounts", "set-plan", "ada", "business"),
        ("accounts", "credit", "ada", "5"),
        ("accounts", "export", "ada", "--to", str(tmp_path / "export")),
        ("keys", "link", "--account", "ada"),
        ("keys", "revoke", key_id),
        ("backup", "--to", str(tmp_path / "b.tar")),
        ("drain",),
        ("resume",),
        ("retention",),
    ):
        assert (await operate(config, *command)).returncode == 0, command
    for refused in (("keys", "revoke", "key_none"), ("accounts", "set-plan", "eve", "pro")):
        assert (await operate(config, *refused)).returncode == 1
    await operate(config, "retention", "--dry-run")
    found = await entries(operate, config)
    assert [(e["action"], e["account"], e["object_id"]) for e in found] == [
        ("keys create", "ada", key_id),
        ("accounts set-plan", "ada", "business"),
        ("accounts credit", "ada", "+5"),
        ("accounts export", "ada", None),
        ("keys link", "ada", None),
        ("keys revoke", "ada", key_id),
        ("backup", None, "b.tar"),
        ("drain", None, None),
        ("resume", None, None),
        ("retention", None, None),
    ]
    assert {(e["actor"], e["outcome"]) for e in found} == {("operator", "done")}
    assert all(e["address"] for e in found)
    exported = (tmp_path / "export" / "rows" / "audit.jsonl").read_text().splitlines()
    assert [json.loads(line)["action"] for line in exported] == [
        "keys create",
        "accounts set-plan",
        "accounts credit",
        "accounts export",
    ]


async def test_of_a_deleted_account_nothing_is_left_but_that_it_was_deleted(
    client: Client, ada: Caller, config: Config, operate: Operate
) -> None:
    await ada.submit(seconds=20)
    account_id = (await operate(config, "accounts", "show", "ada")).stdout.split()[1]
    ben = await make_caller(client, account="ben", plan="business")
    await ben.upload(b"seconds 30")
    assert (await operate(config, "accounts", "delete", "ada", "--yes")).returncode == 0
    kept, gone = await entries(operate, config)
    assert (kept["account"], kept["action"]) == ("ben", "upload_file")
    assert (gone["action"], gone["object_id"]) == ("accounts delete", audit.digest(account_id))
    assert (gone["account_id"], gone["account"], gone["key_id"]) == (None, None, None)
    assert not any(account_id in line for line in (await all_rows(config.database.url))["audit"])


async def test_entries_come_back_with_a_restore_which_notes_itself(
    ada: Caller, config: Config, fresh: Config, operate: Operate, tmp_path: Path
) -> None:
    await ada.upload(b"seconds 30")
    before = await entries(operate, config)
    await operate(config, "backup", "--to", str(tmp_path / "b.tar"))
    assert (await operate(fresh, "restore", "--from", str(tmp_path / "b.tar"))).returncode == 0
    *same, last = await entries(operate, fresh)
    assert same == before
    assert (last["action"], last["actor"]) == ("restore", "operator")
    assert last["object_id"].startswith("as of 20")
    assert all_files(fresh.server.data_dir)


async def test_entries_are_never_changed(ada: Caller, config: Config) -> None:
    await ada.upload(b"seconds 30")
    connection = await asyncpg.connect(config.database.url)
    try:
        with pytest.raises(asyncpg.RaiseError, match="never changed"):
            await connection.execute("UPDATE audit SET outcome = '404'")
    finally:
        await connection.close()


async def test_entries_are_kept_for_days_and_read_from_a_moment_on(
    serve: Serve, config: Config, operate: Operate
) -> None:
    client = await serve(config)
    ada = await make_caller(client, account="ada", plan="business")
    connection = await asyncpg.connect(config.database.url)
    try:
        await connection.execute(
            "SELECT setval(pg_get_serial_sequence('audit', 'number'), 1500)"  # room for older ones
        )
        await ada.upload(b"seconds 30")
        await client.close()  # its own sweep would delete what is old
        await connection.execute(
            "INSERT INTO audit (number, at, actor, address, action, outcome) "
            "OVERRIDING SYSTEM VALUE "
            "SELECT 1501 - n, now() - make_interval(days => n), 'nobody', '::1', 'sign_in', '401' "
            "FROM generate_series(1500, 1, -1) n"
        )
    finally:
        await connection.close()
    assert len(await entries(operate, config)) == 1501  # three pages and one
    recent = await entries(operate, config, "--since", "7d")
    assert [e["action"] for e in recent] == ["sign_in"] * 6 + ["upload_file"]
    assert await entries(operate, config, "--since", "2199-01-01") == []
    assert len(await entries(operate, config, "--account", "ada", "--since", "2020-01-01")) == 1
    for wrong, told in (
        (("--since", "yesterday"), "--since 'yesterday' is no time; 2026-11-28"),
        (("--since", "0001-01-01T00:00+14:00"), "is no time; 2026-11-28"),
        (("--account", "eve"), "There is no account 'eve'; klipfast-server accounts list"),
    ):
        refused = await operate(config, "audit", *wrong)
        assert refused.returncode == 1
        assert told in refused.stderr
    would = await operate(config, "retention", "--dry-run", "--json")
    done = await operate(config, "retention", "--json")
    [old] = json.loads(done.stdout)["expired"]
    assert (old["kind"], old["account"], old["rows"]) == ("audit entries", "-", 1500 - 364)
    assert json.loads(would.stdout)["expired"] == [old]
    assert len(await entries(operate, config)) == 364 + 2  # and the upload, and retention


async def test_a_reader_who_has_read_enough_ends_it_in_silence(
    config: Config, client: Client
) -> None:
    assert client.app is not None
    connection = await asyncpg.connect(config.database.url)
    await connection.execute(
        "INSERT INTO audit (actor, address, action, outcome) "
        "SELECT 'nobody', '::1', 'sign_in', '401' FROM generate_series(1, 20000)"
    )
    await connection.close()
    command = f"{sys.executable} -m klipfast_server audit | head -n 1"
    done = await asyncio.to_thread(
        subprocess.run,
        ["bash", "-o", "pipefail", "-c", command],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
        env={
            "PATH": "/usr/bin:/bin",
            "KLIPFAST_DATABASE_URL": config.database.url,
            "KLIPFAST_DATA_DIR": str(config.server.data_dir),
        },
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1


async def test_calls_that_come_together_are_each_noted_before_they_are_answered(
    client: Client, ada: Caller
) -> None:
    assert client.app is not None
    db: database.Database = client.app[app_keys.DATABASE]

    async def one(number: int) -> None:
        answer = await ada.call("POST", "/api/v1/keys", json={"name": f"key {number}"})
        stored = await db.pool.fetchval(
            "SELECT outcome FROM audit WHERE request_id = $1", answer.headers["X-Request-Id"]
        )
        assert stored == str(answer.status) == "201"

    await asyncio.gather(*(one(number) for number in range(60)))


async def test_an_entry_that_the_database_does_not_take_is_in_the_servers_log(
    client: Client, ada: Caller, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.server.started
    connection = await asyncpg.connect(config.database.url)
    try:
        await connection.execute("ALTER TABLE audit RENAME TO elsewhere")
        made = await ada.post("/api/v1/keys", {"name": "a key"}, 201)  # done, so it must be told
        [told] = [r.getMessage() for r in caplog.records if "not stored" in r.getMessage()]
        assert "create_key" in told
        assert made["key_id"] in told
        assert made["key"] not in told
        await connection.execute("ALTER TABLE elsewhere RENAME TO audit")
        await ada.post("/api/v1/keys", {"name": "another"}, 201)
        assert await connection.fetchval("SELECT count(*) FROM audit") == 1
    finally:
        await connection.close()


async def test_a_call_that_fails_has_an_entry_for_its_change_may_stand(
    client: Client, ada: Caller, config: Config, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.server.started
    connection = await asyncpg.connect(config.database.url)
    try:
        # As Postgres refuses what it can never do, and then as a standby refuses every change.
        for code, status in (("0A000", 500), ("25006", 503)):
            await connection.execute(
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END$$"
            )
            await connection.execute(
                "CREATE OR REPLACE TRIGGER refusal BEFORE INSERT ON job_webhook_secrets "
                "EXECUTE FUNCTION refuse()"
            )
            assert (await ada.call("POST", ROTATE)).status == status
        rows = await connection.fetch("SELECT action, outcome FROM audit")
    finally:
        await connection.close()
    assert [tuple(row) for row in rows] == [("rotate_webhook_secret", "500")]
    [told] = [r.getMessage() for r in caplog.records if "not stored" in r.getMessage()]
    assert "rotate_webhook_secret" in told
    assert "503" in told


def test_a_server_that_is_killed_has_noted_all_that_it_has_answered() -> None:
    with tempfile.TemporaryDirectory(prefix="kf-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # the user of embedded Postgres passes through
        environ = environment(name)
        with serving(environ) as (address, process):
            headers = {"Authorization": f"Bearer {new_key(environ)}"}
            answered = []
            for number in range(30):
                body = json.dumps({"name": f"key {number}"}).encode()
                call = urllib.request.Request(f"{address}/api/v1/keys", body, headers)
                call.add_header("Content-Type", "application/json")
                with urllib.request.urlopen(call, timeout=30) as answer:
                    answered.append(answer.headers["X-Request-Id"])
            process.kill()
            process.wait(30)
        shown = subprocess.run(
            [sys.executable, "-m", "klipfast_server", "audit", "--json"],
            env=environ,
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        found = [json.loads(line) for line in shown.stdout.splitlines()]
        made = [entry["request_id"] for entry in found if entry["action"] == "create_key"]
        assert made == answered
