"""Installs the locked packages; where there is no card, torch comes without CUDA.

    python3 deploy/install_packages.py --check            # whether this machine is suitable
    .venv/bin/python deploy/install_packages.py [LOCK]    # into the environment of this Python

Which torch: what the variable TORCH says (cpu, cuda), else what suits the machine; with a LOCK
other than requirements.lock, the one that is installed. Nine tenths of the download are for CUDA.
torch without it is on an index of its own, TORCH_CPU_INDEX: its files are checked against
requirements-cpu.lock, all others against requirements.lock. torchaudio (.3 MB) has no hash there.
triton is left out: torch needs it for torch.compile alone, which nothing calls.

Only the standard library is used, and nothing newer than Python 3.8, so that an old one can say so.
"""

from __future__ import annotations

import contextlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCKS = next(folder for folder in (ROOT.parent, ROOT) if (folder / "requirements.lock").exists())
TORCH = ("torch", "torchaudio")
CUDA = re.compile(r"(nvidia-|cuda-)")  # what only the wheels with CUDA need
UNUSED = "triton=="
ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # torch's own, as its installation page names it
MB = 1_000_000
BYTES = {"cpu": 365 * MB, "cuda": 2700 * MB}  # downloads, about (2026-12, Linux on x86-64)
MORE_BYTES = 400 * MB  # what the tests need
ON_DISK = {"cpu": 3000 * MB, "cuda": 9000 * MB}  # downloads and weights included
DRIVER = 580  # NVIDIA's, the oldest with CUDA 13
GLIBC = (2, 28)
NETWORK = re.compile(
    r"ConnectionError|Retrying|ProxyError|SSLError|Max retries|timed out|resolution"
)
REPORT_S = 15.0  # between two lines where there is no terminal


class Refused(Exception):
    """What is wrong, and what would be right."""


def check_machine(folder: Path, kind: str) -> None:
    """Raise Refused if Python, processor, system or disk do not suit."""
    if not (3, 11) <= sys.version_info[:2] < (3, 14):
        raise Refused("Python 3.11, 3.12 or 3.13 is needed; run make PYTHON=python3.13")
    system, machine = platform.system(), platform.machine()
    if (system, machine) == ("Darwin", "arm64"):
        if int(platform.mac_ver()[0].split(".")[0] or 0) < 14:
            raise Refused(f"macOS 14 or newer is needed, not {platform.mac_ver()[0]}")
    elif system != "Linux" or machine not in ("x86_64", "aarch64"):
        raise Refused(
            f"there are packages for Linux on x86-64 and ARM64 and for macOS on ARM64, not for "
            f"{system} on {machine}"
        )
    else:
        name, version = platform.libc_ver()
        if name != "glibc" or tuple(map(int, version.split(".")[:2])) < GLIBC:
            raise Refused(
                f"glibc {'.'.join(map(str, GLIBC))} or newer is needed (Debian 10, Ubuntu 20.04, "
                f"RHEL 8), not {f'{name} {version}'.strip() or 'another C library'}"
            )
    free = shutil.disk_usage(folder).free
    if free < ON_DISK[kind] and not (folder / ".venv").exists():
        raise Refused(
            f"{ON_DISK[kind] / 1e9:.0f} GB of disk are needed in {folder}, {free / 1e9:.1f} are "
            "free"
        )


def choose_torch(wanted: str) -> tuple[str, str]:
    """Return "cpu" or "cuda", and why. Raises Refused."""
    if wanted in BYTES:
        return wanted, "as asked"
    if wanted not in ("", "auto"):
        raise Refused(f"TORCH is cpu, cuda or auto, not {wanted!r}")
    if platform.system() != "Linux":
        return "cpu", "no CUDA on this system"
    driver = driver_version()
    if driver is None:
        return "cpu", "no NVIDIA card is found"
    if driver < DRIVER:
        return "cpu", f"the card's driver {driver} is older than {DRIVER}, which CUDA 13 needs"
    return "cuda", "an NVIDIA card is found"


def driver_version() -> int | None:
    """Return the main version of NVIDIA's driver; None: there is none, or no card."""
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        told = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.match(r"\d+", told.stdout)
    return int(found.group()) if found and told.returncode == 0 else None


def divide(kind: str, lock: str) -> tuple[str, str]:
    """Return requirements of torch without CUDA, and the others with their hashes.

    For cuda all are among the others. Raises ValueError.
    """
    if kind not in BYTES:
        raise ValueError(f"the kind is cpu or cuda, not {kind!r}")
    entries = [
        entry for entry in ENTRY.split(lock) if entry.strip() and not entry.startswith(UNUSED)
    ]
    if kind == "cuda":
        return "", "".join(entries)
    torch = [entry for entry in entries if entry.partition("==")[0] in TORCH]
    if len(torch) != len(TORCH):
        raise ValueError("the lock does not name torch and torchaudio once each")
    others = [entry for entry in entries if entry not in torch and not CUDA.match(entry)]
    return "".join(f"{entry.split()[0]}+cpu\n" for entry in torch), "".join(others)


def install(kind: str, *, is_asked: bool) -> None:
    """Install everything; with CUDA if torch without it `is_asked` for by nobody and cannot be had.

    Raises Refused; what was downloaded is in pip's cache for another try.
    """
    lock = (LOCKS / "requirements.lock").read_text(encoding="utf-8")
    bar = Bar(BYTES[kind])
    if kind == "cpu" and platform.system() == "Linux":
        torch, lock = divide(kind, lock)
        index = os.environ.get("TORCH_CPU_INDEX") or CPU_INDEX
        audio = torch.splitlines()[1]
        once = ["--index-url", index, "--retries", "1", "--timeout", "15"]
        try:
            run_pip(bar, "--require-hashes", *once, "-r", str(LOCKS / "requirements-cpu.lock"))
            run_pip(bar, *once, audio)
        except Refused as error:
            missing = f"torch without CUDA cannot be had from {index} ({error})"
            if is_asked:
                raise Refused(f"{missing}. TORCH=cuda takes the one with CUDA") from error
            print(
                f"{missing}: the ordinary index's comes with CUDA, "
                f"{BYTES['cuda'] / 1e9:.1f} GB instead of "
                f"{BYTES['cpu'] / 1e9:.1f}. TORCH_CPU_INDEX names another index.",
                flush=True,
            )
            check_machine(Path(sys.prefix), "cuda")
            install("cuda", is_asked=True)
            return
    else:
        lock = divide("cuda", lock)[1]
        if installed_torch() == "cpu" and kind == "cuda":  # pip takes one for the other
            subprocess.run([sys.executable, "-m", "pip", "uninstall", "-qy", *TORCH], check=True)
    install_locked(bar, lock)
    bar.close()


def install_more(lock: Path) -> None:
    """Install what a further lock names, beside the torch that is there. Raises Refused."""
    bar = Bar(MORE_BYTES)
    install_locked(bar, divide(installed_torch(), lock.read_text(encoding="utf-8"))[1])
    bar.close()


def installed_torch() -> str:
    """Return "cpu" if the torch that is installed comes from the index without CUDA."""
    try:
        return "cpu" if version("torch").endswith("+cpu") else "cuda"
    except PackageNotFoundError:
        return "cuda"


def install_locked(bar: Bar, lock: str) -> None:
    """Install requirements with their hashes. Raises Refused."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(lock)
        file.flush()
        run_pip(bar, "--require-hashes", "-r", file.name)


def run_pip(bar: Bar, *words: str) -> None:
    """Run pip, without dependencies, showing what it has downloaded. Raises Refused."""
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--progress-bar=off",
        "--no-input",
    ]
    with tempfile.TemporaryDirectory(dir=sys.prefix, prefix=".pip-") as folder:
        log = Path(folder) / "log"
        environ = dict(os.environ, TMPDIR=folder, PIP_DISABLE_PIP_VERSION_CHECK="1")
        with log.open("w") as out:
            pip = subprocess.Popen([*command, *words], stdout=out, stderr=out, env=environ)
            try:
                while pip.poll() is None:
                    bar.show(folder)
                    time.sleep(0.25)
            except BaseException:
                pip.terminate()
                pip.wait()
                raise
        bar.next()
        if pip.returncode != 0:
            raise Refused(explain(log.read_text(errors="replace")))


def explain(log: str) -> str:
    """Return one line for what pip says when it fails."""
    if "No space left" in log:
        return f"no space is left on the disk of {sys.prefix}"
    if "DO NOT MATCH THE HASHES" in log:
        names = re.findall(r"^\s+(\S+==\S+)", log.partition("HASHES")[2], re.MULTILINE)
        what = ", ".join(names) or "a file"
        return f"{what} is not what the lock names: an index or a proxy changed it"
    if NETWORK.search(log):
        return (
            "the package index cannot be reached; behind a proxy set HTTPS_PROXY, "
            "for another index PIP_INDEX_URL"
        )
    errors = [line for line in log.splitlines() if line.startswith("ERROR: ")]
    return errors[-1][7:] if errors else (log.strip().splitlines() or ["pip failed"])[-1]


class Bar:
    """One line for all downloads: bytes, of about how many, and time left."""

    def __init__(self, total: int) -> None:
        self._total, self._done, self._current = total, 0, 0
        self._begun = self._told = time.monotonic()
        self._is_terminal = sys.stdout.isatty()

    def show(self, folder: str) -> None:
        """Count what pip has put in its folder, and tell it now and then."""
        self._current = max(self._current, size_of_wheels(folder))  # pip removes them at its end
        done, now = self._done + self._current, time.monotonic()
        if now - self._told < (0.25 if self._is_terminal else REPORT_S):
            return
        self._told = now
        share = min(1.0, done / self._total)
        left = (now - self._begun) * (1 - share) / share if share > 0.02 else None
        text = f"packages: {done / MB:,.0f} of about {self._total / MB:,.0f} MB"
        text += "" if left is None else f", {left:.0f} s left" if share < 0.98 else ", installing"
        if self._is_terminal:
            cells = int(30 * share)
            print(f"\r[{'#' * cells}{' ' * (30 - cells)}] {text}\033[K", end="", flush=True)
        else:
            print(text, flush=True)

    def next(self) -> None:
        """Keep the count of a run of pip that ends."""
        self._done, self._current = self._done + self._current, 0

    def close(self) -> None:
        """Say what it was."""
        took = time.monotonic() - self._begun
        clear = "\r\033[K" if self._is_terminal else ""
        print(f"{clear}packages: {self._done / MB:,.0f} MB in {took:.0f} s", flush=True)


def size_of_wheels(folder: str) -> int:
    """Return how many bytes pip has downloaded into its temporary folder."""
    total = 0
    for unpack in Path(folder).glob("pip-unpack-*"):
        with contextlib.suppress(OSError):  # pip removes it, or what is in it, while it is read
            for path in unpack.iterdir():
                total += path.stat().st_size
    return total


def main(words: list[str]) -> int:
    """Check the machine, or install."""
    try:
        if words not in ([], ["--check"]):
            install_more(Path(words[0]))
            return 0
        wanted = os.environ.get("TORCH", "")
        kind, why = choose_torch(wanted)
        check_machine(Path.cwd(), kind)
        if not words:
            print(f"torch {'with' if kind == 'cuda' else 'without'} CUDA: {why}", flush=True)
            install(kind, is_asked=wanted == kind)
    except Refused as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
