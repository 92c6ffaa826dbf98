"""`make test-install`: wheels, installed away from the repository, make clips of a talk.

The source distributions, of the server and its client, are made from the files that git tracks,
and the wheels from those. They are installed into a fresh environment, which then is read-only: as
root, the commands run as a user who may not write there. They run in an empty folder, with Postgres
and data below it.

FAST=1 borrows the dependencies of the environment that runs this, instead of installing them;
PYTHON names another interpreter than that of this environment.
"""

import json
import os
import shutil
import site
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "data" / "sample_talk.mp4"
START_S = 180.0  # for the server to begin, which may fetch weights
NOBODY = 65534
BUILD = "import setuptools.build_meta as b, sys; print(b.build_sdist(sys.argv[1]))"
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment with the wheel, and an empty folder to run its commands in."""

    python: Path
    here: Path
    environ: dict[str, str]
    user: int | None  # None: whoever runs this

    def start(self, *words: str, out: IO[str] | int, err: IO[str] | int) -> subprocess.Popen[str]:
        """One of its commands, running."""
        return subprocess.Popen(
            [self.python.with_name(words[0]), *words[1:]],
            cwd=self.here,
            env=self.environ,
            text=True,
            stdout=out,
            stderr=err,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
        )

    def run(self, *words: str, code: int = 0) -> str:
        """What one of its commands prints; it ends with `code`."""
        process = self.start(*words, out=subprocess.PIPE, err=subprocess.PIPE)
        out, err = process.communicate()
        if process.returncode != code:
            raise SystemExit(f"{words}: {process.returncode}\n{out}\n{err}")
        return out if code == 0 else err


def main() -> None:
    """Build, install, run; the first thing that is wrong ends it."""
    with tempfile.TemporaryDirectory(prefix="klipfast-install-") as name:
        top = Path(name)
        top.chmod(0o755)
        builder = environment(top / "build")
        _call([builder, *PIP, "setuptools>=77"])
        python = install(wheels(top, builder), top / "venv")
        here = top / "here"
        here.mkdir()
        _make_read_only(top / "venv")
        before = sorted(_facts(top / "venv"))
        try:
            _prove(_beside(python, here))
            assert sorted(_facts(top / "venv")) == before, "something was written into the install"
        finally:
            _make_writable(top / "venv")
    print("installed from a wheel, in a folder of its own, and read-only: it serves and clips")


def wheels(
    top: Path, python: Path, *options: str, change: Callable[[Path], None] = lambda _: None
) -> list[Path]:
    """The client's wheel, and the server's; the source distribution of each is beside it.

    `python` has setuptools; `options` are pip's; `change` may write into the copied sources.
    """
    source = top / "source"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if not name.startswith(("tests/", "bench/", "tools/", "docs/")) and (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    change(source)
    folders = {"client": source / "client", "server": source}
    return [_wheel(python, each, top / name, options) for name, each in folders.items()]


def _wheel(python: Path, source: Path, out: Path, options: tuple[str, ...]) -> Path:
    out.mkdir(exist_ok=True)
    _call([python, "-c", BUILD, str(out)], cwd=source)
    [archive] = out.glob("*.tar.gz")
    pip = ["-m", "pip", "wheel", "--quiet", "--no-deps", *options]
    _call([python, *pip, "-w", str(out), str(archive)])
    [wheel] = out.glob("*.whl")
    print(f"built {wheel.name} from {archive.name}")
    return wheel


def environment(folder: Path) -> Path:
    """A fresh one's interpreter."""
    _call([os.environ.get("PYTHON") or sys.executable, "-m", "venv", str(folder)])
    return folder / "bin" / "python"


def install(built: list[Path], folder: Path) -> Path:
    """The interpreter of a fresh environment with these wheels, and what they need."""
    python = environment(folder)
    if os.environ.get("FAST"):
        [packages] = folder.glob("lib/*/site-packages")
        borrowed = "\n".join(site.getsitepackages())
        (packages / "borrowed.pth").write_text(borrowed)
    else:
        _call([python, *PIP, "--require-hashes", "-r", str(ROOT / "requirements.lock")])
    _call([python, *PIP, "--no-deps", *map(str, built)])
    print(f"installed them into {folder}")
    return python


def _call(command: list[str | Path], cwd: Path | None = None) -> None:
    subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.DEVNULL)


def _make_read_only(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)


def _make_writable(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)


def _facts(folder: Path) -> Iterator[tuple[str, int, int]]:
    """Of each file: its name, its size, and when it was written."""
    for path in folder.rglob("*"):
        told = path.lstat()
        yield str(path), told.st_size, told.st_mtime_ns


def _beside(python: Path, here: Path) -> Installed:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "HOME": str(here),
        "KLIPFAST_PORT": str(port),
        "KLIPFAST_SERVER": f"http://127.0.0.1:{port}",
    } | {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    kept = Path.home() / ".cache" / "klipfast"  # weights that are here need not be fetched
    if kept.is_dir():
        shutil.copytree(kept, here / ".cache" / "klipfast")
    user = NOBODY if os.geteuid() == 0 else None
    if user is not None:
        for path in (here, *here.rglob("*")):
            os.chown(path, user, user)
        try:
            subprocess.run([python, "-c", ""], user=user, group=user, check=True)
        except (OSError, subprocess.CalledProcessError):
            print(f"{python} is not for other users: the commands run as root")
            user = None
            for path in (here, *here.rglob("*")):
                os.chown(path, 0, 0)
    return Installed(python=python, here=here, environ=environ, user=user)


def _prove(installed: Installed) -> None:
    refused = installed.run("klipfast", "submit", str(SAMPLE), "--key", "x", code=1)
    assert refused.startswith("error: no KlipFast server responds"), refused
    with _serving(installed) as url:
        made = installed.run(
            "klipfast-server", "keys", "create", "--account", "me", "--plan", "pro"
        )
        installed.environ["KLIPFAST_KEY"] = made.splitlines()[-1]
        sample = shutil.copy(SAMPLE, installed.here / "talk.mp4")
        words = ("submit", str(sample), "--watch", "--out", "out", "--json")
        job = json.loads(installed.run("klipfast", *words))
        assert job["status"] == "completed", job
        assert job["clips"], job
        clips = sorted((installed.here / "out").glob("*.mp4"))
        assert len(clips) == len(job["clips"]), clips
        assert all(clip.read_bytes()[4:8] == b"ftyp" for clip in clips), clips
        names = {path.name for path in (installed.here / "out").iterdir()}
        assert {"thread.txt", "post.txt", "article.md"} <= names, names
        assert {f"{clip.stem}.jpg" for clip in clips} <= names, names
        print(f"{len(clips)} clips of {SAMPLE.name} from {url}")
        (installed.here / "config.toml").write_text("[server]\nprot = 1\n")
        refused = installed.run("klipfast-server", "check", code=1)
        assert "the nearest is server.port" in refused, refused
        (installed.here / "config.toml").unlink()
        assert "the server can start" in installed.run("klipfast-server", "check")
    assert (installed.here / "data" / "postgres").is_dir()
    typed = "import klipfast_client, klipfast_server, pipeline; from pathlib import Path; "
    typed += "assert all(Path(p.__file__).with_name('py.typed').is_file() "
    installed.run("python", "-c", typed + "for p in (klipfast_client, klipfast_server, pipeline))")


@contextmanager
def _serving(installed: Installed) -> Iterator[str]:
    """The address of a server that is ready."""
    log, url = installed.here / "server.log", installed.environ["KLIPFAST_SERVER"]
    with log.open("w") as file:
        process = installed.start("klipfast-server", "serve", out=file, err=file)
    try:
        deadline = time.monotonic() + START_S
        while not _is_ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the server did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


if __name__ == "__main__":
    main()
