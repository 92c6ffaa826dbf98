"""What a page in a browser needs: other origins, event streams without a header, uploads."""

import base64

import pytest
from caller import PIECE, TUS, Caller, Client, Serve, make_caller
from server_settings import changed
from yarl import URL

from klipfast_server.api import app_keys
from klipfast_server.core import tokens
from klipfast_server.core.config import Config, load
from klipfast_server.core.setting_lists import Origins
from klipfast_server.core.setting_names import ConfigError

APP = "https://app.example.com"


@pytest.fixture
async def open_client(serve: Serve, config: Config) -> Client:
    """A server that the pages of one origin may call."""
    return await serve(changed(config, "server", cors_origins=Origins((APP,))))


async def test_a_page_of_an_allowed_origin_may_call(open_client: Client) -> None:
    ada = await make_caller(open_client)
    asked = await open_client.options(
        "/api/v1/process",
        headers={
            "Origin": APP,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )
    assert asked.status == 204
    assert asked.headers["Access-Control-Allow-Origin"] == APP
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    for name in ("Authorization", "Content-Type", "Idempotency-Key", "Upload-Offset"):
        assert name in asked.headers["Access-Control-Allow-Headers"]
    for path, status in (("/api/v1/usage", 200), ("/api/v1/jobs/job_a", 404), ("/nothing", 404)):
        response = await ada.call("GET", path, headers={"Origin": APP})
        assert response.status == status
        assert response.headers["Access-Control-Allow-Origin"] == APP
        assert "X-RateLimit-Remaining" in response.headers["Access-Control-Expose-Headers"]
        assert "Origin" in response.headers["Vary"]
        assert "Access-Control-Allow-Credentials" not in response.headers


async def test_other_origins_may_not(open_client: Client, client: Client) -> None:
    for server, origin in (
        (open_client, "https://evil.example.com"),
        (open_client, "https://app.example.com.evil.example"),
        (open_client, "null"),
        (client, APP),
    ):
        for method in ("GET", "OPTIONS"):
            response = await server.request(
                method,
                "/api/v1/usage",
                headers={"Origin": origin, "Access-Control-Request-Method": "GET"},
            )
            assert response.status in (401, 405)
            assert "Access-Control-Allow-Origin" not in response.headers


async def test_any_origin_where_any_is_allowed(serve: Serve, config: Config) -> None:
    client = await serve(changed(config, "server", cors_origins=Origins(("*",))))
    response = await client.get("/healthz", headers={"Origin": "https://any.example"})
    assert response.headers["Access-Control-Allow-Origin"] == "*"


def test_origins_are_checked() -> None:
    environ = {"KLIPFAST__SERVER__CORS_ORIGINS": f"{APP} http://localhost:3000"}
    assert load(environ=environ).server.cors_origins == (APP, "http://localhost:3000")
    with pytest.raises(ConfigError, match="without a path"):
        load(environ={"KLIPFAST__SERVER__CORS_ORIGINS": "https://app.example.com/"})


async def test_an_event_source_follows_a_job_by_a_link(ada: Caller, client: Client) -> None:
    job_id = (await ada.done(10))["job_id"]
    link = await ada.get(f"/api/v1/jobs/{job_id}/events/link")
    url = URL(link["url"])
    response = await client.get(url.relative())
    assert response.status == 200
    assert b"event: end" in await response.read()
    other = await ada.submit(20)
    token = url.query["token"]
    for wrong in (
        f"/api/v1/jobs/{other}/events?token={token}",
        f"/api/v1/jobs/{job_id}?token={token}",
        f"/api/v1/jobs/{job_id}/events?token={token[:-1]}",
        f"/api/v1/jobs/{job_id}/events?token=",
        f"/api/v1/jobs/{job_id}/events?token=%F0%9F%8D%8C",
    ):
        assert (await client.get(URL(wrong, encoded=True))).status in (400, 401), wrong


async def test_tokens_end(client: Client, ada: Caller) -> None:
    job_id = await ada.submit(10)
    key_id = await ada.app[app_keys.DATABASE].pool.fetchval("SELECT key_id FROM api_keys")
    secret = ada.app[app_keys.SECRET]
    for seconds, status in ((60, 200), (-1, 401)):
        token = tokens.seal(
            secret, "events", (key_id, job_id), expires_at=tokens.in_seconds(seconds)
        )
        response = await client.get(f"/api/v1/jobs/{job_id}/events?token={token}")
        assert response.status == status
        response.close()
    upload = tokens.seal(secret, "uploads", (key_id, "0"), expires_at=tokens.in_seconds(60))
    assert (await client.get(f"/api/v1/jobs/{job_id}/events?token={upload}")).status == 401


async def test_an_upload_token_uploads_and_does_nothing_else(ada: Caller) -> None:
    made = await ada.post("/api/v1/upload-tokens", {"max_bytes": 1000}, 201)
    page = Caller(client=ada.client, key=made["token"])
    upload = await page.upload(b"seconds 10")
    await ada.get(f"/api/v1/uploads/{upload['upload_id']}")
    for method, path in (
        ("GET", "/api/v1/usage"),
        ("GET", "/api/v1/jobs"),
        ("POST", "/api/v1/process"),
        ("GET", f"/api/v1/uploads/{upload['upload_id']}"),
        ("DELETE", f"/api/v1/uploads/{upload['upload_id']}"),
        ("POST", "/api/v1/upload-tokens"),
        ("POST", "/api/v1/keys"),
    ):
        answer = await page.send(method, path, 401, json={} if method == "POST" else None)
        assert "uploads files only" in answer["message"], path
    too_large = await page.upload(b"seconds 10 " + b"x" * 1000, status=400)
    assert "1,000 bytes" in too_large["message"]


async def test_an_upload_token_does_for_tus(ada: Caller) -> None:
    made = await ada.post("/api/v1/upload-tokens", {}, 201)
    page = Caller(client=ada.client, key=made["token"])
    name = base64.b64encode(b"talk.mp4").decode()
    headers = TUS | {"Upload-Length": "10", "Upload-Metadata": f"filename {name}"}
    begun = await page.call("POST", "/api/v1/resumable-uploads", headers=headers)
    assert begun.status == 201
    headers = PIECE | {"Upload-Offset": "0"}
    sent = await page.call("PATCH", begun.headers["Location"], headers=headers, data=b"seconds 10")
    assert (sent.status, sent.headers["Upload-Offset"]) == (204, "10")
    for wrong in (59, 86_401, "soon"):
        body = await ada.post("/api/v1/upload-tokens", {"expires_in_seconds": wrong}, 400)
        assert body["field"] == "expires_in_seconds"
