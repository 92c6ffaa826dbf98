"""A real S3 server of SeaweedFS, on ports of its own, that can be killed and started again."""

import asyncio
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BUCKET = "clips"
ACCESS, SECRET = "test-access", "test-secret"
# Where boto looks for them, and nowhere else.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": ACCESS,
    "AWS_SECRET_ACCESS_KEY": SECRET,
    "AWS_EC2_METADATA_DISABLED": "true",
}
START_S = 30.0
NEIGHBOR = 10_000  # by which the port of gRPC is higher


class NotStarted(Exception):
    """The server did not start; the text is the end of its log."""


def program() -> str | None:
    """The server's program, beside the interpreter or in the path; None if there is none."""
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


def free_port() -> int:
    """A port that nobody uses, nor its neighbor."""
    while True:
        with suppress(OSError, OverflowError), socket.socket() as free, socket.socket() as neighbor:
            free.bind(("127.0.0.1", 0))
            port: int = free.getsockname()[1]
            neighbor.bind(("127.0.0.1", port + NEIGHBOR))
            return port


@dataclass
class S3Server:
    """A server whose data lie in `folder`; the same ports after each start."""

    folder: Path
    command: list[str]
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def endpoint(self) -> str:
        """The URL of its API."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until it listens. Raises NotStarted."""
        log = self.folder / "log"
        with log.open("ab") as file:
            self.process = subprocess.Popen(self.command, cwd=self.folder, stdout=file, stderr=file)
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise NotStarted(log.read_text()[-2000:])

    def kill(self) -> None:
        """End it at once: it takes its time over a polite word."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def create(weed: str, folder: Path) -> S3Server:
    """A server that is not started yet; `weed` is its program."""
    identity = {
        "name": "test",
        "credentials": [{"accessKey": ACCESS, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    port = free_port()
    arguments = [
        "server",
        "-ip=127.0.0.1",
        f"-dir={folder}",
        "-volume.max=8",
        "-s3",
        f"-s3.port={port}",
        f"-s3.config={folder / 's3.json'}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-master.port={free_port()}",
        f"-volume.port={free_port()}",
        f"-filer.port={free_port()}",
    ]
    return S3Server(folder, [weed, *arguments], port)


@contextmanager
def s3_server(weed: str, folder: Path) -> Iterator[S3Server]:
    """Run a server in a folder while the block runs. Raises NotStarted."""
    server = create(weed, folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


async def make_bucket(client: Any) -> None:
    """Make BUCKET, by a client of aiobotocore, in a server that was just started."""
    for _ in range(100):  # it listens a moment before it can make buckets
        with suppress(client.exceptions.ClientError):
            await client.create_bucket(Bucket=BUCKET)
            return
        await asyncio.sleep(0.2)
    raise NotStarted("no bucket could be made")


async def objects(client: Any) -> list[str]:
    """The keys in BUCKET, by a client of aiobotocore."""
    found = await client.list_objects_v2(Bucket=BUCKET)
    return [item["Key"] for item in found.get("Contents", ())]


async def unfinished(client: Any) -> list[str]:
    """Keys of uploads in parts that were begun and neither completed nor given up."""
    found = await client.list_multipart_uploads(Bucket=BUCKET)
    return [upload["Key"] for upload in found.get("Uploads", ())]
