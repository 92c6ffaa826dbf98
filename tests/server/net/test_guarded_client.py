"""Sources on the web: fetched from public addresses only, bounded, each fault with a sentence."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Client, gone, make_caller
from project_paths import ROOT

from klipfast_server.core.config import Config, Sources, load
from klipfast_server.net.addresses import is_public
from klipfast_server.net.download import download
from klipfast_server.net.guarded_client import FetchError

Serve = Callable[[Config], Awaitable[Client]]
Server = Callable[[web.Application], Awaitable[TestServer]]

# The IANA registry of special-purpose IPv4 addresses, and multicast; no IPv6 address is public.
SPECIAL_PURPOSE = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
]

REDIRECTS = {
    "loop": "/loop",
    "userinfo": "http://user:pw@127.0.0.1:{port}/good",
    "file": "file:///etc/passwd",
    "nowhere": "http://[",
    "hop": "good",
}


@pytest.mark.parametrize("network", SPECIAL_PURPOSE)
def test_no_special_purpose_address_is_public(network: str) -> None:
    parsed = ipaddress.ip_network(network)
    for at in (0, parsed.num_addresses // 2, parsed.num_addresses - 1):
        assert not is_public(str(parsed[at]))


def test_addresses_beside_a_special_purpose_range_are_public() -> None:
    for address in ("9.255.255.255", "11.0.0.0", "100.63.255.255", "192.88.98.255", "192.88.100.0"):
        assert is_public(address), address


@pytest.fixture
def sources() -> Sources:
    """As shipped."""
    return load(ROOT / "config.toml", {}).sources


@pytest.fixture
def intranet(sources: Sources) -> Sources:
    """With private addresses allowed, small and quick."""
    return msgspec.structs.replace(
        sources, allow_private=True, max_bytes=1000, idle_s=0.5, timeout_s=5.0, probe_s=0.3
    )


def test_only_addresses_of_single_public_hosts_are_public() -> None:
    assert is_public("93.184.216.34")
    for address in ("192.88.99.1.", "::1", "64:ff9b::1", "2606:2800:220:1::1", ""):
        assert not is_public(address), address


def source_app() -> web.Application:
    """A web server with one good file and many bad ones."""

    async def serve(request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name == "good":
            return web.Response(body=b"seconds 30", content_type="video/mp4")
        if name == "page":
            return web.Response(text="<html>", content_type="text/html")
        if name in REDIRECTS:
            location = REDIRECTS[name].format(port=request.url.port)
            return web.Response(status=302, headers={"Location": location})
        if name == "busy":
            raise web.HTTPServiceUnavailable
        if name == "told":
            return web.Response(body=b"x" * 2000)
        response = web.StreamResponse()
        if name == "short":
            response.content_length = 500
        await response.prepare(request)
        await response.write(b"x" * 100)
        if name == "endless":
            for _ in range(200):
                await response.write(b"x" * 100)
                await asyncio.sleep(0.01)
        if name == "silent":
            await asyncio.sleep(2)
        assert request.transport is not None
        request.transport.abort()
        return response

    app = web.Application()
    app.router.add_get("/{name}", serve)
    return app


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("page", "web page"),
        ("loop", "redirects more than"),
        ("userinfo", "user name"),
        ("file", "must begin with"),
        ("nowhere", "not a valid URL"),
        ("busy", "503"),
        ("told", "larger"),
        ("endless", "larger"),
        ("short", "connection closed"),
        pytest.param("silent", "sent nothing", marks=pytest.mark.slow),
    ],
)
async def test_each_fault_of_a_source_has_its_sentence(
    intranet: Sources, tmp_path: Path, aiohttp_server: Server, name: str, sentence: str
) -> None:
    server = await aiohttp_server(source_app())
    with pytest.raises(FetchError, match=sentence):
        await download(str(server.make_url(f"/{name}")), tmp_path / "source", sources=intranet)
    assert not (tmp_path / "source").exists()


async def test_a_missing_file_and_a_closed_port_are_told_apart(
    intranet: Sources, tmp_path: Path, aiohttp_server: Server
) -> None:
    server = await aiohttp_server(web.Application())
    with pytest.raises(FetchError, match="404"):
        await download(str(server.make_url("/a.mp4")), tmp_path / "source", sources=intranet)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/a.mp4"
        with pytest.raises(FetchError, match="does not answer"):
            await download(url, tmp_path / "source", sources=intranet)


async def test_a_host_that_no_name_can_be_does_not_exist(sources: Sources, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match="does not exist"):
        await download(f"http://{'a' * 64}.example/a.mp4", tmp_path / "source", sources=sources)


async def test_a_full_disk_is_seen_before_it_is_full(
    intranet: Sources, tmp_path: Path, aiohttp_server: Server
) -> None:
    server = await aiohttp_server(source_app())
    full = msgspec.structs.replace(intranet, min_free_bytes=1 << 60)
    with pytest.raises(FetchError, match="no disk space"):
        await download(str(server.make_url("/good")), tmp_path / "source", sources=full)


async def test_a_job_fetches_its_source_and_follows_redirects(
    serve: Serve, config: Config, intranet: Sources, aiohttp_server: Server
) -> None:
    server = await aiohttp_server(source_app())
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=intranet)))
    request = {"video_url": str(server.make_url("/hop"))}
    accepted = await ada.post("/api/v1/process", request, status=202)
    job = await ada.until(accepted["job_id"])
    assert (job["status"], len(job["clips"])) == ("completed", 3)
    assert job["source"]["duration_seconds"] == 30


async def test_a_job_whose_source_is_at_fault_fails_and_says_why(
    serve: Serve, config: Config, intranet: Sources, aiohttp_server: Server
) -> None:
    server = await aiohttp_server(source_app())
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=intranet)))
    request = {"video_url": str(server.make_url("/busy"))}
    accepted = await ada.post("/api/v1/process", request, status=202)
    job = await ada.until(accepted["job_id"])
    assert job["status"] == "failed"
    assert job["error"]["code"] == "unprocessable"
    assert "503" in job["error"]["message"]


async def test_a_fetch_can_be_canceled(
    serve: Serve, config: Config, intranet: Sources, aiohttp_server: Server
) -> None:
    server = await aiohttp_server(source_app())
    slow = msgspec.structs.replace(intranet, idle_s=30.0)
    ada = await make_caller(await serve(msgspec.structs.replace(config, sources=slow)))
    request = {"video_url": str(server.make_url("/silent"))}
    accepted = await ada.post("/api/v1/process", request, status=202)
    await ada.until(accepted["job_id"], lambda job: job["stage"] == "fetch")
    await ada.post(f"/api/v1/jobs/{accepted['job_id']}/cancel")
    await gone(config.server.data_dir / "work" / accepted["job_id"])


async def test_a_fetched_source_that_is_not_covered_is_refused_before_the_work(
    serve: Serve, config: Config, intranet: Sources, aiohttp_server: Server
) -> None:
    server = await aiohttp_server(source_app())
    plan = msgspec.structs.replace(config.plans["pro"], minutes_per_month=0, credits=0)
    paid = msgspec.structs.replace(config.plans["pro"], minutes_per_month=0, credits=1)
    config = msgspec.structs.replace(
        config, sources=intranet, plans=config.plans | {"pro": plan, "starter": paid}
    )
    client = await serve(config)
    request = {"video_url": str(server.make_url("/good"))}
    ada = await make_caller(client, account="ada", plan="pro")
    await ada.post("/api/v1/process", request, status=403)
    bob = await make_caller(client, account="bob", plan="starter")
    accepted = await bob.post("/api/v1/process", request, status=202)
    assert (await bob.until(accepted["job_id"]))["status"] == "completed"
    assert (await bob.get("/api/v1/usage"))["credits_remaining"] == 0
