"""A signed link is good as it was given out, and in no other way; cursors likewise.

What a good link does is in `tests/server/api/routes/test_files.py`.
"""

import base64
import itertools
import string
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from caller import Caller, Client, make_caller
from yarl import URL

from klipfast_server.api import cursors
from klipfast_server.core import signing
from klipfast_server.core.config import Config
from klipfast_server.files import signed_links
from klipfast_server.files.storage import LocalStorage

pytestmark = pytest.mark.usefixtures("unlimited")

LETTERS = string.ascii_letters + string.digits + "-_"


@pytest.fixture
async def link(ada: Caller) -> str:
    """Path and query of a good link."""
    job = await ada.done(20)
    return str(URL(job["clips"][0]["download_url"]).relative())


def changed(link: str) -> Iterator[str]:
    """The link with another letter at each place, without it, and with one more."""
    for at in range(len("/files/"), len(link)):
        for letter in ("A", "0", "%00", "%2f", "é"):
            if letter != link[at] and (letter, link[at]) != ("%2f", "/"):  # the same file
                yield link[:at] + quote(letter, safe="%") + link[at + 1 :]
        yield link[:at] + link[at + 1 :]
        yield link[:at] + "x" + link[at:]


async def test_no_letter_of_a_link_can_be_changed(client: Client, link: str) -> None:
    assert (await client.get(link)).status == 200
    for other in changed(link):
        if URL(other, encoded=True) == URL(link, encoded=True):
            continue
        response = await client.get(URL(other, encoded=True))
        body = await response.read()
        assert response.status in (400, 403, 404), other
        assert b"clip of" not in body


async def test_no_other_spelling_of_a_signature_is_taken(client: Client, link: str) -> None:
    """The last letter of Base64 has bits that a decoder passes over."""
    good, _, signature = link.partition("signature=")
    spelled = [signature[:-1] + letter for letter in LETTERS if letter != signature[-1]]
    same = base64.urlsafe_b64decode(signature + "==")
    assert any(base64.urlsafe_b64decode(other + "==") == same for other in spelled)
    spelled += [
        signature + "=",
        signature + "==",
        signature.swapcase(),
        signature.replace("-", "+").replace("_", "/") + "=",
        f"%20{signature}",
        f"{signature}%0a",
        f"{signature}%00",
        f"{signature}&signature={signature}",
        f"{signature}&name=a",
        f"{signature}&more=1",
        same.hex(),
        "",
    ]
    for other in spelled:
        response = await client.get(URL(f"{good}signature={other}", encoded=True))
        assert response.status in (400, 403), other


async def test_only_the_server_signs(client: Client, link: str, config: Config) -> None:
    url = URL(link)
    key, name = url.path.removeprefix("/files/"), url.query["name"]
    for secret, expires_s, named, keyed in itertools.product(
        (b"", b"secret", b"for tests ", config.server.secret.encode()[::-1]),
        (-10, 3600),
        (name, "other.mp4"),
        (key, "secret"),
    ):
        forged = await LocalStorage(config.server.data_dir / "storage", secret).sign(
            keyed,
            expires_at=datetime.now(UTC) + timedelta(seconds=expires_s),
            name=named,
            base_url="",
        )
        assert (await client.get(URL(forged, encoded=True))).status == 403


async def test_a_signature_is_for_one_purpose(client: Client, link: str, config: Config) -> None:
    """What signs a cursor signs no file, and the fields of a link cannot be moved."""
    url, secret = URL(link), config.server.secret.encode()
    key, name, expires = url.path[len("/files/") :], url.query["name"], url.query["expires"]
    text = f"{key}\n{expires}\n{name}"
    wrong = [
        signing.sign(secret, cursors.PURPOSE, text),
        signing.sign(secret, "", text),
        signing.sign(secret, signed_links.PURPOSE, text + "\n"),
        signing.sign(secret, signed_links.PURPOSE, key + expires + name),
    ]
    for signature in wrong:
        response = await client.get(url.update_query({"signature": signature}))
        assert response.status == 403
    good = url.query["signature"]
    for moved in (
        {"name": f"{expires}\n{name}", "expires": key},
        {"name": "", "expires": f"{expires}\n{name}"},
        {"expires": f"{expires}\n{name}", "name": ""},
        {"expires": f"0{expires}"},
        {"expires": f"{expires}.0"},
        {"expires": f"+{expires}"},
        {"expires": expires.translate({ord(d): 0x0660 + int(d) for d in "0123456789"})},
    ):
        query = {"expires": expires, "name": name, "signature": good} | moved
        response = await client.get(url.with_query(query))
        assert response.status == 403, moved


async def test_a_link_only_reads(client: Client, link: str) -> None:
    methods = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "MOVE", "COPY")
    for method in methods:
        response = await client.request(method, link)
        assert response.status == 405, method
    head = await client.head(link)
    assert (head.status, await head.read()) == (200, b"")
    assert await (await client.get(link)).text() == "clip of 0.0 to 9.5 s"


async def test_a_link_that_has_ended_stays_so(client: Client, config: Config) -> None:
    secret = config.server.secret.encode()
    for expires in ("0", "1", "-1", "", "99999999999999999999999", "1e99", "inf", "nan", "NaN"):
        signature = signing.sign(secret, "links", f"a\n{expires}\na")
        response = await client.get(f"/files/a?expires={expires}&name=a&signature={signature}")
        assert response.status == 403, expires
    for seconds in (0, -1, -86_400):
        old = datetime.now(UTC) + timedelta(seconds=seconds)
        own = LocalStorage(config.server.data_dir / "storage", secret)
        path = await own.sign("clips/a.mp4", expires_at=old, name="a.mp4", base_url="")
        response = await client.get(URL(path, encoded=True))
        assert (response.status, "expired" in await response.text()) == (403, True)


async def test_a_cursor_is_good_unchanged_and_for_its_account(ada: Caller, client: Client) -> None:
    for seconds in (20, 30):
        await ada.submit(seconds)
    cursor = (await ada.get("/api/v1/jobs?limit=1"))["next_cursor"]
    bob = await make_caller(client, account="bob")
    assert (await bob.get(f"/api/v1/jobs?cursor={cursor}", 400))["field"] == "cursor"
    others = [
        cursor[:at] + letter + cursor[at + 1 :]
        for at in range(len(cursor))
        for letter in "A0_"
        if cursor[at] != letter
    ]
    others += [cursor + end for end in ("=", "==", "A", "%0A")]
    others += [cursor[:-1], "%20" + cursor, "=" * 10, cursor * 2, "9" * 500, "a", "MTIz"]
    for other in (*others, "%F0%9F%8D%8C"):
        answer = await ada.get(f"/api/v1/jobs?limit=1&cursor={other}", 400)
        assert answer["field"] == "cursor", other
