"""What the process that reads pages may reach, start and take; each test has one of its own.

An audit hook and a limit of memory stay for good.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from project_paths import ROOT

from klipfast_server.core.config import load
from klipfast_server.net import page_settings

pytest.importorskip("yt_dlp", reason="klipfast[pages] is not installed")


def said_by(program: str, **environ: str) -> str:
    """What a program prints; it imports the server."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{program}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environ},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_guard_lets_nothing_private_through_and_starts_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        told = said_by(f"""
import socket, subprocess, os, urllib.request
from klipfast_server.net.page_guard import Refused, guard
guard(allow_private=False, refused=[])
def tries():
    yield lambda: socket.create_connection(("127.0.0.1", {port}), 1)
    yield lambda: socket.create_connection(("localhost", {port}), 1)
    yield lambda: socket.socket().connect_ex(("127.0.0.1", {port}))
    yield lambda: socket.socket(socket.AF_INET6).connect(("::1", {port}))
    yield lambda: socket.socket(socket.AF_UNIX).connect("/run/anything")
    yield lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("10.0.0.1", 53))
    yield lambda: socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("10.0.0.1", 53))
    yield lambda: urllib.request.urlopen("http://127.0.0.1:{port}/", timeout=1)
    yield lambda: subprocess.run(["true"])
    yield lambda: os.system("true")
    yield lambda: os.posix_spawn("/bin/true", ["true"], {{}})
    yield lambda: os.execv("/bin/true", ["true"])
    yield lambda: os.fork()
for number, attempt in enumerate(tries()):
    try:
        attempt()
    except OSError as error:
        cause = error if isinstance(error, Refused) else error.reason
        assert isinstance(cause, Refused), (number, error)
    else:
        sys.exit(f"attempt {{number}} went through")
print("all refused")
""")
    assert told == "all refused\n"


def test_only_the_runtime_of_the_settings_is_started_and_only_by_its_path(tmp_path: Path) -> None:
    """yt-dlp asks it for its version; everything else of that name is refused."""

    for folder in ("right", "wrong"):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "deno"
        program.write_text(f"#!/bin/sh\necho started >> {tmp_path}/{folder}.log\necho deno 2.5.0\n")
        program.chmod(0o755)
    right, wrong = str(tmp_path / "right" / "deno"), str(tmp_path / "wrong" / "deno")
    page_settings.check(
        msgspec.structs.replace(load(ROOT / "config.toml", {}).sources, js_runtime=right)
    )
    script = f"""
import os, subprocess
import yt_dlp
from klipfast_server.net import page_guard, page_video_child as child
task = dict(max_bytes=1, height=1, idle_s=1, cookies="", js_runtime={right!r})
page = yt_dlp.YoutubeDL(child._options(task, child.Heard()))
page_guard.guard(allow_private=True, refused=[], program={right!r})
info = page._js_runtimes["deno"].info
assert (info.path, info.version, info.supported) == ({right!r}, "2.5.0", True), info
def tries():
    yield lambda: subprocess.run(["deno", "--version"])
    yield lambda: subprocess.run([{wrong!r}])
    yield lambda: subprocess.run([{right!r}], executable={wrong!r})
    yield lambda: subprocess.run({right!r}, shell=True)
    yield lambda: subprocess.run(["/bin/sh", "-c", {right!r}])
    yield lambda: os.system({right!r})
    yield lambda: os.posix_spawn({wrong!r}, ["deno"], {{}})
    yield lambda: os.execv({right!r}, ["deno"])
for number, attempt in enumerate(tries()):
    try:
        attempt()
    except page_guard.Refused:
        pass
    else:
        sys.exit(f"attempt {{number}} went through")
print("only the one")
"""
    told = said_by(script, PATH=f"{tmp_path}/wrong:{os.environ['PATH']}")
    assert told == "only the one\n"
    assert (tmp_path / "right.log").read_text() == "started\n"
    assert not (tmp_path / "wrong.log").exists()


def test_a_page_that_takes_too_much_memory_is_told() -> None:
    told = said_by("""
from klipfast_server.net import page_video_child as child
class Library:
    def YoutubeDL(self, options):
        bytearray(child.MEMORY_BYTES)
child.limit(max_bytes=1)
task = dict(path="", max_bytes=1, height=1, idle_s=1, cookies="", js_runtime="")
print(child.fetch(Library(), task, child.Heard(), []))
""")
    assert told == "The web page takes more memory than it may have.\n"
