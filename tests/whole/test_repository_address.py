"""A checkout needs no address, and a release has its publisher's wherever it is read."""

import os
import re
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import documented_commands as documented
import installed
import pytest
from project_paths import ROOT, SUPPORT

from tools import repository_address

ADDRESS, VERSION = "https://git.example.com/me/klipfast", "1.2.3"
PLACEHOLDER = re.compile(r"[A-Z][A-Z_]{2,}")
NONE = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "KEY"}  # a key is the reader's own


def test_no_command_in_a_block_has_a_placeholder() -> None:
    found = [
        f"{line.place}: {word}"
        for line in documented.typed()
        for words in line.parts
        for word in words
        if PLACEHOLDER.fullmatch(word) and word not in NONE
    ]
    assert found == []
    for path in (*ROOT.glob("compose*.yaml"), *(ROOT / "deploy").rglob("*.*ml")):
        assert not re.search(r"\b(?:IMAGE|REPOSITORY)\b", path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("given", ["", "git@example.com:me/klipfast", "https://git.example.com"])
def test_a_release_without_the_address_is_refused_in_one_line(given: str) -> None:
    folders = (*SUPPORT, ROOT / "tests" / "contract", ROOT / "tests" / "proofs")
    path = os.pathsep.join(map(str, folders))
    done = subprocess.run(
        [sys.executable, "-m", "tools.release"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": path, "REPOSITORY": given},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.fullmatch(r"error: set REPOSITORY to .+ make release REPOSITORY=\S+\n", done.stderr)
    assert done.stdout == ""


@pytest.mark.parametrize("name", repository_address.FILLED)
def test_each_file_has_its_place_for_the_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert ADDRESS not in text
    assert ADDRESS in repository_address.filled(name, text, ADDRESS, VERSION)
    with pytest.raises(ValueError, match="where the repository's address belongs"):
        repository_address.filled(name, "nothing", ADDRESS, VERSION)


def test_the_command_that_makes_a_checkout_is_before_those_that_need_one() -> None:
    for name in ("README.md", "docs/start.md", "docs/install.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        page = repository_address.filled(name, text, ADDRESS, VERSION)
        assert f"After `git clone {ADDRESS} klipfast && cd klipfast`:\n\n```bash" in page


@pytest.mark.parametrize("name", repository_address.DESCRIPTIONS)
def test_links_of_a_description_lead_into_the_repository(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    page = repository_address.filled(name, text, ADDRESS, VERSION)
    links = re.findall(r"\]\(([^)\s]+)", page)
    assert len(links) == len(re.findall(r"\]\(([^)\s]+)", text))
    for link in links:
        assert link.startswith(("https://", "#"))
        into, _, path = link.partition(f"/v{VERSION}/")
        if into.startswith(ADDRESS):
            assert into.rpartition("/")[2] == (
                "raw" if path.endswith((".webp", ".jpg")) else "blob"
            )
            assert (ROOT / path.partition("#")[0]).exists(), link


@pytest.mark.slow
def test_what_is_built_names_the_repository(tmp_path: Path) -> None:
    fill = partial(repository_address.fill, address=ADDRESS, version=VERSION)
    python = Path(sys.executable)
    for wheel in installed.wheels(tmp_path, python, "--no-build-isolation", change=fill):
        with zipfile.ZipFile(wheel) as archive:
            [name] = [each for each in archive.namelist() if each.endswith("/METADATA")]
            metadata = archive.read(name).decode()
        assert f"\nProject-URL: Repository, {ADDRESS}\n" in metadata
        assert f"]({ADDRESS}/blob/v{VERSION}/" in metadata
        assert not repository_address.LINK.search(metadata)
