"""The locks and the image: pinned versions with hashes, and a Dockerfile without surprises."""

import configparser
import re
from pathlib import Path

import install_packages
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from project_paths import ROOT

import klipfast_client

LOCKS = {
    "requirements.lock": {"install_requires"},
    "requirements-dev.lock": {"install_requires", "dev"},
}
OWN = "klipfast-client"  # stands in this repository, and is installed from it
PINNED = re.compile(r"^([\w.-]+)==([^\s;]+).*?((?:\\\n    --hash=sha256:[0-9a-f]{64} ?)+)$", re.M)


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text(encoding="utf-8")
    return {canonicalize_name(found[1]): found[2] for found in PINNED.finditer(text)}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_dependency_is_pinned_within_its_bounds(lock: str) -> None:
    pinned = pins(lock)
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = dict(settings["options"]) | dict(settings["options.extras_require"])
    for name in LOCKS[lock]:
        for line in listed[name].strip().splitlines():
            wanted = Requirement(line)
            if wanted.name == OWN:
                assert wanted.specifier.contains(klipfast_client.__version__)
                continue
            assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), line


@pytest.mark.parametrize("lock", [*LOCKS, "docs/site/requirements.lock"])
def test_every_line_is_a_pin_or_its_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert PINNED.sub("", text).strip() == ""
    assert "://" not in text


def test_what_makes_the_site_is_pinned_within_its_bounds() -> None:
    pinned = pins("docs/site/requirements.lock")
    for line in (ROOT / "docs/site/requirements.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            wanted = Requirement(line)
            assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), line


def test_the_tests_run_with_the_versions_of_the_product() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


LOCKED = (ROOT / "requirements.lock").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PACKAGE = re.compile(r"^([A-Za-z0-9_.-]+)==", re.MULTILINE)


def test_the_image_for_a_cpu_has_every_package_but_those_of_cuda() -> None:
    torch, others = install_packages.divide("cpu", LOCKED)
    assert re.fullmatch(r"torch==[\d.]+\+cpu\ntorchaudio==[\d.]+\+cpu\n", torch)
    left_out = set(PACKAGE.findall(LOCKED)) - set(PACKAGE.findall(torch + others))
    assert {"triton", "nvidia-cublas"} <= left_out
    assert all(re.match(r"nvidia-|cuda-|triton", name) for name in left_out)
    assert others.count("==") < others.count("--hash=sha256:")


def test_the_image_for_a_card_has_the_lock_but_for_triton() -> None:
    torch, others = install_packages.divide("cuda", LOCKED)
    assert torch == ""
    assert PACKAGE.findall(others) == [name for name in PACKAGE.findall(LOCKED) if name != "triton"]


def test_torch_without_cuda_is_locked_at_the_same_version() -> None:
    torch, _others = install_packages.divide("cpu", LOCKED)
    lock = (ROOT / "requirements-cpu.lock").read_text(encoding="utf-8")
    assert lock.startswith(torch.splitlines()[0] + " ")
    assert lock.count("--hash=sha256:") == 6  # three Pythons, two processors


def test_another_kind_of_torch_is_refused() -> None:
    with pytest.raises(ValueError, match="cpu or cuda, not 'rocm'"):
        install_packages.divide("rocm", LOCKED)


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


def test_the_chart_is_of_the_same_version() -> None:
    chart = (ROOT / "deploy/helm/klipfast/Chart.yaml").read_text(encoding="utf-8")
    versions = re.findall(r"^(?:appV|v)ersion: (.+)$", chart, re.MULTILINE)
    assert versions == [klipfast_client.__version__] * 2
