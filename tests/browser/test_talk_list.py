"""The list of talks: those with one title are told apart."""

from browser_site import Site, show
from playwright.sync_api import Page, expect


def failing(site: Site, name: str, title: str) -> str:
    """Submit a talk that fails at once; its ID."""
    address = f"http://127.0.0.1:9/{name}.mp4"
    made: str = site.call("POST", "/process", {"video_url": address, "title": title})["job_id"]
    site.done(made)
    return made


def test_talks_of_one_title_are_told_apart(page: Page, site: Site) -> None:
    twins = [failing(site, name, "Standup") for name in ("one", "two")]
    failing(site, "three", "Retrospective")
    show(page, site, "/")
    rows = page.locator(".talk").filter(has_text="Standup")
    expect(rows).to_have_count(2)
    lines = [row.locator(".what .dim").inner_text() for row in rows.all()]
    times = [line.split(" · ")[1] for line in lines]
    assert len(set(times)) == 2
    year = site.call("GET", f"/jobs/{twins[0]}")["created_at"][:4]
    for time in times:
        assert year in time
        assert ":" in time
    other = page.locator(".talk").filter(has_text="Retrospective")
    expect(other.locator(".what .dim")).to_contain_text("just now")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Command palette")).to_be_focused()
    page.keyboard.type("standup")
    options = page.get_by_role("option").filter(has_text="Standup")
    expect(options).to_have_count(2)
    assert {option.locator(".dim").inner_text() for option in options.all()} == set(times)
