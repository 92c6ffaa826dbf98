"""requirements.lock has a version with hashes of all that setup.cfg needs, and names no address."""

import configparser
import re

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from project_paths import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINNED = re.compile(r"^([\w.-]+)==([^\s;]+).*?((?:\\\n    --hash=sha256:[0-9a-f]{64} ?)+)$", re.M)


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    pinned = {canonicalize_name(found[1]): found[2] for found in PINNED.finditer(LOCK)}
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    for line in settings["options"]["install_requires"].split():
        wanted = Requirement(line)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), line


def test_every_line_is_a_pin_or_its_hash() -> None:
    assert PINNED.sub("", LOCK).strip() == ""
    assert "://" not in LOCK
