"""A new talk: its options reach the job, mistakes are told at their field, and styles move."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from browser_site import Site, Told, show, sign_in
from playwright.sync_api import Browser, Locator, Page, Request, expect
from serving import SAMPLE

SRT = "1\n00:00:20,000 --> 00:00:24,000\nAnna repairs the toaster.\n"
BAD_RANGES = (
    ("1:75", "", "“1:75” isn’t a time"),
    ("", "soon", "“soon” isn’t a time"),
    ("1:02:03", "62:05", "at least 5 seconds"),
)
FRAME = "() => document.querySelector('.style-list').style.cssText.includes('blob:')"


@pytest.fixture
def form(page: Page, site: Site) -> Locator:
    """The form with a chosen file and all options open."""
    show(page, site, "/new")
    page.locator(".hidden-file").set_input_files(SAMPLE)
    expect(page.get_by_text("is uploaded")).to_be_visible()
    page.get_by_text("More options").click()
    return page.locator("form.new")


@pytest.fixture
def sent(page: Page) -> list[Any]:
    """The bodies of POST /process, in order."""
    bodies: list[Any] = []

    def hear(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/process"):
            bodies.append(json.loads(request.post_data or ""))

    page.on("request", hear)
    return bodies


def made(page: Page, site: Site) -> Any:
    """The job of the form, canceled at once."""
    page.get_by_role("button", name="Make clips").click()
    page.wait_for_url("**/#/jobs/job_*")
    job_id = re.sub("/clips$", "", page.url).rpartition("/")[2]
    job = site.call("GET", f"/jobs/{job_id}")
    site.call("POST", f"/jobs/{job_id}/cancel")
    return job


def test_what_is_left_as_usual_is_not_sent(
    page: Page, site: Site, form: Locator, sent: list[Any]
) -> None:
    form.get_by_label("Title of the talk").fill("As usual")  # no job of another test is the same
    made(page, site)
    [body] = sent
    assert body.pop("video_url").startswith("upload://")
    assert body == {"title": "As usual"}


def test_options_reach_the_job(page: Page, site: Site, form: Locator, tmp_path: Path) -> None:
    own = tmp_path / "talk.srt"
    own.write_text(SRT)
    form.get_by_label("What to look for").fill("the toaster that was repaired")
    form.get_by_role("radio", name="karaoke").check()
    for kind in ("Story", "Q&A"):
        form.get_by_label(kind, exact=True).check()
    form.get_by_label("Prefer moments about").fill("toaster, repair table")
    form.get_by_label("Start at").fill("0:20")
    form.get_by_label("End at").fill("112")
    form.get_by_label("Names and terms").fill("Anna Karenina, KlipFast\nRepair Café")
    form.get_by_label("Your own transcript").set_input_files(own)
    form.get_by_label("Show emoji").check()
    form.get_by_label("Also export without captions").check()
    form.get_by_label("Bleep").check()
    form.get_by_label("Camera").select_option("punchy")
    form.get_by_label("Quality").select_option("fast")
    form.get_by_label("Clip length").select_option("short")
    form.get_by_label("Article").uncheck()
    options = made(page, site)["options"]
    wanted = {
        "prompt": "the toaster that was repaired",
        "caption_style": "karaoke",
        "kinds": ["story", "answer"],
        "keywords": ["toaster", "repair table"],
        "range": {"start": 20.0, "end": 112.0},
        "vocabulary": ["Anna Karenina", "KlipFast", "Repair Café"],
        "own_transcript": True,
        "emoji": True,
        "clean_video": True,
        "profanity": "mask",
        "motion": "punchy",
        "quality": "fast",
        "min_duration": 15.0,
        "max_duration": 30.0,
        "text_outputs": ["twitter_thread", "linkedin_post"],
    }
    assert {name: options[name] for name in wanted} == wanted


def test_a_bad_range_is_told_without_a_request(page: Page, form: Locator, sent: list[Any]) -> None:
    for start, end, told in BAD_RANGES:
        form.get_by_label("Start at").fill(start)
        form.get_by_label("End at").fill(end)
        page.get_by_text("More options").click()  # the field is hidden, and is shown again
        page.get_by_role("button", name="Make clips").click()
        expect(form.get_by_role("alert")).to_contain_text(told)
        field = form.get_by_label("Start at")
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-describedby", "problem-range")
    assert sent == []


def test_one_end_of_a_range_is_enough(page: Page, site: Site, form: Locator) -> None:
    form.get_by_label("Start at").fill("1:30,5")
    assert made(page, site)["options"]["range"]["start"] == 90.5


def test_a_refusal_is_shown_at_its_field(
    page: Page, form: Locator, sent: list[Any], tmp_path: Path
) -> None:
    own = tmp_path / "broken.srt"
    own.write_text("1\n00:00:09,000 --> 00:00:04,000\nBackwards.\n")
    form.get_by_label("Your own transcript").set_input_files(own)
    page.get_by_role("button", name="Make clips").click()
    expect(form.get_by_role("alert")).to_contain_text("transcript")
    field = form.get_by_label("Your own transcript")
    expect(field).to_have_attribute("aria-describedby", "problem-transcript")
    assert len(sent) == 1
    own.write_text(" \n")
    field.set_input_files(own)
    page.get_by_role("button", name="Make clips").click()
    expect(form.get_by_role("alert")).to_contain_text("empty")
    form.get_by_label("Start at").fill("9:00:00")
    field.set_input_files([])
    page.get_by_role("button", name="Make clips").click()
    expect(form.get_by_role("alert")).to_contain_text("must begin before the end")
    assert len(sent) == 2


def test_the_usual_style_is_first_and_styles_stand_over_the_talk(page: Page, site: Site) -> None:
    show(page, site, "/new")
    first = page.locator(".style").first
    expect(first.get_by_role("radio")).to_be_checked()
    assert (
        first.get_by_role("radio").input_value() == site.call("GET", "/caption-styles")["default"]
    )
    swatch = page.locator(".swatch").first
    assert "gradient" in swatch.evaluate("e => getComputedStyle(e).backgroundImage")
    page.locator(".hidden-file").set_input_files(SAMPLE)
    page.wait_for_function(FRAME)
    assert "blob:" in swatch.evaluate("e => getComputedStyle(e).backgroundImage")
    page.get_by_role("button", name=re.compile("Cancel the upload|Choose another")).click()
    expect(page.locator(".style-list")).not_to_have_attribute("style", re.compile("blob"))


def test_a_file_without_a_picture_leaves_the_gray(page: Page, site: Site, tmp_path: Path) -> None:
    sound = tmp_path / "talk.mp3"
    sound.write_bytes(b"no video at all")
    show(page, site, "/new")
    page.locator(".hidden-file").set_input_files(sound)
    page.wait_for_timeout(1000)
    swatch = page.locator(".swatch").first
    assert "gradient" in swatch.evaluate("e => getComputedStyle(e).backgroundImage")


def test_a_style_moves_under_the_pointer_and_in_focus(page: Page, site: Site) -> None:
    show(page, site, "/new")
    karaoke = page.locator(".style", has_text="karaoke")
    picture = karaoke.locator("img")
    expect(picture).to_have_attribute("src", re.compile(r"/preview\.png\?ground=none$"))
    karaoke.hover()
    expect(picture).to_have_attribute("src", re.compile(r"/motion\.webp$"))
    page.wait_for_function(
        "() => [...document.querySelectorAll('.swatch img')].some("
        "(i) => i.currentSrc.endsWith('webp') && i.complete && i.naturalWidth === 360)"
    )
    page.locator("h1").hover()
    expect(picture).to_have_attribute("src", re.compile(r"/preview\.png"))
    karaoke.get_by_role("radio").focus()
    expect(picture).to_have_attribute("src", re.compile(r"/motion\.webp$"))
    page.get_by_label("What to look for").focus()
    expect(page.locator("img[src$='.webp']")).to_have_count(0)


def test_nothing_moves_for_those_who_want_it_still(
    browser: Browser, site: Site, told: Told
) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    told.hear(page)
    sign_in(page, site)
    show(page, site, "/new")
    style = page.locator(".style").first
    style.hover()
    style.get_by_role("radio").focus()
    page.wait_for_timeout(300)
    assert page.locator("img[src$='.webp']").count() == 0
    context.close()
    assert told.errors == []
