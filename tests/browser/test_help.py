"""The help: questions, answers and the list of keys, inside the page."""

import pytest
from browser_site import AXE, SIZES
from playwright.sync_api import Page, expect

QUESTIONS = ("picked", "score", "Keep and Reject", "by its words", "misheard", "files", "shortcuts")


def test_the_help_answers_over_the_open_screen(page: Page) -> None:
    search = page.get_by_label("Search titles and files")
    search.fill("half typed")
    page.get_by_role("button", name="Help").click()
    dialog = page.get_by_role("dialog", name="Help")
    for question in QUESTIONS:
        heading = dialog.get_by_role("heading", level=3).filter(has_text=question)
        expect(heading).to_have_count(1)
    expect(dialog).to_contain_text("Strong starts at 60, Fair at 30")
    expect(dialog).to_contain_text("Ctrl K")
    assert dialog.evaluate("dialog => dialog.scrollTop") == 0
    # All of it is text of the page, which a browser's own search finds.
    assert page.evaluate("() => window.find('as long as any clip')")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(search).to_have_value("half typed")


def test_it_is_loaded_once_somebody_asks(page: Page) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.reload(wait_until="networkidle")
    assert not [url for url in loaded if url.endswith(("help.js", "docs.js"))]
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("How are clips picked?")
    assert len([url for url in loaded if url.endswith("help.js")]) == 1


def test_without_the_server_it_says_so_and_lists_the_keys(page: Page) -> None:
    page.route("**/js/help.js", lambda route: route.abort())
    page.keyboard.press("Control+k")
    # The palette opens with the next frame; what is typed before goes nowhere.
    expect(page.get_by_role("combobox", name="Command palette")).to_be_focused()
    page.keyboard.type("shortcuts")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Help")
    expect(dialog.get_by_role("alert")).to_contain_text("Couldn’t load the help")
    expect(dialog).to_contain_text("Command palette".lower())


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_is_accessible_and_fits(page: Page, size: str, theme: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.get_by_role("button", name="Help").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("How are clips picked?")
    box = dialog.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["height"] <= height
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    violations = AXE.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "best-practice"]})
    found = violations.response["violations"]
    assert found == [], [(fault["id"], fault["nodes"][0]["html"][:150]) for fault in found]
