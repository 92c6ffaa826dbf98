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
from pathlib import Path

from serving import SAMPLE, environment, new_key, serving

from klipfast_server import client

HERE = Path(__file__).parent
LEAST_CASES = 2000
JOBS = 3
CASES = re.compile(r"(\d+) generated")
MANY = "1000000"


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--max-examples", default="100")
    parser.add_argument("--seed", default="1")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="klipfast-contract-") as folder:
        environ = environment(
            folder,
            KLIPFAST__PLANS__BUSINESS__REQUESTS_PER_MINUTE=MANY,
            KLIPFAST__LIMITS__ANONYMOUS_PER_MINUTE=MANY,
        )
        with serving(environ) as (base, _):
            key = new_key(environ)
            asyncio.run(fill(base, key))
            status, cases = contract(base, key, arguments, folder)
    print(f"{cases} cases, exit status {status}")
    if cases < LEAST_CASES:
        print(f"fewer than {LEAST_CASES} cases", file=sys.stderr)
    return status or int(cases < LEAST_CASES)


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
