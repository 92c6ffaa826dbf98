"""Versions of texts: before beside now; what somebody typed is replaced only if they say so."""

from typing import Any

import pytest
from browser_site import SIZES, Site, serious, show
from playwright.sync_api import Dialog, Locator, Page, expect

WAIT_MS = 60_000  # for a text to be written


@pytest.fixture
def asked(page: Page) -> list[str]:
    """What the page asked; each question is answered with yes."""
    questions: list[str] = []

    def accept(dialog: Dialog) -> None:
        questions.append(dialog.message)
        dialog.accept()

    page.on("dialog", accept)
    return questions


@pytest.fixture
def article(page: Page, site: Site, job: Any) -> Locator:
    """The card of an article that somebody edited."""
    own = "# A title\n\nThis sentence stays. This one goes away."
    site.call("PUT", f"/jobs/{job['job_id']}/texts/blog_post", {"text": own})
    show(page, site, f"/jobs/{job['job_id']}/texts")
    heading = page.get_by_role("heading", name="Article", exact=True)
    return page.locator("article").filter(has=heading)


def edit(article: Locator, text: str, *, save: bool = False) -> None:
    article.get_by_role("button", name="Edit").click()
    article.get_by_role("textbox").fill(text)
    if save:
        article.get_by_role("button", name="Save").click()
        expect(article.get_by_role("textbox")).to_have_count(0)


def test_what_an_edit_changed_is_shown_and_undone(article: Locator) -> None:
    edit(article, "# Another title\n\nThis sentence stays.", save=True)
    article.get_by_role("button", name="Versions").click()
    expect(article).to_contain_text("Now: 4 words shorter, different opening.")
    before = article.get_by_role("group", name="Before")
    expect(before.locator("mark")).to_have_text(["# A title", "This one goes away."])
    expect(article.get_by_role("group", name="Now").locator("mark")).to_have_text("# Another title")
    lines = article.get_by_role("list", name="Versions").get_by_role("listitem")
    lines.nth(1).get_by_role("button", name="Make current").click()
    expect(article.locator(".article-title")).to_have_text("A title")
    # The newer one is still there, to be compared and brought back.
    expect(lines.nth(1)).to_contain_text("Another title")
    expect(article).to_contain_text("Now: 4 words longer, different opening.")


def test_regenerating_an_edited_text_asks_and_shows_what_changed(
    page: Page, article: Locator
) -> None:
    page.once("dialog", lambda dialog: dialog.dismiss())
    regenerate = article.get_by_role("button", name="Regenerate")
    regenerate.click()
    expect(article.locator(".article-title")).to_have_text("A title")
    expect(article.get_by_text("Writing…")).to_have_count(0)
    article.get_by_label("Length").select_option("short")
    page.once("dialog", lambda dialog: dialog.accept())
    regenerate.click()
    before = article.get_by_role("group", name="Before")
    expect(before).to_contain_text("This sentence stays.", timeout=WAIT_MS)
    expect(article.locator(".article-title")).not_to_have_text("A title")
    expect(article.locator(".differs")).to_contain_text("words longer, different opening")


def test_unsaved_changes_are_kept_as_a_version(
    article: Locator, asked: list[str], site: Site, job: Any
) -> None:
    edit(article, "# Typed and not saved\n\nMy words.")
    article.get_by_role("button", name="Regenerate").click()
    before = article.get_by_role("group", name="Before")
    expect(before).to_contain_text("Typed and not saved", timeout=WAIT_MS)
    assert len(asked) == 1
    assert "saved as a version first" in asked[0]
    found = site.call("GET", f"/jobs/{job['job_id']}/texts/blog_post/versions")["versions"]
    assert found[1]["text"].startswith("# Typed and not saved")


def test_a_text_that_changed_elsewhere_is_not_replaced_unasked(
    page: Page, article: Locator, site: Site, job: Any
) -> None:
    edit(article, "# Mine\n\nTyped here.")
    path = f"/jobs/{job['job_id']}/texts/blog_post"
    site.call("PUT", path, {"text": "# Theirs\n\nTyped elsewhere."})
    page.once("dialog", lambda dialog: dialog.dismiss())
    article.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(article.get_by_role("textbox")).to_have_value("# Mine\n\nTyped here.")
    assert site.call("GET", f"{path}/versions")["versions"][0]["text"].startswith("# Theirs")
    page.once("dialog", lambda dialog: dialog.accept())
    article.get_by_role("button", name="Save").click()
    expect(article.locator(".article-title")).to_have_text("Mine")
    assert site.call("GET", f"{path}/versions")["versions"][1]["text"].startswith("# Theirs")


def test_a_draft_outlasts_other_tabs_and_other_texts(
    page: Page, article: Locator, asked: list[str]
) -> None:
    edit(article, "# Half typed")
    thread = page.locator("article").filter(has=page.get_by_role("heading", name="Thread"))
    thread.get_by_role("button", name="Edit").click()
    page.get_by_role("tab", name="Clips").click()
    page.get_by_role("tab", name="Texts").click()
    expect(article.get_by_role("textbox")).to_have_value("# Half typed")
    thread.get_by_role("button", name="Cancel").click()
    assert asked == []
    article.get_by_role("button", name="Cancel").click()
    expect(article.locator(".article-title")).to_have_text("A title")
    assert asked == ["Discard your unsaved changes?"]


@pytest.mark.parametrize("size", SIZES)
def test_the_comparison_is_accessible_and_fits(page: Page, article: Locator, size: str) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    edit(article, "# A title\n\nThis sentence stays. " + "w" * 300, save=True)
    article.get_by_role("button", name="Versions").click()
    expect(article.locator("mark").first).to_be_visible()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_short_part_says_why_it_has_no_texts(page: Page, site: Site) -> None:
    body = {
        "video_url": site.upload(),
        "title": "Too short for texts",
        "range": {"start": 0, "end": 12},
        "quality": "fast",
        "clip_count": 1,
        "min_duration": 6,
        "language": "en",
        "text_outputs": ["twitter_thread", "blog_post"],
    }
    done = site.done(site.call("POST", "/process", body)["job_id"])
    show(page, site, f"/jobs/{done['job_id']}")
    for what in ("a thread", "an article"):
        expect(page.get_by_text(f"seconds for {what}.")).to_be_visible()
    site.call("DELETE", f"/jobs/{done['job_id']}")
