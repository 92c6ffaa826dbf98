"""`make test-image`: the steps of the Dockerfile, and the server, without a container engine.

Each stage is this machine's system, with a layer over it that takes every write: the project, the
homes and /opt are hidden. Only what COPY names is there, RUN runs under the image's shell, and the
entry point as its user with the environment, on a root that is read-only but for /data and /tmp.

Proved: that the COPY lines name all that is needed, each RUN step, owners and rights, that the
server starts without a network of weights, answers the HEALTHCHECK, and stops by STOPSIGNAL.
Not proved: the base image, which is not here (the system is, with its Python 3.11), and apt, whose
packages must be installed already. FAST=1 borrows the dependencies of this environment instead of
downloading those of the lock, torch's wheels without CUDA included.
"""

import json
import os
import re
import shlex
import shutil
import signal
import site
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FAST = bool(os.environ.get("FAST"))
HIDDEN = ("work", "root", "home", "tmp", "opt", "data", "build")
START_S = 120.0
APT = """#!/bin/sh
# Stands for apt-get: what is asked for must be installed.
test "$1" = install || exit 0
for word in "$@"; do
  case "$word" in install|-*) continue ;; esac
  dpkg-query -W -f='${Package} ${Version}\\n' "$word" || exit 1
done
"""


@dataclass(frozen=True, slots=True)
class Instruction:
    """A line of a Dockerfile: RUN and its words."""

    name: str
    text: str


@dataclass(slots=True)
class Stage:
    """A FROM, with what follows it."""

    name: str
    steps: list[Instruction] = field(default_factory=list)


def parse(text: str) -> list[Stage]:
    """Return the stages of a Dockerfile; its arguments before the first FROM are dropped."""
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    stages: list[Stage] = []
    for line in filter(str.strip, lines):
        name, _, rest = line.strip().partition(" ")
        if name == "FROM":
            stages.append(Stage(rest.partition(" AS ")[2]))
        elif stages:
            stages[-1].steps.append(Instruction(name, rest.strip()))
    return stages


def main() -> None:
    """Build both stages, start the server; the first thing that is wrong ends it."""
    if os.geteuid() != 0:
        raise SystemExit("error: mounting a root needs root: sudo make test-image")
    stages = parse((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    with ExitStack() as stack:
        top = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="klipfast-image-")))
        roots: dict[str, Path] = {}
        for number, stage in enumerate(stages):
            name = stage.name or f"stage{number}"
            roots[name] = stack.enter_context(_root(top / name))
            built = _Build(roots[name], roots)
            for step in stage.steps:
                built.take(step)
        _serve(built)
        for folder in ("opt/klipfast", "opt/weights"):
            print(f"/{folder}: {_megabytes(built.root / folder)} MB")
    print("the image's steps run, its server is healthy as user 10001, and stops")


@contextmanager
def _root(folder: Path) -> Iterator[Path]:
    """This machine's system below `folder`; what is written stays there, and goes with it."""
    root, upper, work = folder / "root", folder / "disk" / "upper", folder / "disk" / "work"
    (folder / "disk").mkdir(parents=True)
    root.mkdir()
    # Not on the disk itself, which may be an overlay: that cannot lie upon another.
    _call("mount", "-t", "tmpfs", "-o", "size=12g,mode=755", "tmpfs", str(folder / "disk"))
    upper.mkdir()
    work.mkdir()
    try:
        options = f"lowerdir=/,upperdir={upper},workdir={work}"
        _call("mount", "-t", "overlay", "-o", options, "overlay", str(root))
        for name in HIDDEN:
            (root / name).mkdir(exist_ok=True)
            _call("mount", "-t", "tmpfs", "-o", "size=8g,mode=755", "tmpfs", str(root / name))
        (root / "tmp").chmod(0o1777)
        _call("mount", "-t", "proc", "proc", str(root / "proc"))
        _call("mount", "--rbind", "/dev", str(root / "dev"))
        (root / "usr/local/bin/python").unlink(missing_ok=True)
        (root / "usr/local/bin/python").symlink_to(
            shutil.which("python3.11", path="/usr/bin") or ""
        )
        (root / "usr/local/sbin/apt-get").write_text(APT)
        (root / "usr/local/sbin/apt-get").chmod(0o755)
        if FAST:
            [packages] = site.getsitepackages()
            (root / "opt/borrowed").mkdir()
            _call("mount", "--bind", "-o", "ro", packages, str(root / "opt/borrowed"))
        yield root
    finally:
        _call("umount", "--recursive", "--lazy", str(root))
        _call("umount", "--lazy", str(folder / "disk"))


@dataclass
class _Build:
    root: Path
    roots: dict[str, Path]
    environ: dict[str, str] = field(
        default_factory=lambda: {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/tmp",
        }
    )
    folder: str = "/"
    user: str = "0:0"
    other: dict[str, str] = field(default_factory=dict)

    def take(self, step: Instruction) -> None:
        """Do what an instruction says."""
        match step.name:
            case "ARG":
                name, _, value = step.text.partition("=")
                self.environ[name] = os.environ.get(name, value)
            case "ENV":
                for word in shlex.split(step.text):
                    name, _, value = word.partition("=")
                    self.environ[name] = re.sub(
                        r"\$(\w+)", lambda found: self.environ.get(found[1], ""), value
                    )
            case "WORKDIR":
                self.folder = step.text
                (self.root / step.text.lstrip("/")).mkdir(parents=True, exist_ok=True)
            case "USER":
                self.user = step.text
            case "COPY":
                self._copy(shlex.split(step.text))
            case "RUN":
                self._run(step.text)
            case _:
                self.other[step.name] = step.text

    def _copy(self, words: list[str]) -> None:
        options = dict(word[2:].split("=", 1) for word in words if word.startswith("--"))
        *sources, target = [word for word in words if not word.startswith("--")]
        above = self.roots[options["from"]] if "from" in options else ROOT
        into = self.root / Path(self.folder, target).relative_to("/")
        for source in sources:
            path = above / source.lstrip("/")
            if "from" not in options:
                _is_sent(source)
            goal = into / path.name if target.endswith("/") else into
            if path.is_dir():
                shutil.copytree(path, goal, symlinks=True, dirs_exist_ok=True, ignore=_compiled)
            else:
                shutil.copy(path, goal)
            if "chown" in options:
                _call(
                    "chroot",
                    str(self.root),
                    "chown",
                    "-R",
                    options["chown"],
                    "/" + str(goal.relative_to(self.root)),
                )

    def _run(self, text: str) -> None:
        print(f"RUN {text[:90]}", flush=True)
        if FAST and "others.txt" in text and "pip install" in text:
            text = text.partition("&&")[0]  # the division of the lock, and then no download
            packages = "/opt/klipfast/lib/python3.11/site-packages"
            text += f"&& echo /opt/borrowed > {packages}/borrowed.pth"
        self.call("/bin/sh", "-c", text)

    def call(self, *words: str) -> None:
        """Run a command in the image, as its user."""
        subprocess.run(self.command(*words), check=True, env=self.environ)

    def command(self, *words: str) -> list[str]:
        """Return the command that runs `words` in the image."""
        inside = ["env", "-C", self.folder, *words]
        return ["chroot", "--groups=", f"--userspec={self.user}", str(self.root), *inside]


def _serve(built: _Build) -> None:
    """Start the entry point as the image does, until its HEALTHCHECK passes; stop it."""
    root = built.root
    _call("chown", "10001:10001", str(root / "data"))
    _call("mount", "-o", "remount,bind,ro", str(root))
    _call("mount", "-o", "remount,bind,ro", str(root / "opt"))
    entry, words = (
        shlex.split(re.sub(r"[][,]", " ", built.other[n])) for n in ("ENTRYPOINT", "CMD")
    )
    environ = built.environ | {"KLIPFAST_PORT": "18080"}
    command = [*entry, *words]
    with (root.parent / "disk" / "log").open("w+") as log:
        process = subprocess.Popen(
            built.command(*command), env=environ, stdout=log, stderr=log, start_new_session=True
        )
        [check] = re.findall(r"CMD\s+(\[.*\])", built.other["HEALTHCHECK"])
        try:
            _until_healthy(built, process, json.loads(check), environ)
        except BaseException:
            log.seek(0)
            print(log.read()[-3000:])
            raise
        finally:
            process.send_signal(getattr(signal, built.other["STOPSIGNAL"]))
            code = process.wait(70)
    assert code == 0, f"stopped with {code}"
    owners = {path.stat().st_uid for path in (root / "data").iterdir()}
    assert owners == {10001}, owners


def _until_healthy(
    built: _Build, process: "subprocess.Popen[bytes]", check: list[str], environ: dict[str, str]
) -> None:
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        looked = subprocess.run(
            built.command(*check), env=environ, capture_output=True, check=False
        )
        if looked.returncode == 0:
            return
        time.sleep(1)
    raise SystemExit("error: the server does not become healthy")


def _is_sent(source: str) -> None:
    """Refuse what .dockerignore would leave out."""
    sent = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    if f"!{source}" not in sent:
        raise SystemExit(f"error: .dockerignore leaves {source} out")


def _compiled(_folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "__pycache__" or name.endswith(".pyc")]


def _megabytes(folder: Path) -> int:
    found = subprocess.run(
        ["du", "-smx", str(folder)], capture_output=True, text=True, check=True
    ).stdout
    return int(found.split()[0])


def _call(*words: str) -> None:
    subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
