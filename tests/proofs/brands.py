"""`make fuzz-brands`: hostile brands and previews; a real server neither freezes nor grows.

Each turn changes one of a few brands: its settings to extremes, and its font, logo or intro to a
damaged one (fonts as in `fuzz-fonts`; bytes of pictures and films are changed, cut and doubled, and
pictures announce sizes that they do not have). Then a picture of the brand is drawn, and one of a
clip with the brand and a hostile title. Meanwhile `/healthz` is asked all the time. Each answer is
a result or a refusal (4xx) within MAX_S. A line is fitted to the memory, descriptors and threads of
the server and of its children, as in `soak`.

    make fuzz-brands BRANDS="2000 7"
"""

import asyncio
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import fonts
import hostile_fonts
import numpy as np
import skia
from films import plain, speech_like, write_film
from live_server import QUICK, UNLIMITED, LiveServer, leftovers, live_server
from soak import Line
from tally import Tally

TURNS, BRANDS = 2000, 5
MAX_S = 30.0  # for one answer
MAX_HEALTH_S = 1.0  # on a machine whose cores the proof takes as well
EVERY = 10  # turns between two measurements
WARM_UP = 0.25  # of the measurements, while caches fill
LIMITS = {  # by how much each may rise in a turn
    "memory, kB": 8.0,
    "descriptors": 0.005,
    "threads": 0.005,
    "files, kB": 1.0,
}
SETTINGS = {"KLIPFAST__LIMITS__ANONYMOUS_PER_MINUTE": UNLIMITED}
TITLES = (
    "W" * 90,
    "\u0600\u0601\u0602 \u202e\u2066abc\u2069",
    "a" + "\u0301" * 80,
    "👩‍👩‍👧‍👦" * 20,
    "ﷺ" * 40,
    "क्ष्म्य" * 12,
    "漢字かな混じり文" * 10,
    "إنّ الكلام الطويل بلا نهاية " * 3,
    "x" * 12,
)
COLORS = ("#00000000", "#FFFFFFFF", "#12345678", "#FFFFFF")
Bytes = Callable[[random.Random], bytes]


class Hostile:
    """Makes damaged files of each kind."""

    def __init__(self, folder: Path) -> None:
        """`folder`: for the files that are damaged."""
        self._fonts = fonts.seeds()
        noise = np.random.default_rng(0).integers(0, 255, (120, 160, 4), np.uint8)
        picture = skia.Image.fromarray(noise)
        kinds = (skia.kPNG, skia.kJPEG, skia.kWEBP)
        self._pictures = [bytes(picture.encodeToData(kind, 80)) for kind in kinds]
        film = folder / "intro.mp4"
        pictures = [plain((20 * n, 90, 60), (160, 90)) for n in range(10)]
        write_film(film, pictures, fps=10, sound=speech_like(1.0))
        self._film = film.read_bytes()
        self.kinds: dict[str, Bytes] = {
            "font": self.font,
            "logo": self.logo,
            "intro": self.film,
            "outro": self.film,
        }

    def font(self, chosen: random.Random) -> bytes:
        """A damaged font, or one that is made to be endless."""
        if chosen.random() < 0.05:
            return hostile_fonts.nested_composites(chosen.choice((2, 8, 14)))
        name = chosen.choice(sorted(self._fonts))
        mutant = fonts.mutate(self._fonts[name], list(self._fonts.values()), chosen)
        return fonts.assembled(mutant, chosen)

    def logo(self, chosen: random.Random) -> bytes:
        """A damaged picture; of a PNG, often one of another size than it says."""
        data = bytearray(chosen.choice(self._pictures))
        if data[1:4] == b"PNG" and chosen.random() < 0.5:
            data[16:24] = b"".join(
                chosen.choice((0, 1, 160, 4096, 65535, 1 << 30)).to_bytes(4, "big")
                for _ in range(2)
            )
            return bytes(data)
        return damaged(data, chosen)

    def film(self, chosen: random.Random) -> bytes:
        """A damaged film."""
        return damaged(bytearray(self._film), chosen)


def damaged(data: bytearray, chosen: random.Random) -> bytes:
    """Change some bytes, cut the end off, or put a part there twice; one in ten stays whole."""
    way = chosen.randrange(10)
    if way < 6:
        for _ in range(chosen.choice((1, 4, 32))):
            data[chosen.randrange(len(data))] = chosen.randrange(256)
    elif way < 8:
        del data[chosen.randrange(1, len(data)) :]
    elif way < 9:
        at = chosen.randrange(len(data))
        data[at:at] = data[at : at + chosen.randrange(1, 5000)]
    return bytes(data)


def settings(chosen: random.Random) -> dict[str, Any]:
    """Settings of a brand at their extremes."""
    style = {
        "base": chosen.choice(("white_bold", "boxed", "karaoke")),
        "text_size": chosen.choice((0.03, 0.14)),
        "letter_spacing": chosen.choice((-0.1, 0.0, 0.5)),
        "outline_width": chosen.choice((0.01, 0.4)),
        "max_words": chosen.choice((1, 10)),
        "uppercase": chosen.choice((True, False)),
        "text_color": chosen.choice(COLORS),
        "box_padding": chosen.choice((0.0, 1.0)),
        "box_color": chosen.choice((*COLORS, "none")),
    }
    return {
        "caption_style": chosen.choice((None, style)),
        "logo": {"width": chosen.choice((0.03, 0.5)), "margin": chosen.choice((0.0, 0.2))},
        "call_to_action": {"text": chosen.choice(TITLES)[:120]},
        "title_card": {"seconds": 10.0},
    }


class Proof:
    """The brands of a server, and what was found."""

    def __init__(self, server: LiveServer, clip_id: str, hostile: Hostile, tally: Tally) -> None:
        self.server = server
        self.clip_id = clip_id
        self.hostile = hostile
        self.tally = tally
        self.ends = Counter[str]()
        self.slowest_s = 0.0
        self.health_s: list[float] = []

    async def call(self, kind: str, method: str, path: str, **kw: Any) -> None:
        """Make a call; a result or a refusal must come in time."""
        began, status = time.monotonic(), 200
        headers = {"Authorization": f"Bearer {self.server.key}"}
        try:
            async with (
                aiohttp.ClientSession(headers=headers) as session,
                session.request(method, self.server.base + path, **kw) as response,
            ):
                await response.read()
                status = response.status
        except (aiohttp.ClientError, TimeoutError) as error:
            self.tally.lost(kind, repr(error))
            return
        took_s = time.monotonic() - began
        self.slowest_s = max(self.slowest_s, took_s)
        self.ends[f"{kind}: {'refused' if status >= 400 else 'taken'}"] += 1
        if took_s > MAX_S:
            self.tally.stuck(kind, f"{took_s:.0f} s")
        else:
            self.tally.check(kind, status < 500, f"{status} {path}")

    async def turn(self, brand_id: str, chosen: random.Random) -> None:
        """Change a brand, and look at it."""
        path, kind = f"/api/v1/brands/{brand_id}", chosen.choice(sorted(self.hostile.kinds))
        content = self.hostile.kinds[kind](chosen)
        await self.call("settings", "PATCH", path, json=settings(chosen))
        await self.call(kind, "PUT", f"{path}/{kind}", data=content)
        shape = chosen.choice(("9:16", "1:1", "16:9"))
        await self.call("picture of a brand", "GET", f"{path}/preview?aspect_ratio={shape}")
        body = {
            "at_seconds": chosen.uniform(0.0, 20.0),
            "brand_id": brand_id,
            "hook_title": True,
            "title": chosen.choice(TITLES)[:90],
        }
        where = f"/api/v1/clips/{self.clip_id}/preview"
        await self.call("picture of a clip", "POST", where, json=body)

    async def watch(self) -> None:
        """Ask for /healthz all the time."""
        async with aiohttp.ClientSession() as session:
            while True:
                began = time.monotonic()
                async with session.get(f"{self.server.base}/healthz") as response:
                    await response.read()
                self.health_s.append(time.monotonic() - began)
                await asyncio.sleep(0.05)


def measure(server: LiveServer) -> dict[str, float]:
    """What the server and its children hold now, and what lies on its disk."""
    assert server.process is not None
    processes = [Path(f"/proc/{pid}") for pid in _family(server.process.pid)]
    data = [path for part in ("storage", "work") for path in (server.data / part).rglob("*")]
    page_kb = os.sysconf("SC_PAGE_SIZE") / 1024
    return {
        "memory, kB": page_kb * sum(int((p / "statm").read_text().split()[1]) for p in processes),
        "descriptors": sum(len(list((p / "fd").iterdir())) for p in processes),
        "threads": sum(len(list((p / "task").iterdir())) for p in processes),
        "files, kB": sum(path.stat().st_size for path in data if path.is_file()) / 1024,
    }


def _family(pid: int) -> list[int]:
    """It and the processes apart; Postgres has memory of its own."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    ours = [int(one) for one in children if b"postgres" not in _command(int(one))]
    return [pid, *ours]


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def judge(samples: list[dict[str, float]], proof: Proof) -> None:
    """Check that nothing grows, and that the server answered all the time."""
    steady = samples[int(len(samples) * WARM_UP) :]
    for name, limit in LIMITS.items():
        line = Line.through([sample[name] for sample in steady])
        slope, error = line.slope / EVERY, line.error / EVERY
        found = f"{slope:+.3f} ± {error:.3f} a turn ({line.first:,.0f} → {line.last:,.0f})"
        proof.tally.clean(name, [found] if slope - 2 * error > limit else [])
        proof.tally.row(name).note = found
    p50, p99, most = np.percentile(proof.health_s, (50, 99, 100))
    proof.tally.check("/healthz", most < MAX_HEALTH_S, f"{most:.2f} s")
    proof.tally.row("/healthz").note = (
        f"{len(proof.health_s):,} asked: p50 {1000 * p50:.1f}, p99 {1000 * p99:.0f}, at most "
        f"{1000 * most:.0f} ms"
    )


async def main(turns: int, seed: int) -> bool:
    """Run it, print a table, and return whether there was no fault."""
    chosen, tally, samples = random.Random(seed), Tally(), list[dict[str, float]]()
    with tempfile.TemporaryDirectory() as folder:
        hostile = await asyncio.to_thread(Hostile, Path(folder))
    async with live_server(SETTINGS) as server:
        job = await server.ended(await server.submit(await server.upload(), **QUICK))
        proof = Proof(server, job["clips"][0]["clip_id"], hostile, tally)
        made = [
            (await server.insist("POST", "/api/v1/brands", json={"name": f"{n}"}))["brand_id"]
            for n in range(BRANDS)
        ]
        watching = asyncio.create_task(proof.watch())
        for number in range(turns):
            await proof.turn(made[number % BRANDS], chosen)
            if number % EVERY == EVERY - 1:
                samples.append(measure(server))
            if number % 100 == 99:
                print(f"{number + 1} brands, {samples[-1]}", flush=True)
        watching.cancel()
        for brand_id in made:
            await server.call("DELETE", f"/api/v1/brands/{brand_id}")
        tally.clean("files, rows, work folders", await leftovers(server))
        judge(samples, proof)
    for end, times in sorted(proof.ends.items()):
        print(f"{end:32} {times:6}")
    print(f"at most {proof.slowest_s:.1f} s for one answer; seed {seed}")
    return tally.show("make fuzz-brands")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    good = asyncio.run(main(numbers[0] if numbers else TURNS, (numbers[1:] or [1])[0]))
    sys.exit(0 if good else 1)
