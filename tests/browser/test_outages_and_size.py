"""Hard days: a server that is killed in the middle, a slow line, 500 jobs, a talk of four hours."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
from browser_site import CONDITIONS, SLOW_LINE, Site, show, sign_in
from playwright.sync_api import Browser, Page, expect
from serving import SAMPLE, environment, free_port, new_key, serving

MANY = 500
FOUR_HOURS_S = 4 * 3600


def test_an_upload_survives_a_server_that_is_killed(browser: Browser, tmp_path: Path) -> None:
    environ = environment(
        str(tmp_path), KLIPFAST_PORT=str(free_port()), KLIPFAST__LIMITS__ANONYMOUS_PER_MINUTE="600"
    )
    film = tmp_path / "long.mp4"
    film.write_bytes(SAMPLE.read_bytes() + b"\0" * 40_000_000)  # a free box of zeros, as padding
    context = browser.new_context()
    page = context.new_page()
    with serving(environ) as (address, process):
        site = Site(address=address, key=new_key(environ), environ=environ, process=process)
        sign_in(page, site)
        context.new_cdp_session(page).send(CONDITIONS, SLOW_LINE)
        show(page, site, "/new")
        page.locator(".hidden-file").set_input_files(film)
        page.wait_for_function(
            "() => +document.querySelector('[role=progressbar]')?.ariaValueNow > 30"
        )
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        expect(page.get_by_text("Waiting for the connection")).to_be_visible(timeout=30_000)
    with serving(environ) as (again, _process):
        assert again == address
        expect(page.get_by_text("is uploaded")).to_be_visible(timeout=90_000)
    context.close()


def test_five_hundred_talks_are_searched_and_paged(page: Page, site: Site, job: Any) -> None:
    with ThreadPoolExecutor(1) as aside:  # the browser's own loop runs in this thread
        aside.submit(asyncio.run, copies(site, job["job_id"])).result()
    page.reload()
    expect(page.locator(".talk")).to_have_count(30)
    for count in (60, 90):
        page.get_by_role("button", name="Show more").click()
        expect(page.locator(".talk")).to_have_count(count)
    page.get_by_label("Search titles and files").fill("Copy 499")
    expect(page.locator(".talk")).to_have_count(1)
    page.get_by_label("Search titles and files").fill("no such talk")
    expect(page.get_by_text("No matches")).to_be_visible()
    page.get_by_label("Search titles and files").fill("")
    page.get_by_role("button", name="Done").click()
    expect(page.locator(".talk")).to_have_count(30)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("499 cop")  # none of the newest hundred
    expect(page.get_by_role("option", name="Copy 499")).to_have_count(1)
    page.keyboard.press("Escape")


async def copies(site: Site, job_id: str) -> None:
    """Add rows like that of a job, older than it."""
    socket = Path(site.environ["KLIPFAST_DATA_DIR"]) / "postgres"
    connection = await asyncpg.connect(f"postgresql://postgres@/postgres?host={socket}")
    try:
        await connection.execute(
            """INSERT INTO jobs SELECT (jsonb_populate_record(j, jsonb_build_object(
                   'job_id', 'job_' || lpad(n::text, 22, '0'), 'title', 'Copy ' || n,
                   'created_at', j.created_at - n * interval '1 minute', 'upload_id', null))).*
               FROM jobs j, generate_series(1, $2::integer) n WHERE j.job_id = $1""",
            job_id,
            MANY,
        )
    finally:
        await connection.close()


SCROLLED = """async (seconds) => {
  const line = document.querySelector("talk-timeline");
  const spans = (every, long) =>
    Array.from({ length: Math.floor(seconds / every) }, (_, n) => ({
      start_seconds: n * every,
      end_seconds: n * every + long,
      title: `Part ${n}`,
      virality_score: n % 100,
      speaker: `Speaker ${n % 4}`,
      worth: (n % 10) / 10,
    }));
  line.talk = {
    duration: seconds,
    step: 0.72,
    waveform: Array.from({ length: 20000 }, (_, n) => (n * 37) % 256),
    sentences: spans(4, 3.6),
    speakers: [0, 1, 2, 3].map((n) => `Speaker ${n}`),
    clips: spans(600, 60),
    candidates: spans(240, 50),
    chapters: spans(900, 900),
  };
  line.zoom(16);
  const scroller = line.querySelector(".timeline-scroller");
  const times = [];
  for (let n = 0; n < 180; n++) {
    scroller.scrollLeft += 90;
    times.push(await new Promise(requestAnimationFrame));
  }
  return [(1000 * (times.length - 1)) / (times.at(-1) - times[0]), scroller.scrollLeft];
}"""


def test_a_talk_of_four_hours_scrolls_smoothly(page: Page, site: Site, job: Any) -> None:
    show(page, site, f"/jobs/{job['job_id']}/talk")
    frames, scrolled = page.evaluate(SCROLLED, FOUR_HOURS_S)
    print(f"four hours: {frames:.1f} frames a second while scrolled")
    assert scrolled > 10_000
