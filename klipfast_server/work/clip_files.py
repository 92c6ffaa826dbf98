"""The keys of the files of a clip, which are the same wherever it is rendered."""

from pathlib import Path

from klipfast_server.core import identifiers
from klipfast_server.files.object_keys import prefix
from klipfast_server.store.queue.job_queue import ClipKeys
from pipeline.core.data import Clip

MOST_PICTURES = 3  # thumbnails of one clip


def stem_of(job_id: str, ordinal: int) -> str:
    """Return what the keys of a clip's files begin with."""
    return f"{prefix(job_id)}/{identifiers.clip_id(job_id, ordinal)}"


def files_of(stem: str, clip: Clip) -> tuple[ClipKeys, dict[str, Path]]:
    """Return the keys of a clip's files, and which file belongs at each of them."""
    pictures = {_picture(stem, n): path for n, path in enumerate(clip.thumbnails, 1)}
    keys = ClipKeys(
        video=f"{stem}.mp4",
        pictures=tuple(pictures),
        clean=f"{stem}.clean.mp4" if clip.clean else None,
    )
    files = {keys.video: clip.path, **pictures}
    if keys.clean is not None and clip.clean is not None:
        files[keys.clean] = clip.clean
    return keys, files


def possible_keys(stem: str) -> tuple[str, ...]:
    """Return every key that files of a clip may have, for who does not know which it got."""
    pictures = (_picture(stem, n) for n in range(1, MOST_PICTURES + 1))
    return (f"{stem}.mp4", *pictures, f"{stem}.clean.mp4")


def _picture(stem: str, number: int) -> str:
    return f"{stem}.jpg" if number == 1 else f"{stem}.{number}.jpg"
