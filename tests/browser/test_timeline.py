"""The editor's timeline: a clip is divided, takes the moment beside it, ends where it is pulled."""

import re
from typing import Any

from browser_site import Site, serious, show
from playwright.sync_api import Page, Request, expect

READY = """() => { const preview = document.querySelector('.preview');
  return preview?.dataset.shown && preview.ariaBusy !== 'true'; }"""


def opened(page: Page, site: Site, clip: Any) -> None:
    show(page, site, f"/clips/{clip['clip_id']}")
    page.wait_for_function(READY, timeout=30_000)


def body(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = request.post_data_json or {}
    return found


def is_stream(request: Request) -> bool:
    return request.url.endswith("/preview/stream")


def test_a_clip_is_divided_and_its_parts_change_places(page: Page, site: Site, job: Any) -> None:
    opened(page, site, job["clips"][0])
    parts = page.get_by_role("list", name="Parts, in the order they play").get_by_role("listitem")
    expect(parts).to_have_count(0)
    words = page.locator(".word:not(.outside)")
    said = [text.strip() for text in words.all_inner_texts()]
    words.nth(10).click()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(parts).to_have_count(2)
    words.nth(20).click()
    page.get_by_role("button", name="Split here").click()
    expect(parts).to_have_count(3)
    page.wait_for_function(READY, timeout=30_000)
    with page.expect_request(lambda sent: is_stream(sent) and "parts" in body(sent)) as asked:
        parts.nth(2).get_by_role("button").click()
        page.get_by_role("button", name="Play this part earlier").click()
    [first, second, third] = body(asked.value)["parts"]
    assert first["end_seconds"] == third["start_seconds"]
    assert third["end_seconds"] == second["start_seconds"]
    expect(parts.nth(1)).to_contain_text(" ".join(said[20:22]))
    page.wait_for_function(READY, timeout=30_000)
    expect(page.locator(".preview-problem")).to_have_count(0)
    assert serious(page) == []
    with page.expect_request(lambda sent: is_stream(sent) and "parts" not in body(sent)):
        page.get_by_role("button", name="Play this part later").click()
    parts.nth(0).get_by_role("button").click()
    expect(page.locator(".word.at")).to_have_count(10)
    page.get_by_role("button", name="Undo this split").click()
    expect(parts).to_have_count(2)


def test_the_moment_beside_a_clip_is_added(page: Page, site: Site, job: Any) -> None:
    clip = min(job["clips"], key=lambda clip: float(clip["start_seconds"]))
    moments = site.call("GET", f"/clips/{clip['clip_id']}/editing")["moments"]
    beside = next(m for m in moments if m["start_seconds"] >= clip["end_seconds"])
    said = site.call("GET", f"/jobs/{job['job_id']}/transcript?format=json")["sentences"]
    last = next(s for s in said if abs(s["end_seconds"] - beside["end_seconds"]) < 1.5)
    opened(page, site, clip)
    before = page.locator(".word:not(.outside)").count()
    page.get_by_role("button", name="Add the moment after").click()
    parts = page.get_by_role("list", name="Parts, in the order they play").get_by_role("listitem")
    expect(parts).to_have_count(2)
    shown = page.locator(".word:not(.outside):not(.struck)").all_inner_texts()
    assert len(shown) > before
    assert shown[-1].strip() == last["text"].split()[-1]
    page.wait_for_function(READY, timeout=30_000)
    expect(page.locator(".preview-problem")).to_have_count(0)


def test_the_end_is_pulled_on_the_timeline(page: Page, site: Site, job: Any) -> None:
    clip = job["clips"][0]
    opened(page, site, clip)
    page.locator(".clip-timeline").scroll_into_view_if_needed()
    expect(page.locator(".versions video").first).to_have_js_property("readyState", 4)
    box = page.locator(".clip-timeline").bounding_box()
    assert box is not None
    length = clip["end_seconds"] - clip["start_seconds"]
    pixels = box["width"] / (length + 6)  # three seconds are shown on each side
    end, middle = box["x"] + (length + 3) * pixels, box["y"] + box["height"] / 2
    page.mouse.move(end, middle)
    page.mouse.down()
    page.mouse.move(end - 5 * pixels, middle, steps=4)
    page.mouse.up()
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    told = page.locator(".end").filter(has_text=re.compile("^Ends at")).locator("b")
    minutes, seconds = (told.text_content() or "").split(":")
    assert abs(int(minutes) * 60 + float(seconds) - (clip["end_seconds"] - 5)) < 1.5
