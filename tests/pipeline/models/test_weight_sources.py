"""Weights from a mirror and from wheels, by broken connections and in narrow places."""

import hashlib
import importlib
import logging
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pipeline.core.errors import ModelUnavailable
from pipeline.models import checkpoints, download_progress, pinned
from pipeline.models.pinned import Pinned
from tools import weights as wheels

FILES = {"config.json": b"{}", "model.safetensors": bytes(range(256)) * 4}
SHA256 = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}
TOY = Pinned(  # with a license that the tool knows by this name
    name="campplus-zh-en",
    repo="",
    revision="",
    files=tuple(FILES),
    sha256=SHA256,
    size=sum(map(len, FILES.values())),
)


class Mirror(ThreadingHTTPServer):
    """Serves `files`, with ranges; breaks off after `most` bytes."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = {f"/{TOY.name}/{name}": content for name, content in FILES.items()}
        self.most, self.kind = 1 << 20, "application/octet-stream"
        self.asked: list[tuple[str, str]] = []  # files, and ranges of them
        self.may_answer = threading.Event()
        self.may_answer.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_GET(self) -> None:
        server, wanted = self.server, self.headers.get("Range", "")
        server.asked.append((self.path.rpartition("/")[2], wanted))
        assert server.may_answer.wait(30)
        content = server.files.get(self.path)
        begin = int(wanted[len("bytes=") : -1]) if wanted else 0
        if content is None or (begin and begin >= len(content)):
            self.send_error(404 if content is None else 416)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Type", server.kind)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        self.wfile.write(content[begin : begin + server.most])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Mirror() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def refusal(cache: Path, mirror: str) -> str:
    """Return why the weights cannot be had, which is one line."""
    with pytest.raises(ModelUnavailable) as refused:
        checkpoints.resolve("auto", TOY, cache, mirror)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def is_whole(cache: Path, source: str) -> bool:
    """Whether the cache has the toy, as it has to be, from there, and nothing beside it."""
    found = checkpoints.cached_files(TOY, cache)
    assert {file.name: file.read_bytes() for file in found.files} == FILES
    assert [path.name for path in cache.iterdir()] == [TOY.name]
    return found.source == source and not found.wrong


def test_a_mirror_is_asked_for_what_is_missing_alone(mirror: Mirror, tmp_path: Path) -> None:
    for _ in range(2):
        checkpoints.resolve("auto", TOY, tmp_path, f"{mirror.url}/")
    assert is_whole(tmp_path, f"mirror {mirror.url}/{TOY.name}")
    assert sorted(mirror.asked) == [(name, "") for name in FILES]


def test_a_folder_is_a_mirror_and_a_file_that_it_lacks_is_named(tmp_path: Path) -> None:
    folder, cache = tmp_path / "mirror" / TOY.name, tmp_path / "cache"
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(FILES["config.json"])
    assert f"mirror {folder}: {folder} lacks model.safetensors" in refusal(
        cache, f"{tmp_path}/mirror"
    )
    assert not (cache / TOY.name).exists()
    (folder / "model.safetensors").write_bytes(FILES["model.safetensors"])
    checkpoints.resolve("auto", TOY, cache, str(folder.parent))
    assert is_whole(cache, f"mirror {folder}")


def test_a_broken_download_goes_on_where_it_ended(mirror: Mirror, tmp_path: Path) -> None:
    mirror.most = 150
    assert "model.safetensors: the connection broke 5 times" in refusal(tmp_path, mirror.url)
    assert not (tmp_path / TOY.name).exists()
    checkpoints.resolve("auto", TOY, tmp_path, mirror.url)
    assert is_whole(tmp_path, f"mirror {mirror.url}/{TOY.name}")
    ranges = [wanted for name, wanted in mirror.asked if name == "model.safetensors"]
    assert ranges == ["", *(f"bytes={at}-" for at in range(150, 1024, 150))]


@pytest.mark.parametrize(
    ("files", "kind", "why"),
    [
        ({}, "", "config.json: HTTP Error 404"),
        (None, "text/html", "config.json: the answer is a web page"),
        (
            {f"/{TOY.name}/config.json": b"{}", f"/{TOY.name}/model.safetensors": b"others"},
            "",
            f"model.safetensors has SHA-256 {hashlib.sha256(b'others').hexdigest()[:12]}…, "
            f"wanted {SHA256['model.safetensors'][:12]}…",
        ),
    ],
)
def test_what_a_mirror_answers_wrongly_is_named_and_asked_for_again(
    mirror: Mirror, tmp_path: Path, files: dict[str, bytes] | None, kind: str, why: str
) -> None:
    right = (mirror.files, mirror.kind)
    mirror.files, mirror.kind = mirror.files if files is None else files, kind or mirror.kind
    assert f"Tried: mirror {mirror.url}/{TOY.name}: {why}" in refusal(tmp_path, mirror.url)
    mirror.files, mirror.kind = right
    checkpoints.resolve("auto", TOY, tmp_path, mirror.url)
    assert is_whole(tmp_path, f"mirror {mirror.url}/{TOY.name}")


def test_a_network_that_is_away_is_named_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert "127.0.0.1 cannot be reached (Connection refused)" in refusal(
        tmp_path, "http://127.0.0.1:9"
    )
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", "127.0.0.1:9")
    assert "the proxy 127.0.0.1 cannot be reached" in refusal(tmp_path, "http://mirror.example")
    assert list(tmp_path.iterdir()) == []


def test_too_small_a_disk_is_told_before_anything_is_downloaded(
    monkeypatch: pytest.MonkeyPatch, mirror: Mirror, tmp_path: Path
) -> None:
    disk = namedtuple("disk", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: disk(10**9, 10**9, 5 * 10**6))
    monkeypatch.setattr(sys.modules[__name__], "TOY", pinned.CAMPLUS)
    assert refusal(tmp_path, mirror.url) == (
        f"There is no space for the weights campplus-zh-en: {tmp_path} needs 28 MB, and 5 MB are "
        "free there."
    )
    assert mirror.asked == []
    assert list(tmp_path.iterdir()) == []


def test_many_at_once_fetch_once_and_one_line_tells_how_far(
    mirror: Mirror,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(download_progress, "LOG_S", 0.0)
    caplog.set_level(logging.INFO)
    mirror.may_answer.clear()
    threads = [
        threading.Thread(target=checkpoints.resolve, args=("auto", TOY, tmp_path, mirror.url))
        for _ in range(4)
    ]
    with download_progress.shown([TOY], tmp_path, mirror.url) as is_missing:
        assert is_missing
        for thread in threads:
            thread.start()
        while "weights: 0 of 0 MB" not in caplog.text:
            time.sleep(0.01)
        mirror.may_answer.set()
        for thread in threads:
            thread.join()
    assert sorted(mirror.asked) == [(name, "") for name in FILES]
    assert is_whole(tmp_path, f"mirror {mirror.url}/{TOY.name}")
    caplog.clear()
    with download_progress.shown([TOY], tmp_path, mirror.url) as is_missing:
        assert not is_missing
    assert caplog.text == ""


def test_wheels_of_weights_are_found_where_pip_installs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, made, site = tmp_path / "mine", tmp_path / "made", tmp_path / "site"
    (mine / TOY.name).mkdir(parents=True)
    for name, content in FILES.items():
        (mine / TOY.name / name).write_bytes(content)
    monkeypatch.setattr(pinned, "ALL", (TOY,))
    built = wheels.build(mine, made, most=400)
    assert len(built) == 3
    again = wheels.build(mine, tmp_path / "again", most=400)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in built]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--find-links"]
    name = "klipfast-weights-campplus-zh-en"
    subprocess.run([*pip, made, "--target", site, name], check=True, capture_output=True)
    assert "Apache License" in next(site.glob("*/licenses/LICENSE")).read_text()
    assert not re.findall(r"\.py$", " ".join(map(str, site.rglob("*"))))
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    checkpoints.resolve("auto", TOY, tmp_path / "cache")
    assert is_whole(tmp_path / "cache", f"wheel {name}")
    (site / "klipfast_weights" / TOY.name / "model.safetensors.part02").write_bytes(b"others")
    assert f"wheel {name}: model.safetensors has SHA-256" in refusal(tmp_path / "other", "")
    assert list((tmp_path / "other").iterdir()) == []
