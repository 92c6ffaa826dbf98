"""A real Ray cluster on loopback: each machine has an address and processes of its own.

The machines are started one by one, and each can be killed like a machine whose power fails.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from serving import free_port

STARTED = "Ray runtime started"
START_S = 120.0  # for one machine, while others use the processor
STORE_BYTES = 80_000_000  # the least that Ray takes


class NotStarted(Exception):
    """A machine did not start; the text is the end of its log."""


def program() -> Path | None:
    """Ray's program, beside the interpreter; None if Ray is not installed."""
    path = Path(sys.executable).with_name("ray")
    return path if path.exists() else None


@dataclass
class Machine:
    """The processes of one machine."""

    name: str
    ip: str
    process: "subprocess.Popen[bytes]"

    def pids(self) -> list[int]:
        """Its processes: those of its session, which Ray's own children stay in."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == self.process.pid:
                    found.append(int(entry.name))
        return found

    def kill(self) -> None:
        """End all of it at once, as a power failure does."""
        for _ in range(2):  # what the first round was about to start, too
            for pid in self.pids():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class RayCluster:
    """A head without work, and machines that join and leave."""

    ray: Path
    folder: Path
    port: int
    environ: Mapping[str, str]
    machines: dict[str, Machine] = field(default_factory=dict)

    @property
    def head_ip(self) -> str:
        """The address of the head's machine, which is also the server's."""
        return "127.0.0.2"

    @property
    def address(self) -> str:
        """What `cluster.address` says."""
        return f"{self.head_ip}:{self.port}"

    def start_head(self) -> Machine:
        """Start the head, whose machine offers nothing."""
        words = ["--head", f"--port={self.port}", f"--temp-dir={self.folder / 't'}"]
        words += ["--include-dashboard=false", "--disable-usage-stats"]
        return self._start("head", self.head_ip, words, {})

    def add(
        self, name: str, environ: Mapping[str, str], *, recognizer: int = 1, encoder: int = 1
    ) -> Machine:
        """Start a machine that offers these lanes; `environ` is set for its processes."""
        resources = f'{{"recogniser": {recognizer}, "encoder": {encoder}}}'
        words = [f"--address={self.address}", f"--resources={resources}"]
        taken = {machine.ip for machine in self.machines.values()}
        ip = next(ip for n in range(3, 250) if (ip := f"127.0.0.{n}") not in taken)
        return self._start(name, ip, words, environ)

    def _start(self, name: str, ip: str, words: list[str], environ: Mapping[str, str]) -> Machine:
        assert name not in self.machines, f"{name} runs already, and would be forgotten"
        log = self.folder / f"{name}.log"
        own = [f"--node-name={name}", f"--node-ip-address={ip}"]
        own += [f"--object-store-memory={STORE_BYTES}"]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [str(self.ray), "start", "--block", "--num-cpus=0", *own, *words],
                env={**os.environ, **self.environ, **environ},
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        machine = self.machines[name] = Machine(name, ip, process)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and process.poll() is None:
            if STARTED in log.read_text(errors="replace"):
                return machine
            time.sleep(0.1)
        raise NotStarted(f"{name}: {log.read_text(errors='replace')[-2000:]}")

    def kill(self, name: str) -> None:
        """Kill a machine."""
        self.machines.pop(name).kill()


@contextmanager
def ray_cluster(ray: Path, **environ: str) -> Iterator[RayCluster]:
    """A head while the block runs; `environ` is set for the processes of all machines."""
    # Ray's sockets have long names, and those of sockets are limited.
    folder = Path(tempfile.mkdtemp(prefix="kf-ray-", dir="/tmp"))
    always = {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_enable_metrics_collection": "0",
        "RAY_worker_niceness": "0",  # else actors starve where much else runs: Ray has 15
    }
    cluster = RayCluster(ray, folder, free_port(), always | environ)
    try:
        cluster.start_head()
        yield cluster
    finally:
        for name in list(cluster.machines):
            cluster.kill(name)
        shutil.rmtree(folder, ignore_errors=True)
