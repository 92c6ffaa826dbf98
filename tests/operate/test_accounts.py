"""What one account has is shown, given out, and deleted to the last byte."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import operator_command
from belongings import Belongings, belongings
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine

from klipfast_server.core.config import Config, Feed
from klipfast_server.store import sign_ins
from klipfast_server.store.database import Database

from .conftest import Operate, all_files, all_rows

Serve = Callable[[Config], Awaitable[Client]]


def traces(rows: dict[str, list[str]], files: dict[str, bytes], words: list[str]) -> list[str]:
    """Where one of the words occurs."""
    found = [
        f"{table}: {word}"
        for table, lines in rows.items()
        for word in words
        if any(word in line for line in lines)
    ]
    return found + [
        f"{name}: {word}"
        for name, content in files.items()
        for word in words
        if word in name or word.encode() in content
    ]


def words_of(caller_id: str, things: Belongings) -> list[str]:
    """Texts and ids that occur in nothing but an account's things."""
    return [caller_id, "quetzal", things.secret, things.partial_id, *things.ids.values()]


async def account_id(operate: Operate, config: Config, name: str) -> str:
    """The id of an account, as the command shows it."""
    shown = await operate(config, "accounts", "show", name)
    return shown.stdout.split()[1]


async def test_an_account_that_is_deleted_leaves_no_byte_and_takes_none_of_others(
    serve: Serve, config: Config, engine: FakeEngine, operate: Operate
) -> None:
    client = await serve(config)
    ada = await make_caller(client, account="ada quetzal", plan="business")
    ben = await make_caller(client, account="ben", plan="business")
    things = await belongings(ada, "quetzal")
    others = await belongings(ben, "axolotl")
    key = {"Idempotency-Key": "quetzal-1"}
    body = {"video_url": "https://example.com/quetzal.mp4"}
    await ada.call("POST", "/api/v1/process", json=body, headers=key)
    engine.hold("clip 1")
    await ada.submit(seconds=30)  # a job that runs
    running = await ada.submit(seconds=31)
    await ada.until(running, lambda job: job["status"] == "processing")
    words = words_of(await account_id(operate, config, "ada quetzal"), things)
    before = all_files(config.server.data_dir)
    kept = {name for name in before if any(other in name for other in others.ids.values())}
    there = traces(await all_rows(config.database.url), before, words)
    places = {trace.partition(":")[0] for trace in there}
    assert {"accounts", "jobs", "clips", "texts", "feedback", "idempotency_keys"} <= places
    assert {"uploads", "partial_uploads", "brands", "webhooks", "deliveries"} <= places

    unsure = await operate(config, "accounts", "delete", "ada quetzal")
    assert unsure.returncode == 1
    assert "needs --yes" in unsure.stderr
    assert (await ada.call("GET", "/api/v1/jobs")).status == 200
    deleted = await operate(config, "accounts", "delete", "ada quetzal", "--yes")
    assert deleted.returncode == 0, deleted.stderr
    assert (await ada.call("GET", "/api/v1/jobs")).status == 401
    engine.let_go("clip 1")

    after = all_files(config.server.data_dir)
    assert traces(await all_rows(config.database.url), after, words) == []
    assert kept
    assert {name: after.get(name) for name in kept} == {name: before[name] for name in kept}
    job = await ben.get(f"/api/v1/jobs/{others.ids['job_id']}")
    assert job["status"] == "completed"
    gone = await operate(config, "accounts", "show", "ada quetzal")
    assert gone.returncode == 1
    assert "There is no account" in gone.stderr


async def test_an_export_has_the_accounts_rows_and_files_and_no_secret(
    client: Client, ada: Caller, config: Config, operate: Operate, tmp_path: Path
) -> None:
    ben = await make_caller(client, account="ben", plan="business")
    things = await belongings(ada, "quetzal")
    others = await belongings(ben, "axolotl")
    to = tmp_path / "export"
    made = await operate(config, "accounts", "export", "ada", "--to", str(to))
    assert made.returncode == 0, made.stderr
    found = all_files(to)
    clips = [json.loads(line) for line in found["rows/clips.jsonl"].splitlines()]
    assert things.ids["clip_id"] in {clip["clip_id"] for clip in clips}
    have = all_files(config.server.data_dir)
    for clip in clips:
        for key in (clip["file_key"], clip["thumbnail_key"]):
            assert found[f"storage/{key}"] == have[f"storage/{key}"]
    upload_id = things.ids["upload_id"]
    assert found[f"uploads/{upload_id}/source"] == have[f"uploads/{upload_id}/source"]
    everything = b"\n".join([*found.values(), *(name.encode() for name in found)])
    for word in [*others.ids.values(), others.secret, "axolotl", things.secret, ada.key]:
        assert word.encode() not in everything, word
    for word in (things.ids["brand_id"], things.ids["webhook_id"], "About a quetzal."):
        assert word.encode() in everything, word
    again = await operate(config, "accounts", "export", "ada", "--to", str(to))
    assert again.returncode == 1
    assert "is not empty" in again.stderr


async def test_show_tells_plan_usage_keys_jobs_and_storage(
    serve: Serve, config: Config, operate: Operate
) -> None:
    ada = await make_caller(await serve(config), account="ada", plan="pro")
    await ada.until(await ada.submit(seconds=30))
    shown = (await operate(config, "accounts", "show", "ada")).stdout.splitlines()
    told = {line[:10].strip(): line[10:] for line in shown if line[:10].strip()}
    assert told["plan"] == "pro"
    assert told["minutes"].startswith("0.5 of 300 min since ")
    assert told["credits"] == "5 of the plan, 0 granted"
    assert told["keys"] == "1 valid"
    assert told["jobs"] == "1 completed"
    assert told["storage"].endswith("of 20,480 MB")
    assert any("3 clips" in line for line in shown)


async def test_an_account_that_settings_name_is_not_deleted(
    serve: Serve, config: Config, operate: Operate, tmp_path: Path
) -> None:
    await make_caller(await serve(config), account="ada", plan="business")
    feed = Feed(url="https://example.com/feed.xml", account="ada")
    named = msgspec.structs.replace(config, feeds=(feed,))
    file = tmp_path / "named.toml"
    file.write_text(f'[[feeds]]\nurl = "{named.feeds[0].url}"\naccount = "ada"\n')
    refused = await operate(config, "--config", str(file), "accounts", "delete", "ada", "--yes")
    assert refused.returncode == 1
    assert "feeds[0].account is ada; remove it from the settings first." in refused.stderr
    assert (await operate(config, "accounts", "show", "ada")).returncode == 0


async def test_a_person_deletes_an_account_by_typing_its_name(
    serve: Serve, config: Config, operate: Operate
) -> None:
    ada = await make_caller(await serve(config), account="ada lovelace", plan="business")
    job_id = await ada.submit(seconds=20)
    await ada.until(job_id)

    async def typing(typed: str) -> tuple[int, str]:
        return await asyncio.to_thread(
            operator_command.on_terminal,
            ("-m", "klipfast_server", "accounts", "delete", "ada lovelace"),
            operator_command.environ_of(config),
            ("Type its name to go on: ", typed),
        )

    control_d = "\x04"
    for wrong in ("ada\n", "\n", "yes\n", "ADA LOVELACE\n", control_d):
        code, screen = await typing(wrong)
        assert code == 1, screen
        assert "Everything of ada lovelace will be deleted." in screen
        assert "klipfast-server: nothing was deleted." in screen
        assert "Traceback" not in screen
    assert (await ada.get(f"/api/v1/jobs/{job_id}"))["status"] == "completed"
    code, screen = await typing("ada lovelace\n")
    assert code == 0, screen
    assert "is deleted, with 1 jobs and all its files" in screen
    assert (await ada.call("GET", "/api/v1/jobs")).status == 401
    assert (await operate(config, "accounts", "show", "ada lovelace")).returncode == 1


async def test_a_link_needs_a_name_only_where_there_are_several_accounts(
    client: Client, config: Config, operate: Operate, db: Database
) -> None:
    links = [(await operate(config, "keys", "link")).stdout for _ in range(2)]
    names = await db.pool.fetch("SELECT name FROM accounts")
    assert [row["name"] for row in names] == [sign_ins.FIRST_ACCOUNT]
    for link in links:
        code = link.strip().rpartition("/")[2]
        assert (await client.post("/api/v1/sign-in", json={"code": code})).status == 201
    for name in "abcdef":
        await make_caller(client, account=name)
    refused = await operate(config, "keys", "link")
    assert refused.returncode == 1
    assert "accounts: a, b, c, d, e and more; name one by --account." in refused.stderr
    named = await operate(config, "keys", "link", "--account", "f")
    assert named.stdout.count("/#/sign-in/") == 1
