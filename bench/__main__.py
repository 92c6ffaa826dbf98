"""Runs the benchmarks in turn and makes docs/benchmarks.md: `make bench`.

    python -m bench                 all parts, an hour and a quarter on two quiet cores
    python -m bench job growth      these parts

FAST=1 runs each part on little input, to see that all of it works. A part that fails is reported at
the end and does not stop the others; each saves its result as soon as it has one.
"""

import subprocess
import sys

from bench import page
from bench.support import ffmpeg_tools
from bench.support.recordings import ROOT
from bench.support.report import show

PARTS = {
    "asr": "recognition beside faster-whisper, openai-whisper and whisper.cpp",
    "render": "one clip beside ffmpeg with libass, and x264",
    "job": "a whole job beside shorts-factory",
    "api": "the API beside bare aiohttp",
    "growth": "10 to 80 minutes of talk",
}


def main() -> int:
    """Run the parts; return 1 if one failed."""
    chosen = sys.argv[1:] or list(PARTS)
    if unknown := set(chosen) - PARTS.keys():
        sys.exit(f"no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    ffmpeg_tools.put_on_path()
    failed = []
    for number, name in enumerate(chosen, 1):
        print(f"\n[{number}/{len(chosen)}] {name}: {PARTS[name]}", flush=True)
        if subprocess.run(
            [sys.executable, "-m", f"bench.{name}"], cwd=ROOT, check=False
        ).returncode:
            failed.append(name)
    page.main()
    show("Goals", page.goals(page.results()))
    if failed:
        print(f"failed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
