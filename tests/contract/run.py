"""`make test-contract`: schemathesis against a running server's own /openapi.json, all checks.

The server is the real one with the real pipeline, in a process of its own; jobs, clips, uploads and
webhooks are there before the first case. Ends with 1 on any failure or too few cases.
"""

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp

from klipfast_server import client

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SAMPLE = ROOT / "tests" / "data" / "sample_talk.mp4"
LEAST_CASES = 2000
JOBS = 3
START_S = 120.0  # for the server to begin
PORT = re.compile(r"http://127\.0\.0\.1:(\d+)")
CASES = re.compile(r"(\d+) generated")
MANY = "1000000"


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--max-examples", default="100")
    parser.add_argument("--seed", default="1")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="klipfast-contract-") as folder:
        environ = os.environ | {
            "KLIPFAST_DATA_DIR": folder,
            "KLIPFAST_PORT": "0",
            "KLIPFAST__SERVER__LOG_FORMAT": "json",
            "KLIPFAST__PLANS__BUSINESS__REQUESTS_PER_MINUTE": MANY,
            "KLIPFAST__LIMITS__ANONYMOUS_PER_MINUTE": MANY,
            "PYTHONUNBUFFERED": "1",
        }
        with serving(environ, Path(folder)) as base:
            key = new_key(environ)
            asyncio.run(fill(base, key))
            status, cases = contract(base, key, arguments, folder)
    print(f"{cases} cases, exit status {status}")
    if cases < LEAST_CASES:
        print(f"fewer than {LEAST_CASES} cases", file=sys.stderr)
    return status or int(cases < LEAST_CASES)


@contextmanager
def serving(environ: dict[str, str], folder: Path) -> Iterator[str]:
    """A server on a free port; its address."""
    log = folder / "server.log"
    with log.open("w") as file:
        command = [sys.executable, "-m", "klipfast_server", "serve"]
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=file, stderr=file)
    try:
        yield asyncio.run(_address(process, log))
    finally:
        process.terminate()
        process.wait(60)


async def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    for _ in range(int(START_S / 0.2)):
        await asyncio.sleep(0.2)
        found = PORT.search(log.read_text(errors="replace"))
        if found:
            base = found[0]
            async with aiohttp.ClientSession() as session, session.get(f"{base}/readyz") as answer:
                if answer.status == 200:
                    return base
        if process.poll() is not None:
            break
    raise SystemExit(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def new_key(environ: dict[str, str]) -> str:
    """A key of a business account."""
    command = [
        "-m",
        "klipfast_server",
        "keys",
        "create",
        "--account",
        "contract",
        "--plan",
        "business",
    ]
    made = subprocess.run(
        [sys.executable, *command],
        env=environ,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.splitlines()[-1]


async def fill(base: str, key: str) -> None:
    """Some jobs with clips, one that failed and one that was canceled, an upload, a webhook."""
    async with client.connected(base, key) as api:
        upload = await api.upload(SAMPLE)
        for number in range(JOBS):
            start = 12.0 * number
            accepted = await api.submit(
                upload.video_url,
                quality="fast",
                language="en",
                min_duration=5,
                clip_count=1,
                text_outputs=["twitter_thread"],
                range={"start": start, "end": start + 12},
            )
            job = await api.wait(accepted.job_id)
            print(f"{job.job_id} {job.status}, {len(job.clips)} clips", flush=True)
        canceled = await api.submit(upload.video_url, quality="best")
        await api.cancel(canceled.job_id)
        await api.upload(SAMPLE)


def contract(base: str, key: str, arguments: argparse.Namespace, folder: str) -> tuple[int, int]:
    """(exit status of schemathesis, how many cases it made); shows what it prints."""
    command = [
        sys.executable, "-m", "schemathesis.cli",
        "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{base}/openapi.json",
        "--header", f"Authorization: Bearer {key}",
        "--checks", "all",
        "--max-examples", arguments.max_examples,
        "--seed", arguments.seed,
        "--request-timeout", "30",
        "--suppress-health-check", "all",
        "--continue-on-failure",
        "--no-color",
    ]  # fmt: skip
    environ = os.environ | {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE)}
    process = subprocess.Popen(command, env=environ, cwd=folder, text=True, stdout=subprocess.PIPE)
    assert process.stdout is not None
    cases = 0
    for line in process.stdout:
        print(line, end="", flush=True)
        if generated := CASES.search(line):
            cases = int(generated[1])
    return process.wait(), cases


if __name__ == "__main__":
    sys.exit(main())
