"""Makes clips of a talk: KLIPFAST_KEY=… python talk_to_clips.py talk.mp4 clips."""

import asyncio
import os
import sys
from pathlib import Path

from klipfast_client import connected


async def main(talk: Path, folder: Path) -> None:
    base = os.environ.get("KLIPFAST_SERVER", "http://127.0.0.1:8080")
    async with connected(base, os.environ["KLIPFAST_KEY"]) as api:
        upload = await api.upload(talk)  # resumes if the line breaks
        accepted = await api.submit(upload.video_url, caption_style="karaoke")
        job = await api.wait(accepted.job_id, lambda now: print(now.stage, f"{now.progress:.0%}"))
        if job.error is not None:
            sys.exit(job.error.message)
        folder.mkdir(parents=True, exist_ok=True)
        for clip in job.clips:
            await api.download(clip.download_url, folder / f"{clip.clip_id}.mp4")


asyncio.run(main(*map(Path, sys.argv[1:3])))
