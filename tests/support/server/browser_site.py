"""A server as a person in a browser has it, and as a test arranges it by the API."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from serving import ROOT, SAMPLE, Process

PATIENCE_S = 400.0  # for one job
# Loaded as a file of the server could not be: the page's policy forbids scripts from elsewhere, and
# the browser's own tools are not bound by it.
AXE = Axe()
CONDITIONS = "Network.emulateNetworkConditions"  # a command of the browser's own tools
SLOW_LINE = {
    "offline": False,
    "latency": 20,
    "downloadThroughput": -1,
    "uploadThroughput": 4_000_000,
}
SIZES = {"wide": (1440, 900), "phone": (390, 844)}  # width and height of a screen, pixels


@dataclass(slots=True, kw_only=True)
class Site:
    """A server with its key."""

    address: str
    key: str
    environ: dict[str, str]
    process: Process

    def call(self, method: str, path: str, body: Any = None, data: bytes | None = None) -> Any:
        """The JSON that a call of the API answers."""
        content = data if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self.address}/api/v1{path}", content, headers, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def upload(self, file: Path = SAMPLE, name: str = "talk.mp4") -> str:
        """Upload a file; its address."""
        made = self.call("POST", f"/uploads?filename={name}", data=file.read_bytes())
        url: str = made["video_url"]
        return url

    def done(self, job_id: str) -> Any:
        """Wait until a job has ended; the job."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            job = self.call("GET", f"/jobs/{job_id}")
            if job["status"] not in ("queued", "processing"):
                return job
            time.sleep(1)
        pytest.fail(f"{job_id} did not end")

    def with_new_key(self) -> tuple["Site", str]:
        """The same server with a key of one's own, and the key's id."""
        made = self.call("POST", "/keys", {"name": "short-lived"})
        return replace(self, key=made["key"]), made["key_id"]

    def sign_in_link(self) -> str:
        """A link that signs somebody in, as an operator makes one."""
        command = [sys.executable, "-m", "klipfast_server", "keys", "link", "--account", "proof"]
        made = subprocess.run(
            command, env=self.environ, cwd=ROOT, check=True, capture_output=True, text=True
        )
        return re.sub(r"^http://[^/]+", self.address, made.stdout.strip())


@dataclass(slots=True, kw_only=True)
class Told:
    """What a page complained of."""

    errors: list[str] = field(default_factory=list)

    def hear(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.errors.append(message.text)
                if message.type == "error" and "Failed to load resource" not in message.text
                else None
            ),
        )


def serious(page: Page) -> list[str]:
    """What axe finds serious or critical."""
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:150]}"
        for fault in AXE.run(page).response["violations"]
        if fault["impact"] in ("serious", "critical")
    ]


def sign_in(page: Page, site: Site) -> None:
    """Sign in with the key, as a person does."""
    page.goto(f"{site.address}/")
    page.get_by_label("API key").fill(site.key)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Talks')")


def show(page: Page, site: Site, path: str) -> None:
    """Open a screen and wait until it is there."""
    page.goto(f"{site.address}/#{path}")
    page.wait_for_selector("main h1")
    page.wait_for_load_state("networkidle")
