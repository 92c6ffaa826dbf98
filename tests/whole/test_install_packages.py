"""Packages are installed from the locks, torch without CUDA where there is no card."""

import functools
import hashlib
import http.server
import os
import platform
import shutil
import subprocess
import sys
import threading
import venv
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import install_packages
import pytest
from install_packages import Refused
from project_paths import ROOT

Disk = namedtuple("Disk", "total used free")


def machine(patch: pytest.MonkeyPatch, named: str, libc: str = "glibc 2.36") -> None:
    system, processor = named.split()
    patch.setattr(platform, "system", lambda: system)
    patch.setattr(platform, "machine", lambda: processor)
    patch.setattr(platform, "libc_ver", lambda: tuple(libc.split(" ")))
    patch.setattr(platform, "mac_ver", lambda: (libc, ("", "", ""), processor))


@pytest.mark.parametrize(
    ("named", "libc", "wrong"),
    [
        ("Linux x86_64", "glibc 2.28", ""),
        ("Linux aarch64", "glibc 2.41", ""),
        ("Darwin arm64", "14.6.1", ""),
        ("Darwin arm64", "13.2", "macOS 14 or newer is needed, not 13.2"),
        ("Darwin x86_64", "14.6", "not for Darwin on x86_64"),
        ("Windows AMD64", " ", "not for Windows on AMD64"),
        ("Linux armv7l", "glibc 2.36", "not for Linux on armv7l"),
        ("Linux x86_64", "glibc 2.17", "glibc 2.28 or newer is needed .*, not glibc 2.17"),
        ("Linux x86_64", " ", "glibc 2.28 or newer is needed .*, not another C library"),
    ],
)
def test_a_machine_without_packages_is_told_what_would_do(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    named: str,
    libc: str,
    wrong: str,
) -> None:
    machine(monkeypatch, named, libc)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(0, 0, 10**12))
    if not wrong:
        install_packages.check_machine(tmp_path, "cuda")
        return
    with pytest.raises(Refused, match=wrong):
        install_packages.check_machine(tmp_path, "cpu")


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: tuple[int, int]
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    with pytest.raises(Refused, match=r"Python 3\.11, 3\.12 or 3\.13 is needed"):
        install_packages.check_machine(tmp_path, "cpu")


def test_too_little_disk_is_told_before_anything_is_downloaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(0, 0, 4 * 10**9))
    install_packages.check_machine(tmp_path, "cpu")
    with pytest.raises(Refused, match=r"9 GB of disk are needed in .*, 4\.0 are free"):
        install_packages.check_machine(tmp_path, "cuda")
    (tmp_path / ".venv").mkdir()  # what is there is only renewed
    install_packages.check_machine(tmp_path, "cuda")


@pytest.mark.parametrize(
    ("driver", "kind", "why"),
    [
        ("echo 580.65.06", "cuda", "an NVIDIA card is found"),
        ("echo 470.42", "cpu", "driver 470 is older than 580"),
        ("echo no devices; exit 6", "cpu", "no NVIDIA card is found"),
        (None, "cpu", "no NVIDIA card is found"),
    ],
)
def test_the_card_and_its_driver_choose_torch(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, driver: str | None, kind: str, why: str
) -> None:
    if driver is not None:
        (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\n{driver}\n")
        (tmp_path / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    chosen, reason = install_packages.choose_torch("auto")
    assert chosen == kind
    assert why in reason
    assert install_packages.choose_torch("cuda")[0] == "cuda"
    with pytest.raises(Refused, match="not 'rocm'"):
        install_packages.choose_torch("rocm")


def test_on_macos_torch_has_no_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "Darwin arm64", "14.6")
    assert install_packages.choose_torch("") == ("cpu", "no CUDA on this system")


def wheel(folder: Path, name: str, version: str) -> str:
    """Write an empty package into an index; its entry in a lock."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    path = folder / name / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{name}=={version} --hash=sha256:{digest}\n"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_words: object) -> None: ...


@pytest.fixture
def index(tmp_path: Path) -> Iterator[str]:
    served = functools.partial(Quiet, directory=str(tmp_path / "served"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), served) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_downloads_are_counted_while_pip_removes_its_folders(tmp_path: Path) -> None:
    stop = threading.Event()

    def pip() -> None:
        while not stop.is_set():
            for number in range(20):
                unpack = tmp_path / f"pip-unpack-{number}"
                unpack.mkdir()
                (unpack / "torch.whl").write_bytes(b"wheel")
            for number in range(20):
                shutil.rmtree(tmp_path / f"pip-unpack-{number}")

    worker = threading.Thread(target=pip)
    worker.start()
    sizes = [install_packages.size_of_wheels(str(tmp_path)) for _ in range(500)]
    stop.set()
    worker.join()
    assert 0 < max(sizes) <= 20 * len(b"wheel")


@pytest.mark.slow  # makes an environment, and starts pip some times
def test_torch_without_cuda_comes_from_its_index_or_with_a_line_from_the_ordinary_one(
    tmp_path: Path, index: str
) -> None:
    cpu, usual, here = tmp_path / "served" / "cpu", tmp_path / "served" / "usual", tmp_path / "here"
    here.mkdir()
    shutil.copy(ROOT / "deploy" / "install_packages.py", here)
    names = [
        ("attrs", "1"),
        ("nvidia-nccl", "1"),
        ("torch", "2.0"),
        ("torchaudio", "2.0"),
        ("triton", "3.0"),
    ]
    lock = "".join(wheel(usual, name.replace("-", "_"), version) for name, version in names)
    (usual / "nvidia_nccl").rename(usual / "nvidia-nccl")
    (here / "requirements.lock").write_text(lock.replace("nvidia_nccl", "nvidia-nccl"))
    (here / "requirements-cpu.lock").write_text(wheel(cpu, "torch", "2.0+cpu"))
    wheel(cpu, "torchaudio", "2.0+cpu")
    python = tmp_path / "venv" / "bin" / "python"
    venv.create(tmp_path / "venv", with_pip=True)

    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "nvidia-smi").chmod(0o755)

    def installed(cpu_index: str, *words: str, torch: str = "auto") -> tuple[str, set[str]]:
        environ = dict(
            os.environ, TORCH=torch, TORCH_CPU_INDEX=cpu_index, PIP_CONFIG_FILE=os.devnull
        )
        environ = {name: value for name, value in environ.items() if name != "PIP_FIND_LINKS"}
        environ["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
        environ["PIP_INDEX_URL"] = f"{index}/usual"
        run = [str(python), str(here / "install_packages.py"), *words]
        done = subprocess.run(
            run, env=environ, cwd=here, capture_output=True, text=True, check=False
        )
        folder = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
        return done.stdout + done.stderr, {p.name[:-10] for p in folder.glob("*.dist-info")}

    told, there = installed(f"{index}/cpu")
    assert {"attrs-1", "torch-2.0+cpu", "torchaudio-2.0+cpu"} <= there, told
    assert not any(name.startswith(("nvidia", "triton")) for name in there)
    assert "no NVIDIA card is found" in told

    (here / "more.lock").write_text(
        wheel(usual, "idna", "3") + (here / "requirements.lock").read_text()
    )
    told, there = installed(f"{index}/cpu", "more.lock")
    assert {"idna-3", "torch-2.0+cpu"} <= there, told
    assert not any(name.startswith("nvidia") for name in there)

    subprocess.run([python, "-m", "pip", "uninstall", "-qy", "torch"], check=True)
    told, there = installed(f"{index}/nowhere", torch="cpu")
    assert "error: torch without CUDA cannot be had from" in told
    assert not any(name.startswith("torch-") for name in there)
    told, there = installed(f"{index}/nowhere")
    assert "torch without CUDA cannot be had from" in told
    assert {"nvidia_nccl-1", "torch-2.0"} <= there, told
    assert not any(name.startswith("triton") for name in there)

    (here / "requirements.lock").write_text(f"attrs==2 --hash=sha256:{'0' * 64}\n" + lock)
    wheel(usual, "attrs", "2")
    told, _there = installed(f"{index}/nowhere")
    assert "error: attrs==2" in told.replace(" from ", " ")
    assert "is not what the lock names" in told
