"""The editor of a clip: what is changed is seen before it is rendered, and can be taken back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from browser_site import Site, show
from playwright.sync_api import Locator, Page, expect

PICTURE = ".preview-picture video"
SIZE = "video => [video.videoWidth, video.videoHeight]"
PIXELS = """video => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  return canvas.toDataURL();
}"""


@pytest.fixture
def clip(site: Site, job: Any) -> Any:
    """A clip with a shot of two people."""
    for found in job["clips"]:
        framing = site.call("GET", f"/clips/{found['clip_id']}/framing")
        if any(len(shot["people"]) == 2 for shot in framing["shots"]):
            return found
    return pytest.fail("no clip has two people in a shot")


def redrawn(page: Page, change: Callable[[], Any]) -> str:
    """Make a change; the picture that is shown after it."""
    preview = page.locator(".preview")
    expect(preview).to_have_attribute("data-shown", re.compile("."), timeout=30_000)
    before = preview.get_attribute("data-shown")
    change()
    page.wait_for_function(
        "before => { const preview = document.querySelector('.preview');"
        " return preview.dataset.shown !== before && preview.ariaBusy !== 'true'; }",
        arg=before,
        timeout=30_000,
    )
    drawn: str = page.locator(PICTURE).evaluate(PIXELS)
    return drawn


def two_shot(page: Page) -> Locator:
    """The part in which two people are seen."""
    return page.locator(".framing-parts li").filter(has=page.locator(".face >> nth=1")).first


def test_a_change_is_seen_before_it_is_rendered(page: Page, site: Site, clip: Any) -> None:
    show(page, site, f"/clips/{clip['clip_id']}")
    expect(page.locator(PICTURE)).to_be_visible(timeout=30_000)
    first = redrawn(page, lambda: page.locator(".scrub input").fill(str(clip["start_seconds"] + 4)))
    assert page.locator(PICTURE).evaluate(SIZE) == [360, 640]
    style = page.get_by_label("Caption style")
    changed = redrawn(page, lambda: style.select_option("boxed"))
    assert changed != first
    redrawn(page, lambda: page.get_by_label("Aspect ratio").select_option("1:1"))
    assert page.locator(PICTURE).evaluate(SIZE) == [360, 360]
    redrawn(page, page.get_by_role("button", name="Undo").click)
    again = redrawn(page, page.get_by_role("button", name="Undo").click)
    assert again == first
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_the_face_that_is_chosen_is_rendered(page: Page, site: Site, clip: Any) -> None:
    show(page, site, f"/clips/{clip['clip_id']}")
    part = two_shot(page)
    redrawn(page, part.locator(".time").click)
    left = redrawn(page, part.locator(".face").first.click)
    expect(part.locator(".face").first).to_have_attribute("aria-pressed", "true")
    right = redrawn(page, part.locator(".face").nth(1).click)
    assert left != right
    both = redrawn(page, part.get_by_role("button", name="Split screen").click)
    assert both not in (left, right)
    whole = redrawn(page, part.get_by_role("button", name="Full frame").click)
    assert whole not in (left, right, both)
    redrawn(page, part.locator(".face").first.click)
    page.get_by_role("button", name="Render again").click()
    expect(page.get_by_text("New version")).to_be_visible(timeout=300_000)
    newest = site.call("GET", "/clips?limit=1")["clips"][0]
    framing = site.call("GET", f"/clips/{newest['clip_id']}/framing")
    [chosen] = framing["chosen"]
    [point] = chosen["points"]
    since = chosen["start_seconds"] - 0.1
    shown = next(part for part in framing["parts"] if part["start_seconds"] >= since)
    [crop] = shown["crops"]
    assert crop["x"] < point["x"] < crop["x"] + crop["width"]


def test_a_place_is_chosen_and_moved_by_keyboard(page: Page, site: Site, clip: Any) -> None:
    show(page, site, f"/clips/{clip['clip_id']}")
    part = two_shot(page)
    redrawn(page, part.locator(".time").click)
    box = part.locator(".framing-picture").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.9)
    mark = part.locator(".mark")
    expect(mark).to_have_count(1)
    before = mark.bounding_box()
    mark.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert before is not None
    page.wait_for_function(
        "x => Math.abs(document.querySelector('.mark').getBoundingClientRect().x - x) < 1.5",
        arg=before["x"] - 0.04 * box["width"],
    )


def test_a_shot_is_split_where_another_should_be_shown(page: Page, site: Site, clip: Any) -> None:
    show(page, site, f"/clips/{clip['clip_id']}")
    parts = page.locator(".framing-parts li")
    expect(parts.first).to_be_visible()
    count = parts.count()
    redrawn(page, two_shot(page).locator(".time").click)
    page.get_by_role("button", name="Split at the preview time").click()
    expect(parts).to_have_count(count + 1)
    page.keyboard.press("z")
    expect(parts).to_have_count(count)


def test_ends_are_set_and_words_corrected_by_keyboard(page: Page, site: Site, clip: Any) -> None:
    show(page, site, f"/clips/{clip['clip_id']}")
    inside = page.locator(".word:not(.outside)")
    expect(inside.first).to_be_visible()
    count, first = inside.count(), inside.first.inner_text()
    page.locator("h1").click()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(inside.nth(3)).to_be_focused()
    page.keyboard.press("i")
    expect(inside).to_have_count(count - 3)
    page.keyboard.press("z")
    expect(inside).to_have_count(count)
    assert inside.first.inner_text() == first
    page.keyboard.press("e")
    expect(page.locator(".word-input")).to_be_focused()
    page.keyboard.type("Elsewhere")
    page.keyboard.press("Enter")
    expect(page.locator(".word.corrected")).to_have_text("Elsewhere")
    expect(page.locator(".word.corrected")).to_be_focused()
