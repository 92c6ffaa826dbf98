"""What was made of a talk later stands on its page, and not among the talks."""

from typing import Any

from browser_site import Site, show
from playwright.sync_api import Page, expect


def test_what_is_made_later_is_listed_on_its_talk(page: Page, site: Site, job: Any) -> None:
    job_id, clip = job["job_id"], job["clips"][0]
    for version in site.call("GET", f"/clips/{clip['clip_id']}/versions")["versions"]:
        if version["job_id"] != job_id:  # what other tests have left
            site.call("DELETE", f"/jobs/{version['job_id']}")
    show(page, site, f"/jobs/{job_id}")
    again = site.call("POST", f"/clips/{clip['clip_id']}/renders", {"title": "Said once more"})
    page.reload()
    later = page.get_by_role("region", name="Versions and your clips")
    card = page.locator(".clip").filter(has_text="Said once more")
    # a short clip may be made before the page is there
    expect(later.get_by_role("progressbar").or_(card).first).to_be_visible()
    expect(card).to_have_count(1, timeout=120_000)
    expect(later.get_by_role("progressbar")).to_have_count(0)
    expect(page.locator(".clip").filter(has_text=clip["title"])).to_have_count(0)
    show(page, site, "/")
    expect(page.locator(".talk").first).to_be_visible()
    newest = site.call("GET", "/jobs?source_job_id=none&limit=1")["jobs"][0]["job_id"]
    expect(page.locator(".talk > a").first).to_have_attribute("href", f"#/jobs/{newest}")
    show(page, site, f"/jobs/{again['job_id']}")
    page.get_by_role("link", name="The repair table").click()
    page.wait_for_url(f"**/#/jobs/{job_id}*")
    card.get_by_role("link", name="Edit").click()
    versions = page.get_by_role("list", name="Versions").get_by_role("listitem")
    expect(versions).to_have_count(2)
    expect(versions.first).to_contain_text("Current")
    versions.nth(1).get_by_role("button", name="Make current").click()
    expect(page.get_by_text("A different version of this clip is current.")).to_be_visible()
    page.get_by_role("link", name="Open it").click()
    page.wait_for_url(f"**/#/clips/{clip['clip_id']}")
    page.once("dialog", lambda dialog: dialog.accept())
    versions.filter(has_text="Said once more").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("list", name="Versions")).to_have_count(0)
    made = site.call("GET", f"/jobs?source_job_id={job_id}")["jobs"]
    assert again["job_id"] not in [line["job_id"] for line in made]


def test_one_that_was_canceled_is_tried_again(page: Page, site: Site, job: Any) -> None:
    made = site.call("POST", f"/jobs/{job['job_id']}/reels", {"max_seconds": 20})
    site.call("POST", f"/jobs/{made['job_id']}/cancel")
    show(page, site, f"/jobs/{job['job_id']}")
    card = (
        page.get_by_role("region", name="Versions and your clips")
        .locator(".clip")
        .filter(has_text="Highlight reel")
    )
    expect(card).to_contain_text("Canceled")
    card.get_by_role("button", name="Try again").click()
    expect(card.get_by_role("link", name="Download")).to_be_visible(timeout=120_000)
    site.call("DELETE", f"/jobs/{made['job_id']}")
