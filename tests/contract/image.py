"""`make test-image`: the image is built, serves as compose.yaml runs it, clips a talk, and stops.

Podman builds the Dockerfile from what .dockerignore lets in. Its base is fetched, or, where no
registry of images answers, made by debootstrap from the same packages. The container has a
read-only root, no capabilities and a volume; the job goes through its own command line.

Arguments of the build come from the environment: TORCH=cpu, TORCH_CPU_INDEX=…, WEIGHTS=none. This
machine's settings of pip and its certificates are mounted while the image is built, so that a
mirror serves.
It needs root, about 20 GB of disk and ten minutes, and leaves nothing behind.
"""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TALK = ROOT / "tests" / "data" / "sample_talk.mp4"
IMAGE = "localhost/klipfast-test:latest"
OWN_BASE = "localhost/klipfast-test-base:latest"
BASE = re.compile(r"^ARG BASE=(\S+):(\S+)-slim$", re.MULTILINE)
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
NEEDED = {"podman": "podman", "debootstrap": "debootstrap", "catatonit": "catatonit"}
START_S = 120.0
STOP_S = 70.0  # compose.yaml's stop_grace_period
# How compose.yaml runs it.
CONFINED = (
    "--read-only",
    "--tmpfs=/tmp",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    "--init",
    "--network=host",
)
PORT = "18080"


def main() -> None:
    """Build, serve, clip, stop; the first thing that is wrong ends it."""
    missing = [package for command, package in NEEDED.items() if shutil.which(command) is None]
    if missing:
        raise SystemExit(f"error: apt-get install {' '.join(missing)} runc nftables")
    if os.geteuid() != 0:
        raise SystemExit("error: a base image and its owners need root: sudo make test-image")
    with ExitStack() as stack:
        engine = _Engine()
        base = stack.enter_context(_base(engine))
        stack.enter_context(_built(engine, base))
        _report(engine)
        container = stack.enter_context(_running(engine))
        _until_healthy(engine, container)
        _clip(engine, container)
        _stop(engine, container)
    print("the image's server is healthy as user 10001, clips a talk, and stops")


class _Engine:
    """Podman, with what this machine's kernel requires."""

    def __init__(self) -> None:
        self._limits = [
            f"--ulimit={name}={limit}:{limit}"
            for name, kind in (("nofile", resource.RLIMIT_NOFILE), ("nproc", resource.RLIMIT_NPROC))
            if (limit := resource.getrlimit(kind)[1]) > 0
        ]
        # crun refuses a machine with both generations of control groups; runc does not.
        both = Path("/sys/fs/cgroup/unified").exists()
        self._global = ["--runtime=runc", "--cgroup-manager=cgroupfs"] if both else []

    def call(self, *words: str, check: bool = True) -> str:
        """Return what a command of podman prints. Raises SystemExit with its errors."""
        run = subprocess.run(
            self.command(*words), capture_output=True, text=True, check=False, env=_environ()
        )
        if check and run.returncode != 0:
            raise SystemExit(f"error: podman {' '.join(words[:2])}: {run.stderr[-3000:]}")
        return run.stdout.strip()

    def show(self, *words: str) -> None:
        """Run a command whose output is to be seen. Raises SystemExit."""
        if subprocess.run(self.command(*words), check=False, env=_environ()).returncode != 0:
            raise SystemExit(f"error: podman {words[0]} failed")

    def command(self, *words: str) -> list[str]:
        """Return the words that run a command of podman."""
        [name, *rest] = words
        limits = self._limits if name in {"build", "run"} else []
        return ["podman", *self._global, name, *limits, *rest]


def _environ() -> dict[str, str]:
    return os.environ | {"PODMAN_IGNORE_CGROUPSV1_WARNING": "1"}


@contextmanager
def _base(engine: _Engine) -> Iterator[str]:
    """Yield the name of the Dockerfile's base, or of one that debootstrap made."""
    [(name, suite)] = BASE.findall((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    wanted = f"docker.io/library/{name}:{suite}-slim"
    if engine.call("pull", "--quiet", "--retry=0", wanted, check=False):
        yield wanted
        return
    print(f"{wanted} cannot be fetched: debootstrap makes the base", flush=True)
    with tempfile.TemporaryDirectory(prefix="klipfast-base-") as folder:
        subprocess.run(
            ["debootstrap", "--variant=minbase", suite, f"{folder}/root"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        archive = f"{folder}/root.tar"
        # What the slim images leave out.
        left_out = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt/archives")
        skipped = [f"--exclude=./{path}/*" for path in left_out]
        subprocess.run(["tar", "-C", f"{folder}/root", "-cf", archive, *skipped, "."], check=True)
        engine.call("import", archive, OWN_BASE)
    try:
        yield OWN_BASE
    finally:
        engine.call("rmi", "--force", OWN_BASE, check=False)


@contextmanager
def _built(engine: _Engine, base: str) -> Iterator[None]:
    """Build the image; it goes at the end."""
    arguments = [f"BASE={base}"]
    given = [name for name in ("TORCH", "TORCH_CPU_INDEX", "WEIGHTS") if name in os.environ]
    arguments += [f"{name}={os.environ[name]}" for name in given]
    with tempfile.TemporaryDirectory(prefix="klipfast-pip-") as folder:
        settings = Path(folder, "pip.conf")
        settings.write_text(_pip_settings(), encoding="utf-8")
        started = time.monotonic()
        try:
            engine.show(
                "build",
                "--isolation=chroot",  # no nested container is needed to build
                "--network=host",
                "--layers=false",
                "--format=docker",  # OCI's has no HEALTHCHECK
                f"--volume={settings}:/etc/pip.conf:ro",
                f"--volume={CERTIFICATES}:/run/certificates.crt:ro",
                *[f"--build-arg={argument}" for argument in arguments],
                f"--tag={IMAGE}",
                str(ROOT),
            )
            print(f"built in {time.monotonic() - started:.0f} s")
            yield
        finally:
            engine.call("rmi", "--force", IMAGE, check=False)


def _pip_settings() -> str:
    """Return this machine's settings of pip that say where packages come from."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    kept = dict(re.findall(r"^global\.((?:extra-)?index-url)='(.*)'$", listed, re.MULTILINE))
    lines = [f"{name} = {value}" for name, value in kept.items()]
    return "\n".join(["[global]", "cert = /run/certificates.crt", *lines, ""])


def _report(engine: _Engine) -> None:
    """Print the size of the image, and of its parts."""
    size = int(engine.call("image", "inspect", IMAGE, "--format={{.Size}}"))
    print(f"the image: {size / 1e6:,.0f} MB", flush=True)
    parts = "/usr/share/fonts /usr/lib /opt/klipfast /opt/weights"
    sizes = engine.call("run", "--rm", "--entrypoint=sh", IMAGE, "-c", f"du -sm {parts}")
    print(sizes, flush=True)


@contextmanager
def _running(engine: _Engine) -> Iterator[str]:
    """Start the server; its container and volume go at the end."""
    volume = engine.call("volume", "create")
    container = engine.call(
        "run",
        "--detach",
        *CONFINED,
        f"--env=KLIPFAST_PORT={PORT}",
        f"--volume={volume}:/data",
        IMAGE,
    )
    try:
        yield container
    except BaseException:
        print(engine.call("logs", "--tail=30", container, check=False))
        raise
    finally:
        engine.call("rm", "--force", "--time=5", container, check=False)
        engine.call("volume", "rm", volume, check=False)


def _until_healthy(engine: _Engine, container: str) -> None:
    """Wait for the image's own HEALTHCHECK. Raises SystemExit."""
    command = engine.command("healthcheck", "run", container)
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        checked = subprocess.run(command, capture_output=True, check=False, env=_environ())
        if checked.returncode == 0:
            return
        time.sleep(1)
    raise SystemExit("error: the server does not become healthy")


def _clip(engine: _Engine, container: str) -> None:
    """Submit a talk by the image's own commands, and look at what was downloaded."""
    print(engine.call("exec", container, "klipfast-server", "check"), flush=True)
    engine.call("cp", str(TALK), f"{container}:/data/talk.mp4")
    made = engine.call(
        "exec", container, "klipfast-server", "keys", "create", "--account=me", "--plan=pro"
    )
    [key] = re.findall(r"kf_live_sk_\w+", made)
    client = ["exec", f"--env=KLIPFAST_KEY={key}", container, "klipfast"]
    server = f"--server=http://127.0.0.1:{PORT}"
    print(engine.call(*client, "submit", server, "/data/talk.mp4", "--watch", "--out=/data/c"))
    films = engine.call("exec", container, "find", "/data/c", "-name", "*.mp4").splitlines()
    job = json.loads(engine.call(*client, "list", server, "--json"))
    assert job["status"] == "completed", job
    assert len(films) == job["clip_count"] > 1, films


def _stop(engine: _Engine, container: str) -> None:
    """Stop as an engine does, and look at what the server left."""
    owners = engine.call("exec", container, "find", "/data", "-not", "-user", "10001")
    assert owners in {"", "/data/talk.mp4"}, owners  # the file that was copied in
    engine.call("stop", f"--time={STOP_S:.0f}", container)
    code = engine.call("inspect", container, "--format={{.State.ExitCode}}")
    assert code == "0", f"stopped with {code}"


if __name__ == "__main__":
    main()
