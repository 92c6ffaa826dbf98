"""No name of a caller leads out of the folder that is meant, nor is any ID more than an ID."""

import base64
import itertools
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from belongings import REST, belongings
from caller import PIECE, TUS, Caller, Client
from yarl import URL

from klipfast_server.api.description import openapi
from klipfast_server.core import signing
from klipfast_server.core.config import Config
from klipfast_server.files import signed_links

pytestmark = pytest.mark.usefixtures("unlimited")


NAMES = (
    "../../etc/passwd",
    "../" * 40 + "etc/passwd",
    "....//....//etc/passwd",
    "..\\..\\windows\\win.ini",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/%2e%2e/etc/passwd",
    "..%c0%af..%c0%afetc/passwd",
    "..\u2215..\u2215etc\u2215passwd",
    "/etc/passwd",
    "\\\\host\\share\\a.mp4",
    "C:\\windows\\a.mp4",
    "file:///etc/passwd",
    "~root/.ssh/authorized_keys",
    ".",
    "..",
    "...",
    ".htaccess",
    "",
    " ",
    "a\0b.mp4",
    "a\r\nb.mp4",
    "a\x1b[31mb.mp4",
    "\u202egpj.4pm",
    "a/../../b/talk.mp4",
    "talk.mp4/",
    "talk.mp4/..",
    "$(touch pwned)",
    "-rf",
    "*",
    "%s%n%d",
    "con",
    "a" * 250,
    "\U0001f3ac" * 60,
    "'; DROP TABLE jobs; --",
    "../../../../data/secret",
    "../source",
    "source",
    "part",
)


def files(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}


def form(name: str) -> bytes:
    """A form whose file has this name, as browsers write it."""
    escaped = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{escaped}"\r\n\r\n'
    return head.encode() + b"seconds 30\r\n--x--\r\n"


def is_plain(name: str) -> bool:
    """Whether a name is that of one file, for people to read."""
    return (
        0 < len(name) <= 200 and name.isprintable() and not any(letter in "/\\" for letter in name)
    )


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # aiohttp's, of names that it passes over
@pytest.mark.own_server  # its folder is the test's
async def test_the_name_of_an_upload_names_nothing_on_the_disk(
    ada: Caller, config: Config, tmp_path: Path
) -> None:
    before, ids = files(tmp_path), []
    for name in NAMES:
        query = await ada.call(
            "POST",
            URL(f"/api/v1/uploads?filename={quote(name, safe='')}", encoded=True),
            data=b"seconds 30",
        )
        kind = {"Content-Type": "multipart/form-data; boundary=x"}
        part = await ada.call("POST", "/api/v1/uploads", data=form(name), headers=kind)
        for response in (query, part):
            answer = await response.json()
            if response is part and {"\0", "\x1b", ";"} & set(name):
                assert response.status == 400  # what no header has, or aiohttp takes for its end
                continue
            assert response.status == 201, (name, answer)
            assert is_plain(answer["file_name"]), name
            ids.append(answer["upload_id"])
        listed = base64.b64encode(name.encode()).decode()
        headers = TUS | {"Upload-Length": "10", "Upload-Metadata": f"filename {listed}"}
        begun = await ada.call("POST", "/api/v1/resumable-uploads", headers=headers)
        assert begun.status == 201, name
        upload_id = begun.headers["Location"].rsplit("/", 1)[1]
        piece = PIECE | {"Upload-Offset": "0"}
        path = f"/api/v1/resumable-uploads/{upload_id}"
        whole = await ada.call("PATCH", path, data=b"seconds 30", headers=piece)
        assert whole.status == 204, name
        assert is_plain((await ada.get(f"/api/v1/uploads/{upload_id}"))["file_name"]), name
        ids.append(upload_id)
    new = files(tmp_path) - before
    uploads = config.server.data_dir.relative_to(tmp_path) / "uploads"
    assert new == {str(uploads / one / "source") for one in ids}


# One name in quotation marks, without any, or a path, in it; and once more in percent-encoding.
DISPOSITION = re.compile(
    r"attachment; filename=\"([\w.,;=\[\] -]+)\"(; filename\*=UTF-8''[\w.~%-]+)?", re.ASCII
)


async def test_the_name_of_a_timeline_is_that_of_one_file(ada: Caller) -> None:
    some = ("../../etc/passwd", 'a"; filename="b', "a\r\nSet-Cookie: b=c", "..", "\u202egpj.4pm")
    for number, name in enumerate(some):
        path = URL(f"/api/v1/uploads?filename={quote(name, safe='')}", encoded=True)
        upload = await ada.send("POST", path, 201, data=f"seconds {20 + number}".encode())
        job = await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, 202)
        await ada.until(job["job_id"])
        response = await ada.call("GET", f"/api/v1/jobs/{job['job_id']}/timeline?format=otio")
        disposition = response.headers["Content-Disposition"]
        found = DISPOSITION.fullmatch(disposition)
        assert found is not None, disposition
        assert found[1] not in ("", ".", "..")
        assert "Set-Cookie" not in response.headers
        json.loads(await response.text())


IDS = (
    "..",
    "%2e%2e",
    "..%2f..%2fetc%2fpasswd",
    "%2fetc%2fpasswd",
    "%00",
    "%0d%0aX-Injected:%201",
    "%F0%28%8C%28",
    "%ff",
    "'%20OR%20'1'='1",
    "%25",
    "*",
    "_%25",
    "a" * 4000,
    "job_",
    "job_" + "a" * 41,
    "job_..%2f..%2f",
    "job_%D0%B0%D0%B0",
    "clip_%00",
    "0",
    "null",
    "{job_id}",
)


@pytest.mark.own_server  # its folder is the test's
async def test_no_id_is_more_than_an_id(ada: Caller, tmp_path: Path) -> None:
    things = await belongings(ada, "xylograph")
    before = files(tmp_path)
    for call in openapi.calls(ada.app):
        for name, value in itertools.product(set(call.path_parameters) & set(things.ids), IDS):
            path = call.path.format(**things.ids | REST | {name: value})
            response = await ada.call(call.method, URL(path, encoded=True), headers=TUS)
            body = await response.text()
            assert response.status in (400, 404, 405, 415), (call, value, body)
            assert "X-Injected" not in response.headers
            assert "Traceback" not in body
    assert files(tmp_path) == before
    for path in ("jobs/{job_id}", "clips/{clip_id}", "uploads/{upload_id}"):
        await ada.get("/api/v1/" + path.format(**things.ids))


async def test_an_upload_in_a_body_is_an_id_alone(ada: Caller) -> None:
    for value in (*NAMES, *IDS):
        if "\0" in value:
            continue
        body = {"video_url": f"upload://{value}"}
        response = await ada.call("POST", "/api/v1/process", json=body)
        assert response.status in (400, 404), (value, await response.text())


KEYS = (
    "../secret",
    "../../etc/passwd",
    "/etc/passwd",
    "clips/../../secret",
    "clips/../../uploads",
    "clips",
    "clips/",
    ".",
    "..",
    "clips/./../..",
    "clips/job_x\0.mp4",
    "clips//../../secret",
    "C:\\secret",
)


async def test_a_key_of_a_link_leads_nowhere_else_even_if_it_were_signed(
    client: Client, config: Config
) -> None:
    """As if the secret were known to somebody: the folder is the second line."""
    (config.server.data_dir / "secret").write_text("the secret")
    expires = str(int((datetime.now(UTC) + timedelta(hours=1)).timestamp()))
    for key in KEYS:
        text = f"{key}\n{expires}\na.mp4"
        signature = signing.sign(config.server.secret.encode(), signed_links.PURPOSE, text)
        query = f"expires={expires}&name=a.mp4&signature={signature}"
        response = await client.get(URL(f"/files/{quote(key, safe='')}?{query}", encoded=True))
        body = await response.text()
        assert response.status >= 400 or response.url.path == "/", key  # ".." is the page
        assert "the secret" not in body
        assert "root:" not in body
