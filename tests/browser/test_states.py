"""What goes wrong between a page and its server: nothing that was typed is lost, and it goes on."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from browser_site import CONDITIONS, SLOW_LINE, Site, show, sign_in
from playwright.sync_api import Browser, Page, Route, expect
from serving import SAMPLE

UPLOADED = "() => +document.querySelector('[role=progressbar]')?.ariaValueNow > {}"
# Moves within half a second of a click count as its own, and are left out.
MOVED = """() => {
  window.moved = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.moved += entry.value;
  }).observe({ type: "layout-shift" });
}"""
PADDING = 30_000_000  # bytes


def brands(site: Site) -> list[str]:
    return [brand["name"] for brand in site.call("GET", "/brands")["brands"]]


def remove_brands(site: Site) -> None:
    for brand in site.call("GET", "/brands")["brands"]:
        site.call("DELETE", f"/brands/{brand['brand_id']}")


def test_offline_what_is_typed_stays_and_what_is_asked_for_comes(page: Page, site: Site) -> None:
    show(page, site, "/settings/brands/new")
    page.get_by_label("Name", exact=True).fill("Typed offline")
    page.context.set_offline(True)
    expect(page.get_by_text("You’re offline.")).to_be_visible()
    page.get_by_role("button", name="Create brand").click()
    expect(page.get_by_role("alert")).to_contain_text("was not sent")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Typed offline")
    page.context.set_offline(False)
    expect(page.get_by_text("You’re offline.")).to_have_count(0)
    page.get_by_role("button", name="Create brand").click()
    page.wait_for_url("**/#/settings/brands/brand_*")
    assert brands(site) == ["Typed offline"]
    remove_brands(site)
    page.context.set_offline(True)
    page.get_by_role("link", name="Usage").click()
    expect(page.get_by_text("Loading")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.get_by_role("meter", name="Storage")).to_be_visible()


def test_after_a_key_has_expired_everything_goes_on_where_it_was(
    browser: Browser, site: Site
) -> None:
    own, key_id = site.with_new_key()
    page = browser.new_page()
    sign_in(page, own)
    show(page, site, "/settings/brands/new")
    page.get_by_label("Name", exact=True).fill("Typed before")
    site.call("DELETE", f"/keys/{key_id}")
    page.get_by_role("button", name="Create brand").click()
    door = page.get_by_role("dialog")
    expect(door.get_by_role("alert")).to_contain_text("no longer works")
    expect(door.get_by_label("API key")).to_be_focused()
    page.keyboard.press("Escape")  # leads nowhere: there is no key
    door.get_by_label("API key").fill("kf_live_sk_" + "b" * 32)
    page.keyboard.press("Enter")
    expect(door.get_by_role("alert")).to_have_text("This key isn’t valid on this server.")
    door.get_by_label("API key").fill(site.key)
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/settings/brands/brand_*")  # the same click has done its work
    expect(door).to_have_count(0)
    assert brands(site) == ["Typed before"]
    remove_brands(site)
    page.close()


def test_an_address_is_kept_while_somebody_signs_in(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.address}/#/settings/usage")
    page.get_by_label("API key").fill(site.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("meter", name="Storage")).to_be_visible()
    page.close()


def test_what_is_not_saved_is_not_left_without_a_question(page: Page, site: Site) -> None:
    show(page, site, "/settings/brands/new")
    page.get_by_label("Name", exact=True).fill("Half")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("link", name="Talks").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Half")
    expect(page).to_have_url(re.compile(r"#/settings/brands/new$"))
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="Talks").click()
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()


def test_a_talk_that_was_deleted_elsewhere_is_gone(page: Page, site: Site) -> None:
    made = site.call("POST", "/process", {"video_url": "http://127.0.0.1:9/gone.mp4"})
    site.done(made["job_id"])
    show(page, site, f"/jobs/{made['job_id']}")
    site.call("DELETE", f"/jobs/{made['job_id']}")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    page.get_by_role("link", name="Back to all talks").click()
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()
    expect(page.locator(f"a[href*={made['job_id']}]")).to_have_count(0)


def test_a_busy_server_is_asked_again_when_it_says(page: Page) -> None:
    asked = []

    def gate(route: Route) -> None:
        """Answer like a server whose database is away, twice."""
        asked.append(route.request.url)
        if len(asked) > 2:
            route.continue_()
            return
        body = '{"error": "server_error", "message": "The database is away."}'
        headers = {"Retry-After": "2", "Content-Type": "application/json"}
        route.fulfill(status=503, headers=headers, body=body)

    page.route("**/api/v1/usage", gate)
    page.get_by_role("link", name="Settings").click()
    page.get_by_role("link", name="Usage").click()
    expect(page.get_by_text(re.compile(r"Retrying in \d s"))).to_be_visible()
    expect(page.get_by_role("meter", name="Storage")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Retrying in")).to_have_count(0)
    assert len(asked) == 3


@pytest.mark.usefixtures("job")
def test_nothing_moves_when_a_slow_answer_comes(page: Page, site: Site) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    show(page, site, "/settings/usage")
    page.route("**/api/v1/jobs?*", hold)
    page.evaluate(MOVED)
    page.get_by_role("link", name="Talks").click()
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(1)
    for route in held:
        route.continue_()
    page.unroute("**/api/v1/jobs?*", hold)
    expect(page.locator(".talk").first).to_be_visible()
    expect(page.locator(".skeleton")).to_have_count(0)
    page.wait_for_timeout(300)  # the observer tells of what moved in the frames before
    assert page.evaluate("window.moved") < 0.01


def test_what_changes_something_is_not_sent_again_by_itself(page: Page, site: Site) -> None:
    asked = []

    def gate(route: Route) -> None:
        asked.append(route.request.method)
        body = '{"error": "rate_limited", "message": "Too many requests."}'
        headers = {"Retry-After": "1", "Content-Type": "application/json"}
        route.fulfill(status=429, headers=headers, body=body)

    show(page, site, "/settings/brands/new")
    page.get_by_label("Name", exact=True).fill("Once")
    page.route("**/api/v1/brands", gate)
    page.get_by_role("button", name="Create brand").click()
    expect(page.get_by_role("alert")).to_have_text("Too many requests. Try again in 1 s.")
    page.wait_for_timeout(1500)  # longer than it was told to wait
    assert asked == ["POST"]
    page.on("dialog", lambda dialog: dialog.accept())


def test_a_server_that_does_not_answer_is_asked_again(page: Page, site: Site, job: Any) -> None:
    page.route("**/api/v1/jobs/*", lambda route: route.abort())
    page.goto(f"{site.address}/#/jobs/{job['job_id']}")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    page.unroute("**/api/v1/jobs/*")
    expect(page.get_by_role("heading", name=job["title"], exact=True, level=1)).to_be_visible(
        timeout=15_000
    )


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """The sample, longer by a free box of zeros."""
    file = tmp_path / "long.mp4"
    file.write_bytes(SAMPLE.read_bytes() + b"\0" * PADDING)
    return file


def test_an_upload_goes_on_after_a_phone_has_slept(page: Page, site: Site, film: Path) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send(CONDITIONS, SLOW_LINE)
    show(page, site, "/new")
    page.locator(".hidden-file").set_input_files(film)
    page.wait_for_function(UPLOADED.format(20))
    devtools.send(CONDITIONS, SLOW_LINE | {"offline": True})
    devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    page.wait_for_timeout(3000)
    devtools.send("Page.setWebLifecycleState", {"state": "active"})
    expect(page.get_by_text("Waiting for the connection")).to_be_visible()
    devtools.send(CONDITIONS, SLOW_LINE)
    expect(page.get_by_text("is uploaded")).to_be_visible(timeout=60_000)


def test_an_upload_outlasts_all_attempts_and_an_expired_key(
    browser: Browser, site: Site, film: Path
) -> None:
    own, key_id = site.with_new_key()
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    sign_in(page, own)
    devtools = context.new_cdp_session(page)
    devtools.send(CONDITIONS, SLOW_LINE)
    show(page, site, "/new")
    page.locator(".hidden-file").set_input_files(film)
    page.wait_for_function(UPLOADED.format(20))
    devtools.send(CONDITIONS, SLOW_LINE | {"offline": True})
    for _ in range(12):  # more than all pauses between attempts
        page.wait_for_timeout(300)
        page.clock.fast_forward(31_000)
    expect(page.get_by_text("Waiting for the connection")).to_be_visible()
    site.call("DELETE", f"/keys/{key_id}")
    devtools.send(CONDITIONS, SLOW_LINE)
    page.get_by_role("dialog").get_by_label("API key").fill(site.key, timeout=60_000)
    page.keyboard.press("Enter")
    expect(page.get_by_text("is uploaded")).to_be_visible(timeout=90_000)
    page.get_by_label("Clips").select_option("1")
    page.get_by_text("Make clips").click()
    page.wait_for_url("**/#/jobs/job_*")
    job_id = re.sub("/clips$", "", page.url).rpartition("/")[2]
    upload = site.call("GET", f"/uploads/{site.call('GET', f'/jobs/{job_id}')['upload_id']}")
    assert upload["sha256"] == hashlib.sha256(film.read_bytes()).hexdigest()
    site.call("POST", f"/jobs/{job_id}/cancel")
    context.close()
