"""A server as a person in a browser has it, and as a test arranges it by the API."""

import json
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from serving import SAMPLE, Process

PATIENCE_S = 400.0  # for one job
SIZES = {"wide": (1440, 900), "phone": (390, 844)}  # of a screen, pixels


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
