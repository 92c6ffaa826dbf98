"""The wheel works where nothing is installed but what it names: the README's programs run there."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from caller import Caller
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from project_paths import ROOT
from receiver import Receiver, Server, hook

from klipfast_server.core.config import Config

SOURCE = ROOT / "client"
README = (SOURCE / "README.md").read_text(encoding="utf-8")
AWAITED, BLOCKING, WEBHOOK = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
BUILD = "import setuptools.build_meta as b, sys; print(b.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with the built wheel, and links to what it needs."""
    top = tmp_path_factory.mktemp("alone")
    shutil.copytree(SOURCE, top / "source", ignore=shutil.ignore_patterns("*.egg-info", "build"))
    subprocess.run([sys.executable, "-c", BUILD, top], cwd=top / "source", check=True)
    [wheel] = top.glob("klipfast_client-*.whl")
    venv.create(top / "venv", symlinks=True)
    [packages] = top.glob("venv/lib/*/site-packages")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    install += ["--no-index", "--no-deps", "--target", str(packages), str(wheel)]
    subprocess.run(install, check=True)
    for name in needed("aiohttp") | needed("msgspec"):
        link(name, packages)
    return top / "venv" / "bin" / "python"


def needed(name: str) -> set[str]:
    """A package and all that it needs here."""
    found: set[str] = {canonicalize_name(name)}
    for line in distribution(name).requires or ():
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            found |= needed(wanted.name)
    return found


def link(name: str, packages: Path) -> None:
    """Have the files of an installed package in another folder."""
    files = distribution(name).files or ()
    for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
        (packages / top).symlink_to(str(distribution(name).locate_file(top)))


@pytest.fixture
def config(config: Config) -> Config:
    """Receivers on this machine may be told."""
    sources = msgspec.structs.replace(config.sources, allow_private=True)
    return msgspec.structs.replace(config, sources=sources)


@pytest.fixture
async def receiver(aiohttp_server: Server) -> Receiver:
    receiver = Receiver()
    app = web.Application()
    app.router.add_route("POST", "/hook", receiver.answer)
    receiver.server = await aiohttp_server(app)
    return receiver


async def ran(python: Path, program: str, folder: Path, **environ: str) -> str:
    """What a program prints; it must succeed."""
    process = await asyncio.create_subprocess_exec(
        *(python, "-I", "-c", program),
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environ},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 0, out.decode()
    return out.decode()


def test_nothing_else_is_installed(python: Path) -> None:
    listed = "import importlib.metadata as m; print(*{d.name for d in m.distributions()})"
    command = [str(python), "-I", "-c", listed]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = set(map(canonicalize_name, out.split()))
    assert found == {"klipfast-client"} | needed("aiohttp") | needed("msgspec")


def test_the_wheel_is_typed_and_tells_its_version(python: Path) -> None:
    told = "import klipfast_client as k; from pathlib import Path; from importlib.metadata import "
    told += "version; assert Path(k.__file__).with_name('py.typed').is_file(); "
    told += "assert version('klipfast-client') == k.__version__"
    subprocess.run([python, "-I", "-c", told], check=True)


@pytest.mark.parametrize("program", [AWAITED, BLOCKING], ids=["async", "blocking"])
async def test_the_readmes_programs_make_clips_and_verify_the_message(
    python: Path, program: str, ada: Caller, receiver: Receiver, tmp_path: Path
) -> None:
    made = await hook(ada, receiver, events=["job.completed"])
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "talk.mp4").write_text("seconds 20")
    server = str(ada.client.make_url("/"))
    await ran(python, program, folder, KLIPFAST_SERVER=server, KLIPFAST_KEY=ada.key)
    saved = sorted(path.read_text() for path in folder.glob("clip_*.mp4"))
    assert saved == ["clip of 0.0 to 9.5 s", "clip of 10.0 to 19.5 s"]

    await receiver.until(1)
    [(headers, body)] = receiver.got
    job_id = json.loads(body)["data"]["job_id"]
    secret = {"KLIPFAST_WEBHOOK_SECRET": made["secret"]}
    taken = f"{WEBHOOK}\nprint(received({body!r}, {headers!r}))"
    assert await ran(python, taken, folder, **secret) == f"job.completed of {job_id}\n"
    changed = body.replace(b"completed", b"c0mpleted")
    taken = f"{WEBHOOK}\ntry:\n    received({changed!r}, {headers!r})\n"
    taken += "except ValueError as error:\n    print(error)"
    assert "was not signed with this secret" in await ran(python, taken, folder, **secret)
