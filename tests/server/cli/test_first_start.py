"""The first start ends with a link that signs in; later starts, and a journal, have none."""

import json
import re
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import msgspec
import pytest
from serving import environment, free_port, new_key, serving

from klipfast_server.cli.sign_in_box import LEAD
from klipfast_server.core.config import Config, base_url
from klipfast_server.store import sign_ins
from klipfast_server.store.database import Database

LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/#/sign-in/([\w-]{32})")
PATIENCE_S = 30.0  # for the link, once the server is ready
EVERYWHERE = "0.0.0.0"


def test_a_link_names_an_address_that_a_browser_can_open(config: Config) -> None:
    def named(**settings: object) -> str:
        server = msgspec.structs.replace(config.server, port=8080, **settings)
        return base_url(msgspec.structs.replace(config, server=server))

    for host in (EVERYWHERE, "::", "127.0.0.1"):
        assert named(host=host) == "http://127.0.0.1:8080"
    assert named(host="10.0.0.7") == "http://10.0.0.7:8080"
    public = "https://clips.example.com"
    assert named(host=EVERYWHERE, public_url=f"{public}/") == public


async def test_only_a_database_without_accounts_gets_a_first_code(
    db: Database, config: Config
) -> None:
    code = await sign_ins.first_code(db, config, most=0)
    assert code is not None
    assert await sign_ins.exchange(db, code) is not None
    assert await sign_ins.first_code(db, config, most=0) is None
    assert await db.pool.fetchval("SELECT count(*) FROM accounts") == 1


def signed_in(base: str, code: str) -> int:
    """Sign in with a code, as the page does, and return the status."""
    body = json.dumps({"code": code}).encode()
    headers = {"Content-Type": "application/json"}
    call = urllib.request.Request(f"{base}/api/v1/sessions", body, headers)
    try:
        with urllib.request.urlopen(call, timeout=PATIENCE_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.slow  # three starts
def test_the_log_of_the_first_start_has_a_link_that_works_once() -> None:
    with tempfile.TemporaryDirectory(prefix="kf-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)  # the user of embedded Postgres passes through
        log = Path(name, "server.log")
        ports = {"KLIPFAST_HOST": EVERYWHERE, "KLIPFAST_PORT": str(free_port())}
        environ = environment(name, **ports)
        with serving(environ | {"JOURNAL_STREAM": "8:1"}) as (base, _):
            assert signed_in(base, "no-such-code") == 401
            assert LEAD not in log.read_text()
        with serving(environ, supervised=True) as (base, _):
            until = time.monotonic() + PATIENCE_S
            while LEAD not in log.read_text():
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            [line] = [line for line in log.read_text().splitlines() if LEAD in line]
            found = LINK.fullmatch(json.loads(line)["link"])
            assert found is not None, line
            assert found[1] == base
            assert [signed_in(base, found[2]) for _ in range(2)] == [201, 401]
        with serving(environ):
            new_key(environ)
            text = log.read_text()
        assert LEAD not in text
        assert "kf_live_" not in text
