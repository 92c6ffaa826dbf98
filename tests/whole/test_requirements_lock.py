"""The locks have a version with hashes of all that setup.cfg needs, and name no address."""

import configparser
import re

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
