"""Settings: brands are made, changed and used; feeds and usage are shown."""

import re
import subprocess
import sys
from pathlib import Path

from browser_site import SIZES, Site, serious, show, sign_in
from pictures import png
from playwright.sync_api import Browser, Page, Route, expect
from serving import ROOT, SAMPLE

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")

SQUARE = """() => {
  const picture = document.querySelector(".brand-preview img");
  return picture?.naturalWidth > 100 && picture.naturalWidth === picture.naturalHeight;
}"""
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
FEED_MS = 100_000  # until the server has looked for the account again, and the page at the feed


def test_a_brand_is_made_given_files_changed_and_deleted(
    page: Page, site: Site, tmp_path: Path
) -> None:
    (logo := tmp_path / "logo.png").write_bytes(png(64, 64))
    show(page, site, "/settings/brands")
    page.get_by_role("link", name="New brand").click()
    page.get_by_label("Name", exact=True).fill("Harbor <b>radio</b>")
    page.get_by_label("Caption style").select_option("boxed")
    page.locator("[name=spoken_color]").fill("#12ab34")
    page.get_by_label("Call to action after the clip").fill("Hear it all")
    page.get_by_role("button", name="Create brand").click()
    page.wait_for_url("**/#/settings/brands/brand_*")
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    brand_id = page.url.rpartition("/")[2]
    made = site.call("GET", f"/brands/{brand_id}")
    assert made["name"] == "Harbor <b>radio</b>"
    style = {name: value for name, value in made["caption_style"].items() if value is not None}
    assert style == {"base": "boxed", "spoken_color": "#12AB34"}
    assert made["call_to_action"] == {"text": "Hear it all", "seconds": 3.0}
    picture = page.get_by_role("img", name=re.compile("A clip in the style"))
    expect(picture).to_be_visible()
    first = picture.get_attribute("src")
    page.get_by_label("Upload: Logo").set_input_files(logo)
    expect(page.get_by_text("64 × 64")).to_be_visible()
    expect(picture).not_to_have_attribute("src", first or "")  # drawn again, with the logo
    page.get_by_label("Upload: Font").set_input_files(FONT)
    expect(page.get_by_text("DejaVu Sans", exact=False)).to_be_visible()
    page.get_by_label("Upload: Intro").set_input_files(SAMPLE)  # minutes long
    expect(page.get_by_role("alert")).to_contain_text("15")
    page.get_by_role("button", name="1:1").click()
    page.wait_for_function(SQUARE)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete: Logo").click()
    expect(page.get_by_label("Upload: Logo")).to_have_count(1)
    site.call("PATCH", f"/brands/{brand_id}", {"caption_style": style | {"box_radius": 0.3}})
    page.reload()
    page.get_by_label("Name", exact=True).fill("Harbor")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Harbor", exact=True)).to_be_visible()
    changed = site.call("GET", f"/brands/{brand_id}")
    assert changed["name"] == "Harbor"
    assert changed["caption_style"]["box_radius"] == 0.3  # not in the form, and kept
    page.get_by_role("link", name="New talk").first.click()
    page.get_by_label("Brand").select_option("Harbor")
    expect(page.get_by_text("This brand has its own caption style")).to_be_visible()
    page.get_by_label("Link to a video or audio file").fill("http://127.0.0.1:9/gone.mp4")
    page.get_by_role("button", name="Make clips").click()
    page.wait_for_url("**/#/jobs/job_*")
    job = site.done(re.sub("/clips$", "", page.url).rpartition("/")[2])
    assert job["options"]["brand_id"] == brand_id
    show(page, site, "/settings/brands")
    page.get_by_role("button", name="Delete Harbor").click()
    expect(page.get_by_text("No brands yet.")).to_be_visible()


def test_a_device_is_signed_out_from_another(browser: Browser, page: Page, site: Site) -> None:
    for session in site.call("GET", "/sessions")["sessions"]:
        site.call("DELETE", f"/sessions/{session['session_id']}")
    sign_in(page, site)
    phone = browser.new_context(user_agent=IPHONE).new_page()
    phone.goto(site.sign_in_link())
    expect(phone.get_by_role("heading", name="Talks", exact=True)).to_be_visible()
    show(phone, site, "/settings/brands/new")
    phone.get_by_label("Name", exact=True).fill("Typed before")
    show(page, site, "/settings/devices")
    rows = page.get_by_role("row")
    expect(rows.filter(has_text="this browser")).to_contain_text("Chrome on Linux")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Sign out: Safari on iPhone").click()
    expect(rows.filter(has_text="iPhone")).to_have_count(0)
    phone.get_by_role("button", name="Create brand").click()
    door = phone.get_by_role("dialog")
    expect(door.get_by_role("alert")).to_contain_text("no longer works")
    expect(door).to_contain_text("klipfast-server keys link")
    tab = phone.context.new_page()
    tab.goto(site.sign_in_link())  # signs the other tab in, too, where the brand is made now
    phone.wait_for_url("**/#/settings/brands/brand_*")
    [brand] = site.call("GET", "/brands")["brands"]
    assert brand["name"] == "Typed before"
    site.call("DELETE", f"/brands/{brand['brand_id']}")
    phone.context.close()


def test_a_feed_says_what_it_does_and_what_is_wrong(page: Page, site: Site) -> None:
    show(page, site, "/settings/feeds")
    feed = page.locator(".panel")
    expect(feed).to_contain_text("http://127.0.0.1:9/podcast.xml")
    expect(feed).to_contain_text("caption style: karaoke")
    expect(feed.get_by_role("alert")).to_contain_text("failed", timeout=FEED_MS)
    assert "key=hidden" not in page.content()


def test_usage_is_a_bar_with_the_limits_of_the_plan(page: Page, site: Site) -> None:
    site.upload()
    usage = site.call("GET", "/usage")
    show(page, site, "/settings/usage")
    bar = page.get_by_role("meter", name="Storage")
    percent = round(100 * usage["storage_used_mb"] / usage["storage_limit_mb"])
    expect(bar).to_have_attribute("aria-valuenow", str(percent))
    expect(
        page.get_by_text(re.compile(f"^{usage['storage_used_mb']}(.0)? MB of 205 GB"))
    ).to_be_visible()
    expect(page.get_by_role("meter", name="Server disk")).to_be_visible()
    expect(page.get_by_text(re.compile("GB · .* GB free"))).to_be_visible()
    expect(page.locator(".facts")).to_contain_text("90 days")


def test_usage_without_a_limit_is_told_as_such(page: Page, site: Site) -> None:
    server = [sys.executable, "-m", "klipfast_server", "accounts", "set-plan", "proof"]
    for plan in ("unlimited", "business"):
        subprocess.run([*server, plan], env=site.environ, cwd=ROOT, check=True)
        show(page, site, "/settings/usage")
        page.reload()
        unlimited = page.get_by_text(re.compile(", no limit$"))
        expect(unlimited).to_have_count(2 if plan == "unlimited" else 0)
        kept = "until you delete them" if plan == "unlimited" else "90 days"
        expect(page.locator(".facts")).to_contain_text(kept)


def test_the_operator_sees_the_server_and_what_is_wrong_with_it(page: Page, site: Site) -> None:
    show(page, site, "/settings")
    page.get_by_role("link", name="Server", exact=True).click()
    expect(page.get_by_role("heading", name="Accounts")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="All is well")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="proof")).to_contain_text("business")
    expect(page.get_by_role("row").filter(has_text="Recognition")).to_contain_text("0 of 1")
    for size, (width, height) in SIZES.items():
        page.set_viewport_size({"width": width, "height": height})
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, size
    assert serious(page) == []
    server = [sys.executable, "-m", "klipfast_server"]
    for command, told in (("drain", "Draining"), ("resume", "All is well")):
        subprocess.run([*server, command], env=site.environ, cwd=ROOT, check=True)
        expect(page.get_by_role("status").filter(has_text=told)).to_be_visible()  # by itself
    page.route("**/api/v1/operator", lambda route: route.fulfill(status=500, body="{}"))
    expect(page.get_by_role("alert")).to_contain_text("Not updated since")


def test_whoever_does_not_operate_the_server_has_no_such_tab(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    def somebody_else(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, json=answer.json() | {"operator": False})

    page.route("**/api/v1/usage", somebody_else)
    show(page, site, "/settings/usage")
    expect(page.get_by_role("link", name="Webhooks", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Server", exact=True)).to_have_count(0)
    assert not any(url.endswith("/operator") for url in asked)
