"""What people come for: sign in, upload, watch, play, correct, render, download, cut, copy."""

import time
from pathlib import Path
from typing import Any

import av
import pytest
from browser_site import Site, show, sign_in
from playwright.sync_api import Browser, Page, expect
from serving import SAMPLE

PLAYS = """(selector) => {
  const video = document.querySelector(selector);
  return video?.currentTime > 0.4 && video.getVideoPlaybackQuality().totalVideoFrames > 5;
}"""


def advances(page: Page, video: str) -> None:
    """Whether a video really plays: its time moves, and pictures are decoded."""
    page.wait_for_function(PLAYS, arg=video, timeout=20_000)


def test_a_wrong_key_is_told_and_the_right_one_signs_in(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.address}/")
    page.get_by_label("API key").fill("hunter2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Keys start with kf_live_sk_.")
    page.get_by_label("API key").fill("kf_live_sk_" + "a" * 32)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This key isn’t valid on this server.")
    sign_in(page, site)
    assert site.key not in page.url
    assert site.key not in page.evaluate("JSON.stringify(localStorage) + document.cookie")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0
    page.close()


def test_a_link_signs_in_once(browser: Browser, site: Site) -> None:
    link = site.sign_in_link()
    page = browser.new_page()
    page.goto(link)
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()
    assert link.rpartition("/")[2] not in page.url
    other = browser.new_context().new_page()
    other.goto(link)
    expect(other.get_by_role("alert")).to_contain_text("was used already")
    other.context.close()
    page.close()


def test_a_link_waits_while_the_server_is_away(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.route("**/api/v1/sessions", lambda route: route.abort())
    page.goto(site.sign_in_link())
    expect(page.get_by_role("alert")).to_contain_text("was not sent")
    page.unroute("**/api/v1/sessions")
    page.get_by_role("button", name="Try the link again").click()
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()
    page.close()


def test_whoever_signed_in_is_in_in_new_tabs_and_after_the_browser_was_closed(
    browser: Browser, site: Site
) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(site.sign_in_link())
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()
    [cookie] = context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    assert cookie["expires"] > time.time() + 29 * 86_400
    assert page.evaluate("document.cookie + sessionStorage.length") == "0"
    reopened = browser.new_context(storage_state=context.storage_state())
    for tab in (context.new_page(), reopened.new_page()):
        tab.goto(f"{site.address}/#/settings/usage")  # a bookmark
        expect(tab.get_by_role("meter", name="Storage")).to_be_visible()
    other = context.pages[1]
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("API key")).to_be_visible()
    assert context.cookies() == []
    expect(other.get_by_role("dialog").get_by_label("API key")).to_be_visible()
    sign_in(page, site)
    expect(other.get_by_role("dialog")).to_have_count(0)  # it is in again, too
    context.close()
    reopened.close()


def test_a_key_that_is_for_one_tab_stays_in_it(browser: Browser, site: Site) -> None:
    own, key_id = site.with_new_key()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.address}/")
    page.get_by_label("Only in this tab").check()
    page.get_by_label("API key").fill(own.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()
    assert context.cookies() == []
    page.reload()
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()
    other = context.new_page()
    other.goto(f"{site.address}/")
    expect(other.get_by_label("API key")).to_be_visible()
    sign_in(other, site)  # the browser's session is not that of the tab with a key
    site.call("DELETE", f"/keys/{key_id}")
    page.get_by_role("link", name="Settings").click()
    door = page.get_by_role("dialog")
    expect(door.get_by_role("alert")).to_contain_text("no longer works")
    expect(door.get_by_label("Only in this tab")).to_be_checked()
    assert own.key not in page.evaluate("JSON.stringify(sessionStorage)")
    context.close()


def test_from_upload_to_a_corrected_clip_that_is_downloaded(
    page: Page, site: Site, tmp_path: Path
) -> None:
    page.get_by_role("link", name="New talk").first.click()
    page.locator(".hidden-file").set_input_files(SAMPLE)
    expect(page.get_by_text("is uploaded")).to_be_visible(timeout=60_000)
    page.get_by_label("Clips").select_option("1")
    page.get_by_text("Options").click()
    page.get_by_label("Title of the talk").fill("Uploaded by hand")
    page.get_by_text("Make clips").click()
    page.wait_for_url("**/#/jobs/job_*")
    expect(page.get_by_role("progressbar")).to_be_visible()
    expect(page.locator(".clip")).to_have_count(1, timeout=300_000)
    page.locator(".clip video").evaluate("v => v.play()")
    advances(page, ".clip video")
    page.get_by_role("link", name="Edit").click()
    first = page.locator(".word:not(.outside)").first
    first.dblclick()
    expect(page.locator(".word-input")).to_be_focused()
    page.keyboard.type("Corrected")
    page.keyboard.press("Enter")
    expect(page.locator(".word.corrected")).to_have_text("Corrected")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".word.corrected")).to_have_count(0)
    page.get_by_role("button", name="Redo").click()
    page.get_by_label("Caption style").select_option("boxed")
    page.get_by_role("button", name="Render again").click()
    expect(page.get_by_text("New version")).to_be_visible(timeout=300_000)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download").last.click()
    file = tmp_path / "clip.mp4"
    started.value.save_as(file)
    assert started.value.suggested_filename.endswith(".mp4")
    with av.open(str(file)) as clip:
        assert sum(1 for _ in clip.decode(video=0)) > 100
    newest = site.call("GET", "/clips?limit=1")["clips"][0]
    assert newest["caption_style"] == "boxed"
    assert newest["transcript"].startswith("Corrected")


def test_a_span_that_is_dragged_becomes_a_clip(page: Page, site: Site, job: Any) -> None:
    show(page, site, f"/jobs/{job['job_id']}/talk")
    box = page.locator("talk-timeline canvas").bounding_box()
    assert box is not None
    left, y = box["x"] + box["width"] * 0.5, box["y"] + 60
    page.mouse.move(left, y)
    page.mouse.down()
    page.mouse.move(left + box["width"] * 0.08, y, steps=8)
    page.mouse.up()
    expect(page.locator(".selection")).to_contain_text("Selected 1:2")
    page.get_by_role("button", name="Make clip from selection").click()
    page.wait_for_function(f"() => !location.hash.includes({job['job_id']!r})")
    made = site.done(page.evaluate("location.hash.split('/')[2]"))  # page.url may be late
    assert (made["status"], made["span_of"]) == ("completed", job["job_id"])
    assert made["clips"][0]["duration"] == pytest.approx(13.0, abs=0.7)


def test_a_word_that_is_clicked_is_heard_and_lit(page: Page, site: Site, job: Any) -> None:
    show(page, site, f"/jobs/{job['job_id']}/talk")
    word = page.locator(".transcript p span").nth(40)
    text = word.inner_text()
    word.click()
    advances(page, "#talk-player")
    expect(page.locator(".transcript .now")).to_have_count(1)
    assert page.evaluate("document.querySelector('#talk-player').currentTime") > 20
    page.get_by_label("Search the transcript").fill(text)
    expect(page.locator(".tools [role=status]")).to_contain_text("match")
    expect(page.locator(".transcript .found").first).to_be_visible()


def test_a_speaker_gets_a_name(page: Page, site: Site, job: Any) -> None:
    show(page, site, f"/jobs/{job['job_id']}/talk")
    page.locator(".speaker summary").first.click()
    page.locator(".speaker input").first.fill("Ada Lovelace")
    page.locator(".speaker button").first.click()
    expect(page.locator(".transcript .who b").filter(has_text="Ada Lovelace").first).to_be_visible()


def test_a_text_that_was_edited_is_brought_back(page: Page, site: Site, job: Any) -> None:
    path = f"/jobs/{job['job_id']}/texts/linkedin_post"
    for text in ("The first of mine.", "The second of mine."):
        site.call("PUT", path, {"text": text})
    show(page, site, f"/jobs/{job['job_id']}/texts")
    card = page.locator(".text").filter(has_text="The second of mine.")
    card.get_by_role("button", name="Versions").click()
    lines = page.get_by_role("list", name="Versions").get_by_role("listitem")
    expect(lines.first).to_contain_text("Current")
    lines.nth(1).get_by_role("button", name="Make current").click()
    expect(page.locator(".text").filter(has_text="The first of mine.")).to_have_count(1)
    expect(lines.first).to_contain_text("Your edit")


def test_texts_are_copied_counted_and_edited_in_place(page: Page, site: Site, job: Any) -> None:
    before = {"text": "# As it was\n\nA paragraph."}
    site.call("PUT", f"/jobs/{job['job_id']}/texts/blog_post", before)
    show(page, site, f"/jobs/{job['job_id']}/texts")
    post = page.locator(".posts li").first
    text = post.locator(".words").inner_text()
    expect(post).to_contain_text(f"{len(text)} of 280 characters")
    post.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == text
    article = page.locator("article").filter(has_text="Article")
    title = article.locator(".article-title").inner_text()
    assert not title.startswith("#")
    article.get_by_role("button", name="Copy").click()
    expect(article.get_by_role("button", name="Copied")).to_be_visible()
    kinds = page.evaluate("navigator.clipboard.read().then(found => found[0].types)")
    assert set(kinds) == {"text/plain", "text/html"}
    assert page.evaluate("navigator.clipboard.readText()").startswith(f"# {title}")
    article.get_by_role("button", name="Edit").click()
    own = (
        "# My own title\n\nMy **own** text, [a](javascript:alert(1)) and [b](https://example.com/)."
    )
    article.get_by_role("textbox").fill(own)
    article.get_by_role("button", name="Save").click()
    expect(article.locator("strong")).to_have_text("own")
    expect(article.locator(".article a")).to_have_count(1)
    expect(article.locator(".article")).to_contain_text("[a](javascript:alert(1))")
    article.get_by_label("Length").select_option("short")
    page.once("dialog", lambda dialog: dialog.accept())
    article.get_by_role("button", name="Regenerate").click()
    expect(article.locator(".article-title")).not_to_have_text("My own title", timeout=60_000)
    page.get_by_role("button", name="Show notes").click()
    notes = page.locator("article").filter(has=page.get_by_role("heading", name="Show notes"))
    expect(notes.locator(".article")).to_be_visible(timeout=60_000)


def test_a_key_is_created_shown_once_and_revoked(page: Page, site: Site) -> None:
    show(page, site, "/settings")
    page.get_by_label("Name", exact=True).fill("the newsroom")
    page.get_by_role("button", name="Create key").click()
    shown = page.locator(".secret code").inner_text()
    assert shown.startswith("kf_live_sk_")
    page.reload()
    expect(page.get_by_role("cell", name="the newsroom", exact=True)).to_be_visible()
    assert shown not in page.content()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke the newsroom").click()
    expect(page.get_by_role("cell", name="the newsroom", exact=True)).to_have_count(0)


def test_a_revoked_key_leads_back_to_the_door(browser: Browser, site: Site) -> None:
    own, key_id = site.with_new_key()
    page = browser.new_page()
    sign_in(page, own)
    site.call("DELETE", f"/keys/{key_id}")
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("alert")).to_contain_text("no longer works")
    assert page.evaluate("sessionStorage.length") == 0
    page.close()


@pytest.mark.usefixtures("job")
def test_everything_by_keyboard_alone(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.address}/")
    expect(page.get_by_label("API key")).to_be_focused()
    page.keyboard.type(site.key)
    page.keyboard.press("Enter")
    page.wait_for_selector(".talk")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("The repair table")
    expect(page.locator(".talk b").first).to_have_text("The repair table")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".clip")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press(" ")
    advances(page, ".clip video")
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.clip video').paused")
    page.keyboard.press("u")
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_role("heading", name="New talk")).to_be_visible()
    page.close()
