"""klipfast login and logout: what is saved, who may read it, and where the key goes."""

import asyncio
import stat
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
from caller import Caller
from operator_command import MAIN, Done, called, on_terminal

Start = Callable[..., Awaitable[Done]]


@pytest.fixture
def at_home(tmp_path: Path) -> Start:
    """Calls the command with a settings folder of the test's own, and no key."""
    return partial(called, environ={"XDG_CONFIG_HOME": str(tmp_path)})


def saved(folder: Path) -> list[str]:
    """The files below a settings folder."""
    return [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]


async def test_what_is_saved_is_used_until_it_is_deleted(
    at_home: Start, ada: Caller, tmp_path: Path
) -> None:
    server = str(ada.client.make_url("/"))
    made = await at_home("login", "--server", server, typed=f"{ada.key}\n")
    assert (made.code, made.out.startswith(f"{server}, plan business: saved in ")) == (0, True)
    assert saved(tmp_path) == ["klipfast/login.json"]
    folder = tmp_path / "klipfast"
    assert stat.S_IMODE((folder / "login.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (await at_home("usage", "--json")).json()["plan"] == "business"
    named = {"KLIPFAST_KEY": "kf_live_sk_x", "XDG_CONFIG_HOME": str(tmp_path)}
    assert "does not know this key" in (await called("usage", environ=named)).err
    again = await called("login", "--server", server, "--key", ada.key, environ=named)
    assert (again.code, again.err) == (0, "KLIPFAST_KEY is set, and takes precedence\n")
    assert (await at_home("logout")).code == 0
    assert saved(tmp_path) == []
    assert (await at_home("usage")).code == 2
    assert (await at_home("logout")).code == 0


async def test_a_saved_key_goes_to_its_own_server_alone(at_home: Start, ada: Caller) -> None:
    server = str(ada.client.make_url("/"))
    await at_home("login", "--server", server, "--key", ada.key)
    assert (await at_home("usage", "--server", server.rstrip("/"))).code == 0
    other = await at_home("usage", "--server", server.replace("127.0.0.1", "localhost"))
    assert (other.code, "a key is needed" in other.err) == (2, True)


async def test_a_key_that_the_server_refuses_is_not_saved(
    at_home: Start, ada: Caller, tmp_path: Path
) -> None:
    server = str(ada.client.make_url("/"))
    refused = await at_home("login", "--server", server, "--key", "kf_live_sk_x")
    assert (refused.code, "does not know this key" in refused.err) == (1, True)
    away = await at_home("login", "--server", "http://127.0.0.1:1", "--key", ada.key)
    assert (away.code, "no KlipFast server responds" in away.err) == (1, True)
    assert (await at_home("login", "--server", server)).code == 2
    assert saved(tmp_path) == []


async def test_a_terminal_is_asked_and_the_key_is_not_shown(ada: Caller, tmp_path: Path) -> None:
    server = str(ada.client.make_url("/"))
    environ = {"XDG_CONFIG_HOME": str(tmp_path)}
    code, screen = await asyncio.to_thread(
        on_terminal,
        ("-c", MAIN, "login"),
        environ,
        (r"Server \[http://127\.0\.0\.1:8080\]: ", f"{server}\n"),
        ("Key: ", f"{ada.key}\n"),
    )
    assert (code, ada.key in screen) == (0, False), screen
    assert (await called("usage", environ=environ)).code == 0
    words, control_d = ("-c", MAIN, "login"), "\x04"
    code, screen = await asyncio.to_thread(on_terminal, words, environ, ("Server", control_d))
    assert (code, "Traceback" in screen) == (130, False)


async def test_a_file_that_is_damaged_is_told(at_home: Start, tmp_path: Path) -> None:
    (tmp_path / "klipfast").mkdir()
    (tmp_path / "klipfast" / "login.json").write_text("{")
    told = await at_home("usage")
    assert (told.code, "login.json cannot be read" in told.err) == (1, True)
    assert (await at_home("logout")).code == 0
