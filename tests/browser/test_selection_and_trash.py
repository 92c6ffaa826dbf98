"""Several clips at once, and talks that are deleted and come back."""

from pathlib import Path
from typing import Any
from zipfile import ZipFile

from browser_site import Site, show
from playwright.sync_api import Page, expect

PART = {"start": 20, "end": 112}  # seconds of the sample: two questions with their answers
SLOW_MS = 120_000  # for a clip, on a busy machine


def test_clips_are_selected_rendered_downloaded_and_deleted(
    page: Page, site: Site, tmp_path: Path
) -> None:
    asked = {"video_url": site.upload(), "range": PART, "quality": "fast", "title": "Selected"}
    options = {"clip_count": 2, "min_duration": 8, "language": "en", "text_outputs": []}
    made = site.done(site.call("POST", "/process", asked | options)["job_id"])
    first, second = [clip["title"] for clip in made["clips"]]
    show(page, site, f"/jobs/{made['job_id']}")
    bar = page.get_by_role("region", name="Selected clips")
    page.get_by_label(f"Select {first}").check()
    expect(bar).to_contain_text("1 clip selected")
    expect(bar.get_by_role("button", name="Render")).to_be_disabled()
    with page.expect_download() as saved:
        bar.get_by_role("button", name="Download ZIP").click()
    saved.value.save_as(tmp_path / "clips.zip")
    names = ZipFile(tmp_path / "clips.zip").namelist()
    assert sum(name.endswith(".mp4") for name in names) == 1

    page.get_by_label(f"Select {second}").check()
    expect(bar).to_contain_text("2 clips selected")
    bar.get_by_label("Caption style").select_option("karaoke")
    bar.get_by_label("Aspect ratio").select_option("1:1")
    bar.get_by_role("button", name="Render").click()
    expect(bar).to_have_count(0)
    page.wait_for_function(
        "() => document.querySelectorAll('.later .clip').length === 2", timeout=SLOW_MS
    )
    expect(page.locator(".later .clip")).to_have_count(0, timeout=SLOW_MS)  # they are the clips
    clips = site.call("GET", f"/jobs/{made['job_id']}")["clips"]
    told = [site.call("GET", f"/clips/{clip['clip_id']}") for clip in clips]
    assert {(c["caption_style"], c["resolution"]) for c in told} == {("karaoke", "720x720")}

    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_label(f"Select {second}").check()
    bar.get_by_role("button", name="Delete").click()
    expect(page.locator("#panel > .clips > .clip")).to_have_count(1)
    expect(bar).to_have_count(0)
    assert [c["title"] for c in site.call("GET", f"/jobs/{made['job_id']}")["clips"]] == [first]


def test_a_deleted_talk_comes_back(page: Page, site: Site, job: Any) -> None:
    link = f'a[href="#/jobs/{job["job_id"]}"]'
    show(page, site, f"/jobs/{job['job_id']}")
    page.get_by_role("button", name="Delete", exact=True).first.click()
    expect(page.get_by_text("It will be deleted in seven days")).to_be_visible()
    expect(page.locator(link)).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(link)).to_be_visible()

    show(page, site, f"/jobs/{job['job_id']}")
    page.get_by_role("button", name="Delete", exact=True).first.click()
    page.get_by_role("button", name="Trash").click()
    row = page.locator(".talk", has=page.locator(link))
    expect(row).to_contain_text("Will be deleted on")
    show(page, site, f"/jobs/{job['job_id']}")
    expect(page.get_by_text("This talk is in the trash")).to_be_visible()
    expect(page.get_by_role("button", name="Delete now")).to_be_visible()
    show(page, site, "/")
    page.get_by_role("button", name="Trash").click()
    row.get_by_role("button", name="Restore").click()
    expect(page.locator(link)).to_have_count(0)
    expect(page.get_by_text("The trash is empty")).to_be_visible()
    assert site.call("GET", f"/jobs/{job['job_id']}")["deletes_at"] is None
