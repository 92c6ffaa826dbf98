"""Every view: accessible in both themes, at both widths; small, steady, safe with any text."""

from typing import Any

import pytest
from browser_site import SIZES, Site, Told, serious, show, sign_in
from playwright.sync_api import Browser, Page, Request

MAX_FIRST_BYTES = 150_000
HOSTILE = {
    "script": "<script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'>",
    "template": "${window.hurt = 1} {{hurt}} javascript:window.hurt=1",
    "right to left": "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "long": "A" * 200,
    "long words": "word " * 40,
}


def views(job: Any) -> dict[str, str]:
    job_id, clip_id = job["job_id"], job["clips"][0]["clip_id"]
    return {
        "talks": "/",
        "new": "/new",
        "clips": f"/jobs/{job_id}/clips",
        "talk": f"/jobs/{job_id}/talk",
        "texts": f"/jobs/{job_id}/texts",
        "editor": f"/clips/{clip_id}",
        "keys": "/settings",
        "devices": "/settings/devices",
        "usage": "/settings/usage",
        "brands": "/settings/brands",
        "brand": "/settings/brands/new",
        "feeds": "/settings/feeds",
        "webhooks": "/settings/webhooks",
        "server": "/settings/server",
        "missing": "/jobs/job_0000000000000000000000",
    }


MAX_CALLS = 4
PICTURES = ("/source/picture", "/preview.png", "/quote_cards/")  # loaded as files are


def test_a_view_costs_few_calls(page: Page, site: Site, job: Any) -> None:
    called: list[str] = []
    page.on("request", lambda request: called.append(f"{request.method} {request.url}"))
    for name, path in views(job).items():
        show(page, site, "/settings/usage" if name != "usage" else "/new")
        page.wait_for_load_state("networkidle")
        called.clear()
        show(page, site, path)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(500)
        calls = [c for c in called if "/api/v1/" in c and not any(p in c for p in PICTURES)]
        assert len(calls) <= MAX_CALLS, (name, calls)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_no_view_has_a_serious_fault_of_access(
    browser: Browser, site: Site, job: Any, size: str, theme: str
) -> None:
    told, (width, height) = Told(), SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
        bypass_csp=True,
    )
    page = context.new_page()
    told.hear(page)
    page.goto(f"{site.address}/")
    page.wait_for_selector("#key")
    found = [("sign in", fault) for fault in serious(page)]
    sign_in(page, site)
    for name, path in views(job).items():
        show(page, site, path)
        found += [(name, fault) for fault in serious(page)]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    for path in ("/docs", "/docs/jobs", "/docs/types"):
        page.goto(site.address + path)
        page.wait_for_selector("main h1")
        found += [(path, fault) for fault in serious(page)]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
    assert told.errors == []
    assert not found, "\n".join(map(str, found))


def _transferred(request: Request) -> int:
    sizes = request.sizes()
    return int(sizes["responseBodySize"] + sizes["responseHeadersSize"])


MOVED = """window.moved = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.moved += entry.value;
}).observe({ type: "layout-shift", buffered: true });"""
INLINE = """async () => {
  const script = document.createElement("script");
  script.textContent = "window.hurt = 1";
  document.body.append(script);
  await new Promise((resolve) => setTimeout(resolve, 100));
  return window.hurt;
}"""


def test_the_first_view_is_small_and_does_not_move(
    browser: Browser, site: Site, record_property: Any
) -> None:
    context = browser.new_context()
    page = context.new_page()
    sizes: list[int] = []
    page.on(
        "requestfinished",
        lambda request: sizes.append(_transferred(request)),
    )
    page.add_init_script(MOVED)
    page.goto(f"{site.address}/", wait_until="networkidle")
    ready_ms = page.evaluate("performance.getEntriesByType('paint').at(-1).startTime")
    assert page.evaluate("window.moved") < 0.001
    assert sum(sizes) <= MAX_FIRST_BYTES
    record_property("first_view_bytes", sum(sizes))
    record_property("first_paint_ms", round(ready_ms))
    print(f"first view: {sum(sizes):,} bytes, {len(sizes)} requests, {ready_ms:.0f} ms")
    context.close()


@pytest.mark.parametrize("kind", HOSTILE)
def test_any_text_is_shown_as_text(page: Page, site: Site, job: Any, kind: str) -> None:
    text = HOSTILE[kind]
    page.set_viewport_size({"width": 390, "height": 844})
    made = site.call(
        "POST",
        "/process",
        {"video_url": "http://127.0.0.1:9/gone.mp4", "title": text, "metadata": {"a": text[:80]}},
    )
    site.done(made["job_id"])
    site.call("PUT", f"/jobs/{job['job_id']}/texts/blog_post", {"text": text})
    site.call(
        "PATCH", f"/jobs/{job['job_id']}/speakers", {"names": {"Speaker 1": "\u05d3\u05e0\u05d9"}}
    )
    key = site.call("POST", "/keys", {"name": text[:100]})
    brand = site.call("POST", "/brands", {"name": text[:100]})
    own = f"/jobs/{made['job_id']}", f"/settings/brands/{brand['brand_id']}"
    for path in (*own, *views(job).values()):
        show(page, site, path)
        assert page.evaluate("window.hurt") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
    show(page, site, "/")
    assert page.locator(".talk b").first.inner_text().strip() == text.strip()
    site.call("DELETE", f"/keys/{key['key_id']}")
    site.call("DELETE", f"/brands/{brand['brand_id']}")


def test_a_failed_talk_says_why_and_what_to_do(page: Page, site: Site) -> None:
    made = site.call("POST", "/process", {"video_url": "http://127.0.0.1:9/gone.mp4"})
    job = site.done(made["job_id"])
    show(page, site, f"/jobs/{made['job_id']}")
    assert job["error"]["message"] in page.locator(".notice.error").inner_text()
    assert page.get_by_role("button", name="Try again").is_visible()


def test_the_policy_forbids_what_is_not_the_pages_own(browser: Browser, site: Site) -> None:
    page = browser.new_page()
    page.goto(f"{site.address}/")
    ran = page.evaluate(INLINE)
    assert ran is None
    page.close()
