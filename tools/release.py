"""`make release`: everything that a release consists of, in dist/, made twice and checked.

The source distributions and wheels of server and client are made of the files that git tracks, with
the commit's time; pages, locks and the files to deploy it are in a ZIP. REPOSITORY must be the
address of the repository, which is written into all of them. Wheels of the weights travel along, as
`make weights` makes them. SHA256SUMS names every file; the SBOM and the release's notes are files,
too. IMAGES=1 also builds the images, into the store of docker or podman; DIRTY=1 allows changes
that are not committed; TAG is what the version is compared with.
"""

import configparser
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from functools import partial
from pathlib import Path

from installed import Installed, install, wheels
from serving import free_port

import klipfast_client
from tools import repository_address, sbom

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
WEIGHTS = "weights"  # kept
SECTION = r"^## {} - \d{{4}}-\d\d-\d\d\n(.*?)(?=^## |\Z)"
# What those read and use who have no checkout.
TOP = ("*.md", "LICENSE", "NOTICE", "requirements*.lock", "compose*.yaml")
BESIDE = (*(f":(glob){pattern}" for pattern in TOP), "deploy", "docs")
# Nobody releases figures: what measures and proves may write them before.
UNRELEASED = (":!bench/results", ":!docs/proofs.md")


class Refused(Exception):
    """The release cannot be made, or is not what it should be."""


def main() -> int:
    """Make and check the release, and return the exit code."""
    try:
        address = repository_address.given()
        version = _version()
        notes = _notes(version, address)
        epoch = int(_git("log", "-1", "--format=%ct"))
        os.environ["SOURCE_DATE_EPOCH"] = str(epoch)
        os.umask(0o022)  # modes are in the archives
        subprocess.run([sys.executable, "-m", "tools.weights"], cwd=ROOT, check=True)
        built = _built(version, address, epoch)
        _fill(version, notes, built, epoch)
        _try_wheels(version)
        subprocess.run([sys.executable, ROOT / "tests" / "contract" / "upgrade.py"], check=True)
        _make_images(version)
    except (Refused, ValueError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"KlipFast {version} is in {DIST}")
    return 0


def _git(*words: str) -> str:
    told = subprocess.run(["git", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return told.stdout.strip()


def _version() -> str:
    """Return the version, which is the same everywhere. Raises Refused."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    version = settings["metadata"]["version"]
    if version != klipfast_client.__version__:
        raise Refused(f"setup.cfg has {version}, and the client {klipfast_client.__version__}")
    if (tag := os.environ.get("TAG") or f"v{version}") != f"v{version}":
        raise Refused(f"the tag is {tag}, and setup.cfg has version {version}")
    if not os.environ.get("DIRTY") and _git(
        "status", "--porcelain", "-uno", "--", ".", *UNRELEASED
    ):
        raise Refused("there are changes that are not committed; DIRTY=1 allows them")
    return version


def _notes(version: str, address: str) -> str:
    """Return the changelog's section of the version. Raises Refused."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(SECTION.format(re.escape(version)), text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise Refused(f"CHANGELOG.md has no section '## {version} - YYYY-MM-DD'")
    return repository_address.linked("CHANGELOG.md", found[1].strip(), address, version)


def _built(version: str, address: str, epoch: int) -> dict[str, bytes]:
    """Return source distributions, wheels and the ZIP by name, which two builds agree on.

    Raises Refused where they do not.
    """
    first: dict[str, bytes] = {}
    again: dict[str, bytes] = {}
    fill = partial(repository_address.fill, address=address, version=version)
    for made in (first, again):
        with tempfile.TemporaryDirectory(prefix="klipfast-release-") as name:
            # The setuptools of the lock builds, so that what is built depends on nothing else.
            python = Path(sys.executable)
            for wheel in wheels(Path(name), python, "--no-build-isolation", change=fill):
                made[wheel.name] = wheel.read_bytes()
                [source] = wheel.parent.glob("*.tar.gz")
                made[source.name] = _normal(source, epoch)
        made[f"klipfast-{version}-deploy.zip"] = _beside(version, address, epoch)
    if differing := [name for name in first if first[name] != again.get(name)]:
        raise Refused(f"two builds differ: {', '.join(differing)}")
    print("two builds are the same")
    return first


def _normal(source: Path, epoch: int) -> bytes:
    """Return a source distribution with the commit's time, and nobody's name."""
    packed = io.BytesIO()
    with (
        tarfile.open(source) as old,
        gzip.GzipFile("", "wb", fileobj=packed, mtime=epoch) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda each: each.name):
            content = old.extractfile(member) if member.isfile() else None
            member.mtime, member.uid, member.gid = epoch, 0, 0
            member.uname = member.gname = ""
            member.pax_headers = {}
            new.addfile(member, content)
    return packed.getvalue()


def _beside(version: str, address: str, epoch: int) -> bytes:
    """Return a ZIP of the pages, locks and files to deploy it, with the address."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(_git("ls-files", "--", *BESIDE).splitlines()):
            content = (ROOT / name).read_bytes()
            if name in repository_address.FILLED:
                text = repository_address.filled(name, content.decode(), address, version)
                content = text.encode()
            member = zipfile.ZipInfo(f"klipfast-{version}/{name}", time.gmtime(epoch)[:6])
            archive.writestr(member, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _fill(version: str, notes: str, built: dict[str, bytes], epoch: int) -> None:
    """Write dist/. Raises ValueError for an SBOM that is none."""
    DIST.mkdir(exist_ok=True)
    for old in DIST.iterdir():
        if old.name != WEIGHTS:
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for name, content in built.items():
        (DIST / name).write_bytes(content)
    parts = sbom.document(version, {name: _sha256(DIST / name) for name in built}, epoch)
    print(f"SBOM: {len(parts['components'])} components, checked with {sbom.check(parts)}")
    (DIST / "klipfast.cdx.json").write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")
    (DIST / "NOTES.md").write_text(notes + "\n", encoding="utf-8")
    if not list(DIST.glob(f"{WEIGHTS}/*.whl")):
        print("left out: wheels of weights, because dist/weights has none")
    listed = sorted(path for path in DIST.rglob("*") if path.is_file())
    sums = "".join(f"{_sha256(path)}  {path.relative_to(DIST)}\n" for path in listed)
    (DIST / "SHA256SUMS").write_text(sums, encoding="utf-8")
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=DIST, check=True)
    print(f"SHA256SUMS: {len(listed)} files")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _try_wheels(version: str) -> None:
    """Install the wheels in an environment of their own, and run their commands.

    Raises Refused, and SystemExit where a command fails.
    """
    os.environ["FAST"] = "1"  # with the dependencies of this environment
    with tempfile.TemporaryDirectory(prefix="klipfast-release-") as name:
        Path(name).chmod(0o755)  # embedded Postgres does not run as root
        python = install(sorted(DIST.glob("*.whl")), Path(name, "venv"))
        environ = {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(Path.home())}
        environ["KLIPFAST_PORT"] = str(free_port())
        tried = Installed(python=python, here=Path(name), environ=environ, user=None)
        for command in ("klipfast", "klipfast-server"):
            if tried.run(command, "--version").strip() != f"{command} {version}":
                raise Refused(f"{command} --version does not print {version}")
        told = "import klipfast_client as c; print(c.__version__, c.__file__)"
        if not tried.run("python", "-c", told).startswith(f"{version} {Path(name, 'venv')}"):
            raise Refused("the client that is imported is not that of the wheel")
        print(tried.run("klipfast-server", "check"), end="")


def _make_images(version: str) -> None:
    """Build what can be built here, and say what was left out, and why."""
    engines = [name for name in ("docker", "podman") if shutil.which(name)]
    engine = next((name for name in engines if not _fault([name, "info"])), None)
    if engine is None or not os.environ.get("IMAGES"):
        why = "neither docker nor podman answers" if engine is None else "IMAGES=1 builds them"
        print(f"left out: the images; {why}")
        return
    kinds = {version: ("cpu", "baked"), f"{version}-cuda": ("cuda", "none")}
    for tag, (torch, weights) in kinds.items():
        words = ["--build-arg", f"TORCH={torch}", "--build-arg", f"WEIGHTS={weights}"]
        fault = _fault([engine, "build", *words, "--tag", f"klipfast:{tag}", str(ROOT)])
        print(f"left out: klipfast:{tag}: {fault}" if fault else f"built klipfast:{tag}")


def _fault(command: list[str]) -> str:
    """Run a command, and return the last line of what is wrong, if anything is."""
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    lines = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
    return lines[-1] if done.returncode else ""


if __name__ == "__main__":
    sys.exit(main())
