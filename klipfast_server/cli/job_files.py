"""Saves a job's clips, thumbnails and texts as files in a folder, with readable names."""

import re
from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path

import msgspec

from klipfast_client import Client, models

MAX_NAME_CHARS = 40  # length of a clip's title in a file name
FILES = {"twitter_thread": "thread.txt", "linkedin_post": "post.txt", "blog_post": "article.md"}
CLEAN_MARK = ".clean"  # before the suffix of a clip without captions and title


def stem(number: int, clip: models.JobClip) -> str:
    """Return a file name such as 3-What-it-is-called, from the clip's rank and title."""
    name = re.sub(r"[^\w]+", "-", clip.title).strip("-")[:MAX_NAME_CHARS].strip("-")
    return f"{number}-{name or clip.clip_id}"


def texts(job: models.JobDetail) -> dict[str, str]:
    """Return the texts by file name, without those that were not requested."""
    written = msgspec.structs.asdict(job.text_outputs)
    return {FILES.get(kind, f"{kind}.md"): text for kind, text in written.items() if text}


def is_clean(path: Path) -> bool:
    """Whether the file is a clip without captions and title."""
    return path.stem.endswith(CLEAN_MARK)


async def save(
    client: Client,
    job: models.JobDetail,
    folder: Path,
    on_progress: Callable[[float], None] = lambda _fraction: None,
) -> list[Path]:
    """Save all results of the job and return the files, in the order of the clips."""
    links = []
    for number, clip in enumerate(job.clips, 1):
        name = stem(number, clip)
        links.append((clip.download_url, folder / f"{name}.mp4"))
        links.append((clip.thumbnail_url, folder / f"{name}.jpg"))
        for n, url in enumerate(clip.thumbnail_urls[1:], 2):
            links.append((url, folder / f"{name}.{n}.jpg"))
        if clip.clean_url is not None:
            links.append((clip.clean_url, folder / f"{name}{CLEAN_MARK}.mp4"))
    for done, (url, path) in enumerate(links, 1):
        await client.download(url, path)
        on_progress(done / len(links))
    return [path for _, path in links] + await to_thread(save_texts, job, folder)


def save_texts(job: models.JobDetail, folder: Path) -> list[Path]:
    """Save only the texts."""
    files = []
    for name, text in texts(job).items():
        path = folder / name
        path.write_text(text + "\n", encoding="utf-8")
        files.append(path)
    return files
