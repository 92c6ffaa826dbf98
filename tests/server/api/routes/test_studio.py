"""The page at /, and what it asks for beside what all callers do."""

import gzip
import re
from typing import Any

import pytest
from caller import Caller, Client, make_caller
from yarl import URL

from klipfast_server.api import studio_files
from klipfast_server.core.config import S3, Config
from klipfast_server.store import accounts, sign_ins
from klipfast_server.store.database import Database


async def test_the_page_and_all_that_it_names_are_there(client: Client) -> None:
    response = await client.get("/")
    page = await response.text()
    assert (response.status, response.content_type) == (200, "text/html")
    assert response.headers["Cache-Control"] == "no-cache"
    named = re.findall(r'(?:href|src)="(/studio/[^"]+)"', page)
    assert len(named) > 20
    for path in ("0/js/main.js", "{}/js/none.js", "{}/__init__.py"):
        answer = await client.get("/studio/" + path.format(studio_files.load().version))
        assert (answer.status, answer.content_type) == (404, "application/json")
    for path in named:
        answer = await client.get(path, headers={"Accept-Encoding": "identity"})
        assert answer.status == 200, path
        assert "immutable" in answer.headers["Cache-Control"]
        text = await answer.text()
        for other in re.findall(r'(?:from|import\() ?"(\.[^"]+)"', text):
            reached = URL(path).join(URL(other))
            assert (await client.get(reached)).status == 200, (path, other)


async def test_the_page_is_asked_for_again_and_not_sent_again(client: Client) -> None:
    first = await client.get("/")
    again = await client.get("/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")
    assert "Content-Security-Policy" in again.headers


async def test_files_are_compressed_where_that_is_taken(client: Client) -> None:
    version = studio_files.load().version
    path = f"/studio/{version}/js/strings.js"
    plain = await client.get(path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    packed = await client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert await packed.read() in (gzip.compress(await plain.read(), mtime=0), await plain.read())


def test_pictures_may_come_from_the_bucket() -> None:
    own = studio_files.policy(None)
    assert "img-src 'self' blob: data:" in own
    assert "unsafe" not in own
    minio = S3(bucket="clips", endpoint_url="http://127.0.0.1:9000/path")
    assert "media-src 'self' http://127.0.0.1:9000 blob:" in studio_files.policy(minio)
    amazon = studio_files.policy(S3(bucket="clips", region="eu-west-1"))
    assert "https://clips.s3.eu-west-1.amazonaws.com" in amazon


@pytest.fixture
async def account_id(ada: Caller, db: Database) -> str:
    """Hers."""
    account = await accounts.of_key(db, ada.key)
    assert account is not None
    return account.account_id


async def test_a_code_becomes_a_key_once(
    client: Client, ada: Caller, db: Database, account_id: str
) -> None:
    code = await sign_ins.create_code(db, account_id)
    response = await client.post("/api/v1/sign-in", json={"code": code})
    assert response.status == 201
    signed_in = await response.json()
    caller = Caller(client=client, key=signed_in["key"])
    keys = (await caller.get("/api/v1/keys"))["keys"]
    [mine] = [key for key in keys if key["current"]]
    assert (mine["name"], mine["key_id"]) == ("Studio", signed_in["key_id"])
    for wrong in (code, "x", "y" * 200):
        refused = await client.post("/api/v1/sign-in", json={"code": wrong})
        assert (refused.status, (await refused.json())["field"]) == (401, "code")
    rows = await db.pool.fetch("SELECT * FROM sign_in_codes")
    assert rows == []
    late = await sign_ins.create_code(db, account_id)
    await db.pool.execute("UPDATE sign_in_codes SET expires_at = now()")
    assert (await client.post("/api/v1/sign-in", json={"code": late})).status == 401
    assert ada.key != signed_in["key"]


async def test_a_code_outlasts_an_account_that_has_too_many_keys(
    client: Client, ada: Caller, db: Database, account_id: str
) -> None:
    made = [await ada.post("/api/v1/keys", {"name": f"key {n}"}, 201) for n in range(99)]
    code = await sign_ins.create_code(db, account_id)
    refused = await client.post("/api/v1/sign-in", json={"code": code})
    assert (refused.status, (await refused.json())["error"]) == (409, "conflict")
    await ada.call("DELETE", f"/api/v1/keys/{made[0]['key_id']}")
    accepted = await client.post("/api/v1/sign-in", json={"code": code})
    assert accepted.status == 201
    assert (await client.post("/api/v1/sign-in", json={"code": code})).status == 401


async def test_a_server_of_one_account_greets_its_person_and_no_other_server_does(
    client: Client, db: Database, config: Config
) -> None:
    codes = [await sign_ins.first_code(db, config) for _ in range(2)]
    for code in codes:
        assert code is not None
        assert (await sign_ins.exchange(db, code)) is not None
    [row] = await db.pool.fetch("SELECT name, plan FROM accounts")
    assert (row["name"], row["plan"]) == (sign_ins.FIRST_ACCOUNT, "unlimited")
    await db.pool.execute("UPDATE accounts SET plan = 'pro'")
    assert await sign_ins.first_code(db, config) is not None
    assert await db.pool.fetchval("SELECT plan FROM accounts") == "pro"  # as its operator said
    await make_caller(client, account="ben")
    assert await sign_ins.first_code(db, config) is None


async def test_the_talk_as_a_player_draws_it(ada: Caller) -> None:
    job_id = (await ada.done(30))["job_id"]
    shown = await ada.get(f"/api/v1/jobs/{job_id}/overview?points=50")
    assert shown["duration_seconds"] == 30.0
    assert len(shown["waveform"]) == 50
    assert shown["waveform_seconds"] * len(shown["waveform"]) == pytest.approx(30.0)
    assert [round(s["worth"], 1) for s in shown["sentences"]] == [0.0, 0.1, 0.2]
    assert shown["sentences"][0]["text"] == "Word0."
    response = await ada.call("GET", f"/api/v1/jobs/{job_id}/overview")
    again = await ada.call(
        "GET",
        f"/api/v1/jobs/{job_id}/overview",
        headers={"If-None-Match": response.headers["ETag"]},
    )
    assert again.status == 304
    await ada.get(f"/api/v1/jobs/{job_id}/overview?points=0", 400)


async def test_a_render_of_other_sentences_has_an_overview_too(ada: Caller, db: Database) -> None:
    job_id = (await ada.done(30))["job_id"]
    clip = (await ada.get(f"/api/v1/jobs/{job_id}"))["clips"][0]
    path = f"/api/v1/clips/{clip['clip_id']}/renders"
    made = await ada.post(path, {"end_seconds": clip["end_seconds"] - 1.5}, 202)
    await ada.until(made["job_id"])
    overview = f"/api/v1/jobs/{made['job_id']}/overview"
    assert {s["worth"] for s in (await ada.get(overview))["sentences"]} == {None}
    await db.pool.execute("""UPDATE talks SET talk = talk || '{"worth": [0.5]}'""")
    assert {s["worth"] for s in (await ada.get(overview))["sentences"]} == {None}


async def test_the_source_plays_by_a_link_without_a_key(client: Client, ada: Caller) -> None:
    job_id = (await ada.done(30))["job_id"]
    link = await ada.get(f"/api/v1/jobs/{job_id}/source/link")
    where = URL(link["url"]).relative()
    whole = await client.get(where)
    assert (whole.status, await whole.read()) == (200, b"seconds 30")
    part = await client.get(where, headers={"Range": "bytes=8-9"})
    assert (part.status, await part.read()) == (206, b"30")
    own = await ada.call("GET", f"/api/v1/jobs/{job_id}/source")
    assert await own.read() == b"seconds 30"
    other = (await ada.done(20))["job_id"]
    token = where.query["token"]
    for path in (f"/api/v1/jobs/{other}/source", f"/api/v1/jobs/{job_id}/events"):
        assert (await client.get(path, params={"token": token})).status == 401
    for wrong in (token[:-1], "", "x.y"):
        params = {"token": wrong}
        assert (await client.get(f"/api/v1/jobs/{job_id}/source", params=params)).status == 401


async def test_a_source_that_is_not_kept_is_told(ada: Caller) -> None:
    job_id = (await ada.done(30, keep_source=False))["job_id"]
    for path in ("source", "source/link"):
        answer: Any = await ada.get(f"/api/v1/jobs/{job_id}/{path}", 404)
        assert "not kept" in answer["message"]


async def test_only_video_and_sound_are_shown_in_a_browser(ada: Caller) -> None:
    for n, name in enumerate(("talk.html", "talk.svg", "talk", "talk.js", "talk.xml"), 30):
        talk = f"seconds {n}".encode()
        upload = await ada.send("POST", f"/api/v1/uploads?filename={name}", 201, data=talk)
        made = await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, 202)
        await ada.until(made["job_id"])
        source = await ada.call("GET", f"/api/v1/jobs/{made['job_id']}/source")
        assert source.headers["Content-Type"] == "application/octet-stream"
        assert source.headers["Content-Disposition"].startswith("attachment")


async def test_the_list_shows_a_picture_of_each_job(ada: Caller, client: Client) -> None:
    await ada.done(30)
    [line] = (await ada.get("/api/v1/jobs"))["jobs"]
    picture = await client.get(URL(line["thumbnail_url"]).relative())
    assert (picture.status, picture.content_type) == (200, "image/jpeg")
