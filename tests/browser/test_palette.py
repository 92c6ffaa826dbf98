"""The command palette: screens, actions and talks by keyboard; the list of keys."""

from typing import Any

import pytest
from browser_site import AXE, SIZES, Site, show
from playwright.sync_api import Page, expect


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Command palette")).to_be_focused()


def test_a_talk_is_opened_by_parts_of_its_words(page: Page, job: Any) -> None:
    open_palette(page)
    page.keyboard.type("tabl repair")
    expect(page.get_by_role("option", name="The repair table")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="The repair table", level=1)).to_be_visible()
    assert job["job_id"] in page.url
    expect(page.get_by_role("dialog")).to_have_count(0)
    open_palette(page)
    page.keyboard.type("texts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("tab", name="Texts")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Control+k")  # and typed on at once, before there is anything to see
    page.keyboard.type("sttngs webh")  # letters left out, the rest in their order
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/settings/webhooks")


@pytest.mark.usefixtures("job")
def test_arrows_choose_and_go_around(page: Page) -> None:
    open_palette(page)
    options = page.get_by_role("option")
    # The talks come a moment after the rest, below it.
    expect(options.filter(has_text="The repair table").first).to_be_visible()
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    active = page.get_by_role("combobox", name="Command palette").get_attribute(
        "aria-activedescendant"
    )
    assert active == options.last.get_attribute("id")
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.type("qqqq")
    expect(options).to_have_count(0)
    expect(page.get_by_text("No matches")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()


def test_focus_stays_inside_and_is_given_back(page: Page) -> None:
    search = page.get_by_label("Search titles and files")
    search.focus()
    open_palette(page)
    for _ in range(3):
        page.keyboard.press("Tab")
        inside = "document.activeElement.matches('body, dialog *')"
        assert page.evaluate(inside)  # or in the browser's own bars
    page.keyboard.press("Control+k")  # the same keys close it
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(search).to_be_focused()
    open_palette(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(search).to_be_focused()


def test_the_list_of_keys_names_the_palette(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Ctrl K")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Command palette")).to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(1)


@pytest.mark.parametrize("size", SIZES)
def test_it_is_accessible_and_fits(page: Page, site: Site, job: Any, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    show(page, site, f"/jobs/{job['job_id']}")
    page.get_by_role("button", name="Command palette").click()
    expect(page.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    violations = AXE.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "best-practice"]})
    found = violations.response["violations"]
    assert found == [], [(fault["id"], fault["nodes"][0]["html"][:150]) for fault in found]
