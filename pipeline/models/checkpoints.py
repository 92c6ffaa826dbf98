"""Fetch weights from wherever they are, keep them in the cache, and say what it has.

Every file of a known checkpoint is checked against a pinned SHA-256 before it is used, and appears
in the cache by a single rename, so a failed download never looks complete. What the user chooses on
the hub is OWNER/NAME@REVISION; without a revision it is the newest. In either case all its files
are of one commit, which the log names. The result is a folder in the Hugging Face layout, or one
that holds the author's single file.
"""

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import ModelUnavailable
from pipeline.models import configured_files, weight_sources
from pipeline.models.file_lock import locked
from pipeline.models.pinned import MINILM, WHISPER_BASE, WHISPER_TURBO, Pinned

log = logging.getLogger(__name__)

ABANDONED_S = 6 * 3600.0  # an older temporary folder belongs to an interrupted download
POLL_S = 0.5  # seconds between two looks whether another process has fetched the same
TOLD = "source.txt"  # in a checkpoint's folder: where its files are from


def is_there(pinned: Pinned, cache_dir: Path) -> bool:
    """Whether the cache has a checkpoint."""
    return (cache_dir / pinned.name / pinned.last).is_file()


def begun_in(pinned: Pinned, cache_dir: Path) -> Path:
    """Return the folder of a checkpoint's download while it is under way, or broken."""
    return cache_dir / f".{pinned.name}-begun"


def bytes_in(folder: Path) -> int:
    """Return the bytes of all files below a folder, in which others may be writing."""
    size = 0
    for above, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # it is gone by now
                size += os.stat(os.path.join(above, name)).st_size
    return size


def resolve(wanted: str, default: Pinned, cache_dir: Path, mirror: str = "") -> Path:
    """Return the folder of a checkpoint; `wanted` is "auto", a local folder, or a hub id.

    A `mirror`, a URL or a local folder, is asked first for the checkpoints of this release.
    Raises ModelUnavailable, which lists every source tried and what to do.
    """
    if wanted == "auto":
        return _cached(default, cache_dir, mirror)
    if (local := configured_files.local_path(wanted)) is not None:
        return local
    known = {name: p for p in (WHISPER_BASE, WHISPER_TURBO, MINILM) for name in _names(p)}
    return _cached(known.get(wanted) or _by_id(wanted), cache_dir, mirror)


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
        weight_sources.reach_hub()
        repo, revision = configured_files.split_id(wanted)
        commit = weight_sources.resolve_commit(repo, revision)
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


def _cached(pinned: Pinned, cache_dir: Path, mirror: str) -> Path:
    """Return the checkpoint's folder in the cache, after fetching it if it is missing."""
    folder = cache_dir / pinned.name
    if is_there(pinned, cache_dir):
        return folder
    cache_dir.mkdir(parents=True, exist_ok=True)
    _sweep(cache_dir)
    with _alone(pinned, cache_dir) as begun:
        if not is_there(pinned, cache_dir):
            _fill(pinned, begun, folder, mirror)
    return folder


@contextmanager
def _alone(pinned: Pinned, cache_dir: Path) -> Iterator[Path]:
    """Yield the folder of a checkpoint's download when no other thread or process is in it.

    What a broken download may go on with stays there.
    """
    begun, lock = begun_in(pinned, cache_dir), cache_dir / f".{pinned.name}.lock"
    while True:
        with locked(lock) as is_held:
            if is_held:
                begun.mkdir(exist_ok=True)
                begun.touch()  # it is in use, however old it is
                try:
                    yield begun
                finally:
                    if is_there(pinned, cache_dir) or not any(begun.iterdir()):
                        shutil.rmtree(begun)
                    lock.unlink()
                return
        time.sleep(POLL_S)


def _fill(pinned: Pinned, begun: Path, folder: Path, mirror: str) -> None:
    """Fetch a checkpoint and publish its folder. Raises ModelUnavailable."""
    _check_space(pinned, begun)
    into = begun / "files"
    shutil.rmtree(into, ignore_errors=True)  # a process that was killed left it
    try:
        sources = weight_sources.finished(pinned, mirror) + weight_sources.published(pinned)
        what = weight_sources.fetch(pinned, into, sources)
        _publish(into, folder, what)
    except Exception as error:  # converting and renaming fail in other ways than fetching
        shutil.rmtree(into, ignore_errors=True)
        is_own = isinstance(error, ModelUnavailable)
        reason = str(error) if is_own else weight_sources.first_line(error)
        files = ", ".join(pinned.finished or pinned.files)
        raise ModelUnavailable(
            f"The weights {pinned.name} could not be had. Tried: {reason}. "
            f"Connect the machine once, or put the checkpoint's folder ({files}) at {folder}"
            + (" or name it in config.toml [models]." if pinned.repo else ".")
        ) from error
    log.info("%s: from %s, kept in %s", pinned.name, what, folder)


def _check_space(pinned: Pinned, begun: Path) -> None:
    """Raise ModelUnavailable if the disk has no space for what is still to come."""
    needed = pinned.size + pinned.kept_size - bytes_in(begun)
    free = shutil.disk_usage(begun).free
    if free < needed:
        raise ModelUnavailable(
            f"There is no space for the weights {pinned.name}: {begun.parent} needs "
            f"{needed / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free there."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedWeights:
    """What the cache has of a checkpoint."""

    name: str
    folder: Path
    files: tuple[Path, ...]  # none: it is not there
    source: str = ""  # where they are from
    wrong: str = ""  # a file that does not have its pinned SHA-256


def cached_files(pinned: Pinned, cache_dir: Path) -> CachedWeights:
    """Compare the files of a checkpoint in the cache with their hashes; fetch nothing."""
    folder = cache_dir / pinned.name
    if not is_there(pinned, cache_dir):
        return CachedWeights(name=pinned.name, folder=folder, files=())
    files = tuple(folder / name for name in pinned.finished)
    told = folder / TOLD
    return CachedWeights(
        name=pinned.name,
        folder=folder,
        files=files,
        source=told.read_text().strip() if told.is_file() else "unknown: before 0.1",
        wrong=next((file.name for file in files if not _is_right(file, pinned)), ""),
    )


def _is_right(file: Path, pinned: Pinned) -> bool:
    return file.is_file() and weight_sources.sha256_of(file) == pinned.finished[file.name]


def _sweep(cache_dir: Path) -> None:
    """Remove the remains of interrupted downloads; those of running downloads are younger."""
    for left in cache_dir.glob(".*-*"):
        with suppress(FileNotFoundError):  # another process has just finished with it
            if left.is_dir() and time.time() - left.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(left, ignore_errors=True)


def _publish(files: Path, folder: Path, source: str) -> None:
    """Convert the checkpoint if necessary, then publish the finished folder by one rename."""
    if (files / "model.bin").is_file():
        from pipeline.models import ctranslate2, packed_e5  # noqa: PLC0415 - they import torch

        is_e5 = packed_e5.is_packed(files / "model.bin")
        (packed_e5 if is_e5 else ctranslate2).convert(files)
        (files / "model.bin").unlink()
    (files / TOLD).write_text(f"{source}\n")
    files.rename(folder)
