"""A talk in the making: recording, words and cards are there before the clips are."""

from typing import Any

from browser_site import Site, show
from playwright.sync_api import Page, expect

SLOW_MS = 120_000  # for a clip, on a busy machine


def test_a_talk_fills_in_while_it_is_made(page: Page, site: Site, job: Any) -> None:
    del job  # models are warm
    asked = {"video_url": site.upload(), "title": "Made now", "language": "en", "clip_count": 2}
    made = site.call("POST", "/process", asked)
    called: list[str] = []
    page.on("request", lambda request: called.append(request.url))
    show(page, site, f"/jobs/{made['job_id']}")
    expect(page.get_by_role("region", name="Transcript so far")).to_be_visible()
    player = page.get_by_label("Recording")
    expect(player).to_be_visible()
    page.wait_for_function("() => document.querySelector('video').readyState >= 1")
    expect(page.locator(".heard p").first).to_contain_text("0:0", timeout=SLOW_MS)
    assert "repair table" in page.locator(".heard").inner_text()

    coming = page.locator(".clip.coming")
    expect(coming).to_have_count(2, timeout=SLOW_MS)
    titles = coming.get_by_role("heading").all_inner_texts()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.still img')].every((i) => i.naturalWidth)"
    )
    assert not any("source_job_id" in url for url in called)  # nothing is made of it yet
    expect(coming).to_have_count(0, timeout=SLOW_MS)
    expect(page.locator(".clip")).to_have_count(2)
    assert sorted(page.locator(".clip h2").all_inner_texts()) == sorted(titles)
    page.get_by_role("tab", name="The talk").click()
    expect(page.locator("talk-timeline")).to_be_visible()


def test_the_list_of_talks_tells_their_length(page: Page, site: Site, job: Any) -> None:
    show(page, site, "/")
    [row] = [r for r in page.locator(".talk").all() if job["title"] in r.inner_text()]
    assert "2:42" in row.inner_text()
