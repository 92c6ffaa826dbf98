"""The editor plays the clip with its changes; words that are cut are gone before it is rendered."""

from typing import Any

from browser_site import Site, show
from playwright.sync_api import Page, expect

VIDEO = ".preview-picture video"
READY = """() => { const preview = document.querySelector('.preview');
  return preview?.dataset.shown && preview.ariaBusy !== 'true'; }"""


def opened(page: Page, site: Site, clip: Any) -> None:
    show(page, site, f"/clips/{clip['clip_id']}")
    page.wait_for_function(READY, timeout=30_000)


def seconds(page: Page, what: str) -> float:
    return float(page.locator(VIDEO).evaluate(f"video => video.{what}"))


def test_it_plays_from_any_word_and_words_light_up(page: Page, site: Site, job: Any) -> None:
    opened(page, site, job["clips"][0])
    words = page.locator(".word:not(.outside)")
    words.nth(12).click()
    page.wait_for_function(
        f"() => document.querySelector('{VIDEO}').currentTime > 1", timeout=10_000
    )
    began = seconds(page, "currentTime")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        f"began => document.querySelector('{VIDEO}').currentTime > began + 1.5",
        arg=began,
        timeout=15_000,
    )
    lit = page.locator(".word.spoken")
    expect(lit).to_have_count(1)
    assert int(lit.get_attribute("data-word") or 0) > int(
        words.nth(12).get_attribute("data-word") or 0
    )
    assert page.locator(VIDEO).evaluate("video => video.webkitAudioDecodedByteCount > 0")
    page.get_by_role("button", name="Pause", exact=True).click()
    page.get_by_label("Preview time").fill(str(job["clips"][0]["end_seconds"] - 0.5))
    page.wait_for_function(f"() => !document.querySelector('{VIDEO}').seeking", timeout=10_000)


def test_it_plays_without_media_source_extensions(page: Page, site: Site, job: Any) -> None:
    page.context.add_init_script("delete window.MediaSource; delete window.ManagedMediaSource;")
    page.reload()
    opened(page, site, job["clips"][0])
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        f"() => document.querySelector('{VIDEO}').currentTime > 0.5", timeout=15_000
    )
    assert page.locator(VIDEO).evaluate("video => video.src").startswith(site.address)


def test_an_editor_opens_with_four_calls(page: Page, site: Site, job: Any) -> None:
    called: list[str] = []
    page.on("request", lambda request: called.append(f"{request.method} {request.url}"))
    opened(page, site, job["clips"][0])
    calls = [call for call in called if "/api/v1/" in call and "/source/picture" not in call]
    assert len(calls) == 4, calls


def test_a_preview_that_met_no_server_comes_by_itself(page: Page, site: Site, job: Any) -> None:
    opened(page, site, job["clips"][0])
    page.route("**/preview/stream", lambda route: route.abort())
    page.get_by_label("Caption style").select_option("boxed")
    expect(page.locator(".preview-problem")).to_be_visible()
    page.unroute("**/preview/stream")
    expect(page.locator(".preview-problem")).to_have_count(0)
    page.wait_for_function(READY, timeout=30_000)


def test_words_are_cut_restored_and_rendered(page: Page, site: Site, job: Any) -> None:
    clip = job["clips"][0]
    opened(page, site, clip)
    whole = seconds(page, "duration")
    inside = page.locator(".word:not(.outside)")
    inside.nth(5).click()
    inside.nth(9).click(modifiers=["Shift"])
    page.get_by_role("button", name="Cut 5 words").click()
    expect(page.locator(".word.struck")).to_have_count(5)
    page.wait_for_function(
        f"whole => document.querySelector('{VIDEO}').duration < whole - 0.3",
        arg=whole,
        timeout=15_000,
    )
    page.locator("h1").click()
    page.keyboard.press("Delete")  # all of them are cut: they come back
    expect(page.locator(".word.struck")).to_have_count(0)
    page.keyboard.press("z")
    expect(page.locator(".word.struck")).to_have_count(5)
    page.get_by_role("button", name="Render again").click()
    expect(page.get_by_text("New version")).to_be_visible(timeout=300_000)
    newest = site.call("GET", "/clips?limit=1")["clips"][0]
    assert newest["duration"] < clip["duration"] - 0.3
    cuts = site.call("GET", f"/clips/{newest['clip_id']}/transcript")["cuts"]
    assert len(cuts) == 1
    show(page, site, f"/clips/{newest['clip_id']}")
    expect(page.locator(".word.struck")).to_have_count(5)
    page.get_by_role("button", name="Restore all cuts").click()
    expect(page.locator(".word.struck")).to_have_count(0)
    site.call("DELETE", f"/jobs/{newest['job_id']}")  # other tests count the versions


def test_an_edit_that_cuts_everything_is_refused_and_nothing_is_lost(
    page: Page, site: Site, job: Any
) -> None:
    opened(page, site, job["clips"][1])
    inside = page.locator(".word:not(.outside)")
    inside.first.click()
    inside.last.click(modifiers=["Shift"])
    page.keyboard.press("Delete")
    expect(page.locator(".preview-problem")).to_contain_text("with these cuts")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".preview-problem")).to_have_count(0)
    expect(page.locator(".word.struck")).to_have_count(0)
