"""Whose address counts: X-Forwarded-For is believed from the operator's own proxies alone."""

import json

import msgspec
import pytest
from caller import Client, Serve, make_caller
from server_settings import changed

from klipfast_server.api.access import caller_address
from klipfast_server.core import config as settings
from klipfast_server.core.config import Config
from klipfast_server.core.setting_lists import Networks
from klipfast_server.core.setting_names import ConfigError

PROXIES = Networks(("127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32"))


@pytest.mark.parametrize(
    ("remote", "forwarded", "found"),
    [
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # no proxy of ours: a lie
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),  # what it was sent before
        ("127.0.0.1", ["192.0.2.66", "198.51.100.1"], "198.51.100.1"),  # in two headers
        ("127.0.0.1", ["198.51.100.1, 10.1.2.3"], "198.51.100.1"),  # two proxies of ours
        ("127.0.0.1", ["10.1.2.3"], "10.1.2.3"),  # a caller of the inner network
        ("127.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        ("2001:db8::1", ["[2001:db9::7]:443"], "2001:db9::7"),
        ("::ffff:127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("127.0.0.1", ["198.51.100.1, unknown"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("127.0.0.1", [", ".join(["10.0.0.1"] * 5000)], "10.0.0.1"),
    ],
)
def test_the_first_address_that_is_no_proxy_of_ours_is_the_callers(
    remote: str, forwarded: list[str], found: str
) -> None:
    assert caller_address.behind(remote, forwarded, PROXIES) == found


async def statuses(client: Client, *addresses: str) -> list[int]:
    """The status of a request without a key from each of these, as the header says."""
    return [
        (await client.get("/api/v1/usage", headers={"X-Forwarded-For": address})).status
        for address in addresses
    ]


def limited(config: Config, *proxies: str) -> Config:
    """Two requests a minute without a key."""
    return changed(config, "limits", anonymous_per_minute=2, trusted_proxies=Networks(proxies))


async def test_a_made_up_header_gets_nobody_around_the_limit(serve: Serve, config: Config) -> None:
    client = await serve(limited(config))
    assert await statuses(client, "198.51.100.1", "198.51.100.2", "198.51.100.3") == [401, 401, 429]


async def test_behind_a_trusted_proxy_each_caller_has_a_limit_of_its_own(
    serve: Serve, config: Config
) -> None:
    client = await serve(limited(config, "127.0.0.1"))
    # One caller lies about who it is; the proxy adds its true address.
    lies = [f"192.0.2.{n}, 198.51.100.1" for n in range(3)]
    assert await statuses(client, *lies) == [401, 401, 429]
    assert await statuses(client, "198.51.100.2") == [401]


async def test_the_log_has_the_address_and_the_account(
    serve: Serve, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    from klipfast_server.telemetry import logs

    logs.configure(msgspec.structs.replace(config.server, log_format="json"))
    ada = await make_caller(await serve(limited(config, "127.0.0.1")))
    capsys.readouterr()
    await ada.call("GET", "/api/v1/usage", headers={"X-Forwarded-For": "198.51.100.1"})
    output = capsys.readouterr()
    lines = [json.loads(line) for line in (output.out + output.err).splitlines() if "{" in line]
    [line] = [line for line in lines if line["event"] == "request"]
    assert line["address"] == "198.51.100.1"
    assert line["account"].startswith("acc_")


@pytest.mark.parametrize("wrong", ["10.0.0.1/8", "proxy.example.com", "10.0.0.0/33"])
def test_a_network_that_is_none_is_named(wrong: str) -> None:
    with pytest.raises(ConfigError, match=f"Expected a network .* not {wrong}"):
        settings.load(None, {"KLIPFAST__LIMITS__TRUSTED_PROXIES": wrong})
