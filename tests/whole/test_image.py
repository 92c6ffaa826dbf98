"""What the image is built from: a lock without CUDA, and a Dockerfile without surprises."""

import re
from pathlib import Path

import lock_for_image
import pytest
from project_paths import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==", re.MULTILINE)


def test_the_image_for_a_cpu_has_every_package_but_those_of_cuda() -> None:
    torch, others = lock_for_image.divide("cpu", LOCK)
    assert re.fullmatch(r"torch==[\d.]+\ntorchaudio==[\d.]+\n", torch)
    left_out = set(PINNED.findall(LOCK)) - set(PINNED.findall(torch + others))
    assert {"triton", "nvidia-cublas"} <= left_out
    assert all(re.match(r"nvidia-|cuda-|triton", name) for name in left_out)
    assert others.count("==") < others.count("--hash=sha256:")


def test_the_image_for_a_card_has_the_lock_but_for_triton() -> None:
    torch, others = lock_for_image.divide("", LOCK)
    assert torch == ""
    assert PINNED.findall(others) == [name for name in PINNED.findall(LOCK) if name != "triton"]


def test_another_kind_of_torch_is_refused() -> None:
    with pytest.raises(ValueError, match="cpu or empty, not 'rocm'"):
        lock_for_image.divide("rocm", LOCK)


def test_the_image_has_the_systems_packages_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [wanted] = re.findall(r"SYSTEM_PACKAGES := ((?:.*\\\n)*.*)", makefile)
    for package in wanted.replace("\\", " ").split():
        assert re.search(rf"\b{package}\b", DOCKERFILE), package


def test_the_server_of_the_image_is_no_root_and_no_secret_is_built_in() -> None:
    last = DOCKERFILE.rpartition("FROM ")[2]
    [user] = re.findall(r"^USER (\d+):\d+$", last, re.MULTILINE)
    assert int(user) > 0
    assert not re.search(r"(SECRET|PASSWORD|TOKEN|_KEY)=", DOCKERFILE)
    assert "STOPSIGNAL SIGTERM" in last
    assert "/readyz" in last


def test_only_what_is_named_goes_to_the_builder() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in lines
    for name in (line[1:] for line in lines if line.startswith("!")):
        assert Path(ROOT, name).exists(), name
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", DOCKERFILE, re.MULTILINE), name
