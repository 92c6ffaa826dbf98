"""Lets a client of the Model Context Protocol make clips of the sample, and prints the session.

The server, the pipeline, klipfast mcp and the SDK's client are the real ones; what they say to
each other goes to docs/examples/mcp.md. Long texts are shortened, and links lose their signatures.
"""

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import serving
from mcp import Client, StdioServerParameters

from klipfast_client import connected

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "examples" / "mcp.md"
SAMPLE = ROOT / "tests" / "data" / "sample_talk.mp4"
SHORTENED = 200  # characters of a text in an answer
INTRODUCTION = """\
# A session of klipfast mcp

`make mcp-example` prints this page: the SDK's client calls the tools of
[klipfast mcp](../mcp.md) as an assistant would, over stdio, on a server with the real pipeline. The
talk is [the sample](../../tests/data/README.md), a film of an interview. Texts are shortened, and
links lose their signatures.
"""


class Session:
    """Calls tools and writes down what is said."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.lines = [INTRODUCTION]

    def say(self, text: str) -> None:
        """Say what comes next."""
        self.lines.append(f"## {text}\n")

    async def call(self, tool: str, **arguments: Any) -> Any:
        """Call a tool and return its answer."""
        heard: list[str] = []

        async def heard_of(progress: float, total: float | None, message: str | None) -> None:
            heard.append(f"{progress / (total or 1):4.0%}  {message}")

        shown = ", ".join(f"{name}={json.dumps(value)}" for name, value in arguments.items())
        result: Any = await self._client.call_tool(tool, arguments, progress_callback=heard_of)
        told = result.structured_content
        if result.is_error:
            told = result.content[0].text
        self.lines.append(f"```\n{tool}({_public(shown)})\n```\n")
        if heard:
            some = heard[:: max(1, len(heard) // 8)]
            self.lines.append("```\n" + "\n".join(some) + "\n```\n")
        written, form = json.dumps(_short(told), indent=2, ensure_ascii=False), "json"
        if result.is_error:
            written, form = told, ""
        self.lines.append(f"```{form}\n{_public(written)}\n```\n")
        for block in result.content[1:]:
            size = len(block.data) * 3 // 4 // 1000
            self.lines.append(f"and a picture ({block.mime_type}, {size} kB).\n")
        return told


async def converse(session: Session, folder: Path) -> None:
    """Go from the talk to a clip on the disk."""
    session.say("“Make a short clip of the best moment of this interview”")
    accepted = await session.call(
        "submit_talk",
        source=str(SAMPLE),
        clip_count=1,
        max_duration=40,
        options={"quality": "fast"},
    )
    job = await session.call("wait_for_job", job_id=accepted["job_id"], max_seconds=600)
    session.say("“Where do they talk about sockets?”")
    await session.call("get_transcript", job_id=job["job_id"], search="socket", limit=3)
    session.say("“What would it look like as a square, with other captions?”")
    changes = {
        "clip_id": job["clips"][0]["clip_id"],
        "options": {"aspect_ratio": "1:1", "caption_style": "karaoke"},
    }
    at_s = job["clips"][0]["start_seconds"] + 3
    await session.call("edit_clip", **changes, preview_at_seconds=at_s)
    session.say("“Good: render it”")
    edited = await session.call("edit_clip", **changes)
    again = await session.call("wait_for_job", job_id=edited["job_id"], max_seconds=600)
    clip = await session.call("get_clip", clip_id=again["clips"][0]["clip_id"])
    session.say("“And put this post under it”")
    post = "Repair beats waste, says the mechanic. It saved her 900 euros."
    await session.call("write_text", job_id=job["job_id"], kind="linkedin_post", text=post)
    session.say("“Also a clip of the whole talk, please”")
    await session.call("make_clip", job_id=job["job_id"], start_seconds=0, end_seconds=500)
    session.say("The download")
    saved = folder / "clip.mp4"
    async with connected(clip["download_url"], "none is needed") as link:
        await link.download(clip["download_url"], saved)
    session.lines.append(
        "The link needs no key; the client's user opens it, or a program saves it: "
        f"`clip.mp4`, {saved.stat().st_size / 1e6:.1f} MB, {clip['duration']:.1f} s, "
        f"{clip['resolution']}.\n"
    )


async def run() -> str:
    """Return the page."""
    with (
        TemporaryDirectory() as folder,
        serving.serving(serving.environment(folder)) as (address, _),
    ):
        key = serving.new_key(serving.environment(folder))
        command = StdioServerParameters(
            command=sys.executable,
            args=["-c", "from klipfast_server.cli.commands import main; main()", "mcp"],
            env={"PYTHONPATH": str(ROOT), "KLIPFAST_SERVER": address, "KLIPFAST_KEY": key},
        )
        async with Client(command) as client:
            session = Session(client)
            await converse(session, Path(folder))
        return "\n".join(session.lines)


def _short(value: Any) -> Any:
    """Shorten long texts and lists, however deep they are."""
    if isinstance(value, str) and len(value) > SHORTENED and not value.startswith("http"):
        return value[:SHORTENED].rsplit(" ", 1)[0] + " …"
    if isinstance(value, list):
        return [_short(each) for each in value]
    if isinstance(value, dict):
        return {name: _short(each) for name, each in value.items()}
    return value


def _public(text: str) -> str:
    """Return a text without what belongs to this machine."""
    text = re.sub(r"(http://127\.0\.0\.1:)\d+", r"\g<1>8080", text)
    text = re.sub(r"\?expires=[^\"]*", "?expires=…", text)
    return text.replace(str(SAMPLE), "/home/ada/talks/sample_talk.mp4")


def main() -> int:
    """Write the page and return the exit code."""
    began = time.monotonic()
    OUT.write_text(asyncio.run(run()), encoding="utf-8")
    print(f"{OUT} in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
