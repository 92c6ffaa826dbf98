"""`make test-contract`: schemathesis against a running server's own /openapi.json, all checks.

The server is the real one with the real pipeline, in a process of its own; jobs, clips, uploads and
webhooks are there before the first case. Ends with 1 on any failure or too few cases.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from pictures import png
from serving import SAMPLE, environment, new_key, serving

import klipfast_client

HERE = Path(__file__).parent
LEAST_CASES = 2000
JOBS = 3
CASES = re.compile(r"(\d+) generated")
MANY = "1000000"
NOBODY = "https://receiver.invalid/hook"  # a name that nobody has (RFC 6761)
QUOTED = "“You count when you clean.” (Ada, 0:05)"
Ids = dict[str, list[str]]  # path parameter → what it may be


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
            ids = asyncio.run(fill(base, key, folder))
            status, cases = contract(base, key, ids, arguments, folder)
    print(f"{cases} cases, exit status {status}")
    if cases < LEAST_CASES:
        print(f"fewer than {LEAST_CASES} cases", file=sys.stderr)
    return status or int(cases < LEAST_CASES)


async def fill(base: str, key: str, folder: str) -> Ids:
    """Jobs with clips and texts, one that was canceled, uploads, webhooks told of them, a brand.

    Nobody listens where the webhooks lead, so their deliveries stay pending.
    """
    async with klipfast_client.connected(base, key) as api:
        hook = await api.add_webhook(NOBODY)
        upload = await api.upload(SAMPLE)
        jobs = []
        for number in range(JOBS):
            start = 12.0 * number
            accepted = await api.submit(
                upload.video_url,
                quality="fast",
                language="en",
                min_duration=5,
                clip_count=1,
                text_outputs=["twitter_thread"],
                webhook_url=NOBODY,
                range={"start": start, "end": start + 12},
            )
            jobs.append(await api.wait(accepted.job_id))
            print(f"{jobs[-1].job_id} {jobs[-1].status}, {len(jobs[-1].clips)} clips", flush=True)
        await api.put_text(jobs[0].job_id, "quote_cards", QUOTED)
        brand = await api.add_brand("Acme", caption_style={"base": "boxed"})
        logo = Path(folder) / "logo.png"
        logo.write_bytes(png(40, 20))
        await api.put_brand_file(brand.brand_id, "logo", logo)
        canceled = await api.submit(upload.video_url, quality="fast", range={"start": 0, "end": 6})
        await api.cancel(canceled.job_id)
        deliveries = (await api.deliveries(hook.webhook_id)).deliveries
    return {
        "job_id": [*(job.job_id for job in jobs), canceled.job_id],
        "clip_id": [clip.clip_id for job in jobs for clip in job.clips],
        "upload_id": [upload.upload_id],
        "brand_id": [brand.brand_id],
        "webhook_id": [hook.webhook_id],
        "delivery_id": [delivery.delivery_id for delivery in deliveries],
    }


def contract(
    base: str, key: str, ids: Ids, arguments: argparse.Namespace, folder: str
) -> tuple[int, int]:
    """(exit status of schemathesis, how many cases it made); shows what it prints."""
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(HERE / "schemathesis.toml"),
        "run",
        f"{base}/openapi.json",
        "--header",
        f"Authorization: Bearer {key}",
        "--checks",
        "all",
        "--max-examples",
        arguments.max_examples,
        "--seed",
        arguments.seed,
        "--request-timeout",
        "30",
        "--suppress-health-check",
        "all",
        "--continue-on-failure",
        "--no-color",
    ]
    environ = os.environ | {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": str(HERE),
        "KLIPFAST_CONTRACT_IDS": json.dumps(ids),
    }
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
