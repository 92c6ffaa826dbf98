"""A misheard word is corrected in the transcript, by mouse, by keyboard and with a finger."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser_site import SIZES, Site, serious, show
from playwright.sync_api import Browser, Locator, Page, expect

NAME = "Kuvalainen"


@pytest.fixture(autouse=True)
def as_heard(site: Site, job: Any) -> Iterator[None]:
    """The talk that all tests share is left as it was."""
    yield
    path = f"/jobs/{job['job_id']}/corrections"
    kept = site.call("GET", path)["corrections"]
    if kept:
        back = [{"heard": c["heard"], "start_seconds": c["start_seconds"]} for c in kept]
        site.call("PATCH", path, {"corrections": [change | {"text": None} for change in back]})


@pytest.fixture
def often(site: Site, job: Any) -> tuple[str, int]:
    """A word of a clip that is said several times, and how often."""
    words = site.call("GET", f"/jobs/{job['job_id']}/transcript")["words"]
    clip = site.call("GET", f"/clips/{job['clips'][0]['clip_id']}/transcript")["words"]
    bare = [re.sub(r"^\W+|\W+$", "", word["text"]) for word in words]
    keys = [word.casefold() for word in bare]
    return max(
        (
            (word, keys.count(word.casefold()))
            for word in (re.sub(r"^\W+|\W+$", "", word["text"]) for word in clip)
            if word.isalpha() and word.islower()
            if not any(key.startswith(f"{word}'") or key.startswith(f"{word}’") for key in keys)
        ),
        key=lambda found: found[1],
    )


def word_of(page: Page, text: str) -> Locator:
    """The first place of a word."""
    return page.locator(".transcript p span").get_by_text(re.compile(rf"^{text}\W*$")).first


def test_a_word_is_corrected_everywhere_and_clips_are_rendered_again(
    page: Page, site: Site, job: Any, often: tuple[str, int]
) -> None:
    heard, count = often
    show(page, site, f"/jobs/{job['job_id']}/talk")
    word_of(page, heard).dblclick()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("What was said")).to_have_value(heard)
    expect(form.get_by_label("What was said")).to_be_focused()
    expect(form.get_by_label(f"Everywhere ({count} places)")).to_be_checked()
    form.get_by_label("What was said").fill(NAME)
    page.keyboard.press("Enter")
    expect(form).to_have_count(0)
    expect(page.locator(".transcript .fixed")).to_have_count(count)
    expect(page.locator(".transcript .fixed").first).to_have_text(re.compile(NAME))
    expect(page.locator(".transcript .fixed:focus")).to_have_count(1)
    transcript = site.call("GET", f"/jobs/{job['job_id']}/transcript")
    assert sum(NAME in word["text"] for word in transcript["words"]) == count
    page.get_by_role("button", name=re.compile("^Render (this|these)")).click()
    expect(page.get_by_text("Rendering new versions")).to_be_visible()
    expect(page.get_by_text(re.compile("still show"))).to_have_count(0)
    link = page.locator(".notice a").first
    made = site.done(link.get_attribute("href").rpartition("/")[2])  # type: ignore[union-attr]
    assert (made["status"], NAME in made["clips"][0]["transcript"]) == ("completed", True)
    page.get_by_text("1 correction", exact=True).click()
    page.get_by_role("button", name=f"Undo the correction of {heard}").click()
    expect(page.locator(".transcript .fixed")).to_have_count(0)
    expect(page.get_by_text("1 correction", exact=True)).to_have_count(0)


def test_words_that_are_dragged_over_are_corrected_together(
    page: Page, site: Site, job: Any
) -> None:
    show(page, site, f"/jobs/{job['job_id']}/talk")
    words = page.locator(".transcript p span")
    words.nth(5).scroll_into_view_if_needed()
    first, last = words.nth(5).bounding_box(), words.nth(6).bounding_box()
    assert first is not None
    assert last is not None
    page.mouse.move(first["x"] + 1, first["y"] + first["height"] / 2)
    page.mouse.down()
    page.mouse.move(last["x"] + last["width"] - 1, last["y"] + last["height"] / 2, steps=6)
    page.mouse.up()
    said = f"{words.nth(5).inner_text()} {words.nth(6).inner_text()}"
    offer = page.get_by_role("button", name="✎ Correct", exact=True)
    expect(offer).to_be_visible()
    offer.click()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("What was said")).to_have_value(re.sub(r"^\W+|\W+$", "", said))
    form.get_by_label("What was said").fill("one two three")
    form.get_by_role("button", name="Correct").click()
    expect(form).to_have_count(0)
    expect(page.locator(".transcript .fixed")).to_have_count(3)
    kept = site.call("GET", f"/jobs/{job['job_id']}/corrections")["corrections"]
    assert [(one["text"], one["places"]) for one in kept] == [("one two three", 1)]


def test_a_word_that_is_right_elsewhere_is_corrected_in_one_place(
    page: Page, site: Site, job: Any, often: tuple[str, int]
) -> None:
    show(page, site, f"/jobs/{job['job_id']}/talk")
    word_of(page, often[0]).dblclick()
    form = page.get_by_role("dialog")
    form.get_by_label("What was said").fill(NAME)
    form.get_by_label("Only here").check()
    form.get_by_role("button", name="Correct").click()
    expect(page.locator(".transcript .fixed")).to_have_count(1)
    page.get_by_text("1 correction", exact=True).click()
    expect(page.locator(".corrections .places")).to_contain_text("only at 0:2")


def test_the_keyboard_alone_corrects(page: Page, site: Site, job: Any) -> None:
    show(page, site, f"/jobs/{job['job_id']}/talk")
    words = page.locator(".transcript p span")
    page.get_by_role("button", name="Correct words").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.n") is not None:
            break
    expect(words.nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    field = page.get_by_role("dialog").get_by_label("What was said")
    said = f"{words.nth(2).inner_text()} {words.nth(3).inner_text()}"
    expect(field).to_have_value(re.sub(r"^\W+|\W+$", "", said))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(words.nth(3)).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_be_focused()
    page.keyboard.type(NAME)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".transcript .fixed").first).to_be_visible()
    expect(words.nth(3)).to_have_text(re.compile(NAME))
    expect(words.nth(3)).to_be_focused()


def test_what_the_server_refuses_is_told_in_the_form(page: Page, site: Site, job: Any) -> None:
    show(page, site, f"/jobs/{job['job_id']}/talk")
    page.locator(".transcript p span").nth(2).dblclick()
    form = page.get_by_role("dialog")
    form.get_by_label("What was said").fill("…")
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text("neither letters nor digits")
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_have_count(0)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_the_form_and_the_list_have_no_serious_fault_of_access(
    browser: Browser, site: Site, job: Any, size: str, theme: str
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        has_touch=size == "phone",
        bypass_csp=True,
    )
    page = context.new_page()
    page.add_init_script(f"sessionStorage.setItem('klipfast.key', {site.key!r})")
    show(page, site, f"/jobs/{job['job_id']}/talk")
    if size == "phone":
        page.get_by_role("button", name="Correct words").tap()
        page.locator(".transcript p span").nth(4).tap()
    else:
        page.locator(".transcript p span").nth(4).dblclick()
    form = page.get_by_role("dialog")
    expect(form.get_by_label("What was said")).to_be_focused()
    found = serious(page)
    form.get_by_label("What was said").fill("<b>W</b>" + "w" * 80)
    form.get_by_role("button", name="Correct").click()
    expect(form).to_have_count(0)
    page.get_by_text("1 correction", exact=True).click()
    page.locator(".corrections").scroll_into_view_if_needed()
    found += serious(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
    assert found == []
