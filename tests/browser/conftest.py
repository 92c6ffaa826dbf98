"""A real server with a talk that was heard, and real Chromium, for `make test-browser`."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_site import Site, Told, sign_in
from playwright.sync_api import Browser, Page, expect, sync_playwright
from serving import environment, free_port, new_key, serving

CHROMIUM = shutil.which("chromium")
PATIENCE_MS = 20_000  # for what a page shows next, on a busy machine
PART = {"start": 20, "end": 112}  # seconds of the sample: two questions with their answers

# A feed that cannot be read, of the account of `new_key`.
FEED = """
[[feeds]]
url = "http://127.0.0.1:9/podcast.xml?key=hidden"
account = "proof"
[feeds.options]
caption_style = "karaoke"
"""


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """One server for all tests of a run."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "config.toml"
        settings.write_text(FEED)
        environ = environment(
            folder,
            KLIPFAST_PORT=str(free_port()),
            KLIPFAST_ALLOW_PRIVATE_SOURCES="true",
            KLIPFAST_CONFIG=str(settings),
            KLIPFAST__LIMITS__ANONYMOUS_PER_MINUTE="600",  # one address has many browsers here
            KLIPFAST__PLANS__BUSINESS__REQUESTS_PER_MINUTE="6000",  # and one account all tests
            KLIPFAST__SERVER__OPERATOR="proof",
            OMP_NUM_THREADS="2",
        )
        with serving(environ) as (address, process):
            yield Site(address=address, key=new_key(environ), environ=environ, process=process)


@pytest.fixture(scope="session")
def job(site: Site) -> Any:
    """A talk with clips and texts."""
    made = site.call(
        "POST",
        "/process",
        {
            "video_url": site.upload(),
            "title": "The repair table",
            "range": PART,
            "quality": "fast",
            "clip_count": 2,
            "min_duration": 8,
            "language": "en",
            "text_outputs": ["twitter_thread", "blog_post"],
        },
    )
    done = site.done(made["job_id"])
    assert done["status"] == "completed", done["error"]
    return done


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("these tests need Chromium: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
        )
        yield opened
        opened.close()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def page(browser: Browser, site: Site, told: Told) -> Iterator[Page]:
    """A signed-in page; it must have complained of nothing in the end."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.address)
    opened = context.new_page()
    told.hear(opened)
    sign_in(opened, site)
    yield opened
    context.close()
    assert told.errors == []
