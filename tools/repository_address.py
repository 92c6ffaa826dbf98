"""Writes the repository's address, which only its publisher knows, into what a release consists of.

In a checkout no command and no link needs it. A page that is read elsewhere does, and so do the
packages' metadata, compose's builds and the templates.
"""

import os
import posixpath
import re
from pathlib import Path

VARIABLE = "REPOSITORY"
# A link, or an image's text and link, that leads to a file of the repository.
LINK = re.compile(r"(!\[[^\]]*)?\]\((?!https?:|#)([^)\s]+)")
CLONED = ("In a checkout:\n", "After `git clone {address} klipfast && cd klipfast`:\n")
BUILT = "{address}.git#v{version}"
# File → what it has in a checkout, and what takes its place.
FILLED = {
    "README.md": CLONED,
    "docs/start.md": CLONED,
    "docs/install.md": CLONED,
    "compose.yaml": ("build: .\n", f"build: {BUILT}\n"),
    "compose.gpu.yaml": ("context: .\n", f"context: {BUILT}\n"),
    "setup.cfg": ("[metadata]\n", "[metadata]\nproject_urls =\n    Repository = {address}\n"),
    "client/pyproject.toml": (
        "[tool.setuptools]\n",
        '[project.urls]\nRepository = "{address}"\n\n[tool.setuptools]\n',
    ),
    "deploy/unraid/klipfast.xml": (
        "  <Overview>",
        "  <Support>{address}</Support>\n  <Project>{address}</Project>\n  <Overview>",
    ),
}
DESCRIPTIONS = ("README.md", "client/README.md")  # shown by an index of packages


def given() -> str:
    """Return the address from the environment. Raises ValueError without one."""
    address = os.environ.get(VARIABLE, "").rstrip("/").removesuffix(".git")
    if not re.fullmatch(r"https?://[^\s/]+/\S+", address):
        raise ValueError(
            f"set {VARIABLE} to the address at which people will find the repository, such as "
            f"make release {VARIABLE}=https://git.example.com/me/klipfast"
        )
    return address


def fill(top: Path, address: str, version: str) -> None:
    """Write the address into the files of a copy of the repository. Raises ValueError."""
    for name in {*FILLED, *DESCRIPTIONS}:
        path = top / name
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            path.write_text(filled(name, text, address, version), encoding="utf-8")


def filled(name: str, text: str, address: str, version: str) -> str:
    """Return the text of a file with the address. Raises ValueError if it has no place for it."""
    if name in FILLED:
        before, after = FILLED[name]
        if before not in text:
            raise ValueError(f"{name} has no {before!r}, where the repository's address belongs")
        text = text.replace(before, after.format(address=address, version=version))
    return linked(name, text, address, version) if name in DESCRIPTIONS else text


def linked(name: str, text: str, address: str, version: str) -> str:
    """Return a page on which relative links lead into the repository at the version's tag."""

    def absolute(found: re.Match[str]) -> str:
        image, target = found[1] or "", posixpath.join(posixpath.dirname(name), found[2])
        kind = "raw" if image else "blob"
        return f"{image}]({address}/{kind}/v{version}/{posixpath.normpath(target)}"

    return LINK.sub(absolute, text)
