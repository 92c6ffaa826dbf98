"""`make test-edits`: an edit waits for nobody.

A render, a span by hand and a reel are made while the server does nothing else, and then while a
talk of six hours is heard and a language model takes two minutes for each answer. In the second
case all cores are busy, so what is judged is how long an edit waits before its clip is looked at;
its whole time tells how fast the machine is.
"""

import itertools
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from fake_llm import completion, endpoint
from live_server import LiveServer, live_server
from serving import SAMPLE
from tally import Tally, run

HEARD_S = 5.99 * 3600.0  # a plan accepts six hours at most
ANSWER_S = 120.0  # time the language model takes to answer
MAX_WAIT_S = 2.0  # limit on what an edit waits for others, before its first frame is looked at
ROUNDS = 2
SPAN = {"start_seconds": 26.0, "end_seconds": 44.0}


def long_talk(folder: Path) -> Path:
    """Repeat the sample's sound until it is six hours long; no packet is encoded again."""
    path = folder / "six hours.m4a"
    with av.open(SAMPLE) as source, av.open(path, "w") as target:
        sound = source.streams.audio[0]
        stream = target.add_stream_from_template(sound)
        packets = [(bytes(p), p.duration) for p in source.demux(sound) if p.size and p.duration]
        tick_s, at = sound.time_base or Fraction(1), 0
        for content, length in itertools.cycle(packets):
            if at * tick_s > HEARD_S:
                return path
            packet = av.Packet(content)
            packet.stream, packet.time_base = stream, tick_s
            packet.pts = packet.dts = at
            packet.duration = length
            target.mux(packet)
            at += length
    return path


async def edit(server: LiveServer, path: str, body: dict[str, Any]) -> tuple[float, float]:
    """Return the seconds from a request to the first look at the clip, and to its end."""
    began = time.monotonic()
    job_id = (await server.insist("POST", path, json=body))["job_id"]
    await server.at_stage(job_id, ("look", "render", "highlights"), patience_s=600)
    looked_s = time.monotonic() - began
    job = await server.ended(job_id, 600)
    if job["status"] != "completed":
        raise AssertionError(f"{path}: {job['error']}")
    return looked_s, time.monotonic() - began


async def edits(server: LiveServer, job: dict[str, Any], tally: Tally, when: str) -> None:
    """Make each edit a few times, and note its times."""
    clip, job_id = job["clips"][0]["clip_id"], job["job_id"]
    for number in range(ROUNDS):
        for kind, path, body in (
            ("render", f"/api/v1/clips/{clip}/renders", {"title": f"{when} {number}"}),
            ("span", f"/api/v1/jobs/{job_id}/clips", SPAN | {"title": f"{when} {number}"}),
            ("reel", f"/api/v1/jobs/{job_id}/reels", {"title": f"{when} {number}"}),
        ):
            waited_s, took_s = await edit(server, path, body)
            name = f"{kind}, {when}"
            tally.check(name, waited_s <= MAX_WAIT_S, f"waits {waited_s:.1f} s")
            tally.took(name, took_s)
            print(f"{name}: begun after {waited_s:.2f} s, made after {took_s:.1f} s", flush=True)


async def prove(tally: Tally) -> None:
    """Make edits alone, and beside the longest work there is."""

    def slowly(_: object) -> tuple[int, str]:
        time.sleep(ANSWER_S)
        return 200, completion("{}")

    with endpoint(slowly) as llm, tempfile.TemporaryDirectory() as folder:
        settings = {"KLIPFAST__LLM__URL": llm.url, "KLIPFAST__LLM__MODEL": "slow"}
        async with live_server(settings) as server:
            upload = await server.upload()
            job = await server.ended(await server.submit(upload, text_outputs=[]), 600)
            await edits(server, job, tally, "alone")
            heard = await server.submit(await server.upload(long_talk(Path(folder))))
            await server.at_stage(heard, ("transcribe",), patience_s=600)
            path = f"/api/v1/jobs/{job['job_id']}/texts/blog_post"
            text = (await server.insist("POST", path, json={}))["job_id"]
            await server.at_stage(text, ("write",), patience_s=600)
            await edits(server, job, tally, "beside both")
            for job_id in (heard, text):
                state = await server.insist("GET", f"/api/v1/jobs/{job_id}")
                tally.check("still at work", state["finished_at"] is None, state["status"])
                await server.insist("POST", f"/api/v1/jobs/{job_id}/cancel")


if __name__ == "__main__":
    run(prove)
