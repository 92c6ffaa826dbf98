"""The pages about the API: the studio's header, look and theme."""

import pytest
from browser_site import SIZES, Site, serious
from playwright.sync_api import Page, expect


def test_they_lead_back_to_the_studio(page: Page, site: Site) -> None:
    page.goto(f"{site.address}/docs/jobs")
    header = page.get_by_role("banner")
    current = header.get_by_role("link", name="API")
    expect(current).to_have_attribute("aria-current", "page")
    header.get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    page.get_by_role("banner").get_by_role("link", name="API").click()
    page.get_by_role("banner").get_by_role("link", name="KlipFast").click()
    expect(page.get_by_role("heading", name="Talks", exact=True)).to_be_visible()


def test_the_theme_chosen_on_one_page_is_that_of_the_other(page: Page, site: Site) -> None:
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.goto(f"{site.address}/docs")
    assert page.evaluate(ground) == light
    page.get_by_role("button", name="Light or dark theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto(f"{site.address}/")
    page.wait_for_selector("main h1")
    assert page.evaluate(ground) == dark


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_they_are_accessible_and_have_the_studios_header(
    page: Page, site: Site, size: str, theme: str
) -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(f"{site.address}/#/settings/usage")
    bar = page.locator("header.bar")
    studio = bar.bounding_box()
    for path in ("/docs", "/docs/texts", "/docs/types"):
        page.goto(site.address + path)
        assert bar.bounding_box() == studio
        expect(bar.get_by_role("link", name="API")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert serious(page) == []
