"""Brands through the API: settings, files of every bad kind, whose they are, and jobs with them."""

import io
from pathlib import Path
from typing import Any

from caller import Caller
from fake_engine import FakeEngine
from pictures import huge_png, png, size

from klipfast_server.core.config import Config

FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
BRANDS = "/api/v1/brands"
STYLE = {"base": "boxed", "spoken_color": "#FF6A3D", "outline_color": "none", "position": "top"}
STYLE |= {"text_color": "#123456"}


async def made(caller: Caller, **settings: Any) -> str:
    """The id of a new brand."""
    body = {"name": "Acme"} | settings
    brand_id: str = (await caller.post(BRANDS, body, 201))["brand_id"]
    return brand_id


async def put(caller: Caller, brand_id: str, kind: str, content: bytes, status: int = 200) -> Any:
    path = f"{BRANDS}/{brand_id}/{kind}"
    return await caller.send("PUT", path, status, data=io.BytesIO(content))


def stored(config: Config) -> list[Path]:
    """Files of brands that are in the storage, or were left in the work folder."""
    data = config.server.data_dir
    places = [*(data / "storage" / "brands").rglob("*"), *(data / "work").glob("brand-*")]
    return [path for path in places if path.is_file() or path.parent.name == "work"]


async def test_a_brand_is_made_changed_and_deleted(ada: Caller) -> None:
    asked = {"caption_style": STYLE, "call_to_action": {"text": "Link in bio"}}
    brand_id = await made(ada, **asked)
    assert brand_id.startswith("brand_")
    brand = await ada.get(f"{BRANDS}/{brand_id}")
    assert STYLE.items() <= brand["caption_style"].items()
    assert brand["call_to_action"] == {"text": "Link in bio", "seconds": 3.0}
    assert brand["files"] == dict.fromkeys(("font", "logo", "intro", "outro"))
    changes = {"logo": {"corner": "bottom_left"}, "caption_style": None}
    changed = await ada.send("PATCH", f"{BRANDS}/{brand_id}", json=changes)
    assert changed["logo"]["corner"] == "bottom_left"
    assert changed["caption_style"] is None
    assert (changed["name"], changed["call_to_action"]) == ("Acme", brand["call_to_action"])
    assert [b["brand_id"] for b in (await ada.get(BRANDS))["brands"]] == [brand_id]
    await ada.send("DELETE", f"{BRANDS}/{brand_id}", 204)
    await ada.get(f"{BRANDS}/{brand_id}", 404)
    assert (await ada.get(BRANDS))["brands"] == []


NO_BRANDS: list[tuple[dict[str, Any], str, str]] = [
    ({"name": " "}, "name", "no visible"),
    ({"caption_style": {"base": "comic"}}, "caption_style.base", "white_bold"),
    ({"caption_style": {"font": "Comic Sans"}}, "caption_style.font", "Inter"),
    ({"caption_style": {"word_motion": "box"}}, "caption_style", "word_box"),
    ({"caption_style": {"text_color": "red"}}, "caption_style.text_color", "#RRGGBB"),
    ({"caption_style": {"text_size": 3}}, "caption_style", "0.14"),
    ({"caption_style": {"colour": "#FFFFFF"}}, "caption_style", "colour"),
    ({"logo": {"corner": "middle"}}, "logo", "middle"),
    ({"logo": {"opacity": 0}}, "logo", "0.05"),
    ({"call_to_action": {"text": "Go", "seconds": 1000}}, "call_to_action", "10"),
    ({"call_to_action": {"text": "\u200b"}}, "call_to_action.text", "null"),
    ({"colors": {"background": "#FFF"}}, "colors.background", "#RRGGBB"),
]


async def test_what_makes_no_brand_is_refused(ada: Caller) -> None:
    for settings, field, says in NO_BRANDS:
        answer = await ada.post(BRANDS, {"name": "Acme"} | settings, 400)
        assert answer["field"].startswith(field), answer
        assert says in answer["message"], answer


async def test_there_are_at_most_twenty(ada: Caller) -> None:
    for _ in range(20):
        await made(ada)
    assert "20 brands" in (await ada.post(BRANDS, {"name": "One more"}, 409))["message"]


async def test_a_font_and_a_logo_come_back_as_they_were(ada: Caller, config: Config) -> None:
    brand_id, before = await made(ada), (await ada.get("/api/v1/usage"))["storage_used_mb"]
    font, logo = FONT.read_bytes(), png()
    brand = await put(ada, brand_id, "font", font)
    assert brand["files"]["font"] | {"sha256": ""} == {
        "media_type": "font/ttf",
        "size_bytes": len(font),
        "sha256": "",
        "width": None,
        "height": None,
        "duration_seconds": None,
        "family": "DejaVu Sans",
        "font_weight": 700,
    }
    brand = await put(ada, brand_id, "logo", logo)
    assert (brand["files"]["logo"]["width"], brand["files"]["logo"]["height"]) == (300, 100)
    for kind, content in (("font", font), ("logo", logo)):
        response = await ada.call("GET", f"{BRANDS}/{brand_id}/{kind}")
        assert await response.read() == content
    assert (await ada.get("/api/v1/usage"))["storage_used_mb"] > before
    await put(ada, brand_id, "logo", png(64, 64))
    assert len(stored(config)) == 2  # the one that was replaced is gone
    await ada.send("DELETE", f"{BRANDS}/{brand_id}/font", 204)
    assert (await ada.call("GET", f"{BRANDS}/{brand_id}/font")).status == 404
    await ada.send("DELETE", f"{BRANDS}/{brand_id}", 204)
    assert stored(config) == []
    assert (await ada.get("/api/v1/usage"))["storage_used_mb"] == before


NO_FILES: list[tuple[str, bytes, tuple[int, str]]] = [
    ("font", b"not a font at all", (422, "no font")),
    ("font", b"", (422, "no font")),
    ("font", b"\0\1\0\0" + b"\xff" * 5000, (422, "damaged")),
    ("font", FONT.read_bytes()[:3000], (422, "damaged")),
    ("font", b"OTTO" + b"x" * 50_000_000, (400, "10,000,000 bytes")),
    ("logo", b"I am a text.", (422, "no picture")),
    ("logo", b"GIF89a\1\0\1\0\0\0\0;", (422, "picture")),
    ("logo", huge_png(20_000), (422, "20000 × 20000")),
    ("logo", huge_png(4000), (422, "damaged")),
    ("logo", png()[:200], (422, "damaged")),
    ("logo", b"\x89PNG" + b"x" * 6_000_000, (400, "5,000,000 bytes")),
    ("intro", b"I am a text.", (422, "plain text")),
    ("outro", png(), (422, "PNG picture")),
]


async def test_a_file_that_cannot_be_used_is_refused_and_leaves_nothing(
    ada: Caller, config: Config
) -> None:
    brand_id = await made(ada)
    for kind, content, (status, says) in NO_FILES:
        answer = await put(ada, brand_id, kind, content, status)
        assert says in answer["message"], answer
        assert answer["field"] == "file"
        assert status == 400 or answer["reason"]
        assert (await ada.get(f"{BRANDS}/{brand_id}"))["files"][kind] is None
        assert stored(config) == []


async def test_a_job_has_the_brand_as_it_was(ada: Caller, engine: FakeEngine) -> None:
    brand_id = await made(ada, caption_style=STYLE)
    await put(ada, brand_id, "font", FONT.read_bytes())
    await put(ada, brand_id, "logo", png())
    engine.hold("listen")
    job_id = await ada.submit(10, brand_id=brand_id)
    await ada.until(job_id, lambda job: job["status"] == "processing")
    for method, path in (
        ("DELETE", f"{BRANDS}/{brand_id}"),
        ("DELETE", f"{BRANDS}/{brand_id}/logo"),
        ("PUT", f"{BRANDS}/{brand_id}/logo"),
    ):
        data = {"data": io.BytesIO(png(50, 50))} if method == "PUT" else {}
        assert (await ada.send(method, path, 409, **data))["job_id"] == job_id
    await ada.send("PATCH", f"{BRANDS}/{brand_id}", json={"caption_style": None})
    engine.let_go("listen")
    job = await ada.until(job_id)
    assert job["status"] == "completed"
    [rendered] = engine.branded
    assert rendered is not None
    assert rendered.style is not None
    assert (rendered.style.base, rendered.style.tables["outline"]) == ("boxed", None)
    assert engine.brand_files == {"font": FONT.read_bytes(), "logo": png()}
    [clip] = job["clips"]
    path = f"/api/v1/clips/{clip['clip_id']}"
    assert (await ada.get(path))["caption_style"] == "boxed"
    players = await ada.text(f"{path}/captions?format=ass")
    assert "563412" in players  # blue, green, red
    assert "DejaVu" not in players  # which they do not have


async def test_a_render_keeps_changes_or_drops_the_brand(ada: Caller, engine: FakeEngine) -> None:
    brand_id = await made(ada, caption_style=STYLE)
    job = await ada.done(10, brand_id=brand_id)
    renders = f"/api/v1/clips/{job['clips'][0]['clip_id']}/renders"
    other = await made(ada, name="Other")
    for asked in (
        {"emphasis": True},
        {"brand_id": "none"},
        {"brand_id": other},
        {"caption_style": "karaoke"},
    ):
        await ada.made(renders, asked)
    made_with = [brand and (brand.brand_id, brand.style is None) for brand in engine.branded[1:]]
    assert made_with == [(brand_id, False), None, (other, True), (brand_id, True)]
    assert (await ada.post(renders, {"brand_id": "brand_x"}, 404))["field"] == "brand_id"
    await ada.call("DELETE", f"{BRANDS}/{brand_id}")
    answer = await ada.post(renders, {"hook_title": True}, 404)
    assert (answer["field"], brand_id in answer["message"]) == ("brand_id", True)
    await ada.made(renders, {"brand_id": "none", "emoji": True})


async def test_a_job_without_the_files_of_its_brand_fails_before_it_is_heard(
    ada: Caller, config: Config, engine: FakeEngine
) -> None:
    brand_id = await made(ada)
    await put(ada, brand_id, "logo", png())
    for path in stored(config):
        path.unlink()
    job = await ada.done(10, brand_id=brand_id)
    assert (job["status"], job["error"]["code"]) == ("failed", "unprocessable")
    assert "no longer has the logo" in job["error"]["message"]
    assert engine.calls == []


async def test_captions_begin_after_the_intro(ada: Caller, engine: FakeEngine) -> None:
    job_ids = []
    for engine.lead_in_s in (0.0, 3.5):
        job_ids.append((await ada.done(10 + engine.lead_in_s))["job_id"])
    begins = {
        "srt": ("00:00:00,000 --> ", "00:00:03,500 --> "),
        "ass": ("0:00:00.00", "0:00:03.50"),
    }
    for form, at in begins.items():
        for job_id, begin in zip(job_ids, at, strict=True):
            [clip] = (await ada.get(f"/api/v1/jobs/{job_id}"))["clips"]
            path = f"/api/v1/clips/{clip['clip_id']}/captions?format={form}"
            assert begin in await ada.text(path)
            assert (clip["start_seconds"], clip["end_seconds"]) == (0.0, 9.5)
            assert clip["lead_in_seconds"] == (3.5 if begin == at[1] else 0.0)


async def test_the_preview_shows_the_style_the_font_and_the_logo(ada: Caller) -> None:
    brand_id = await made(ada)
    pictures = [await preview(ada, brand_id)]
    await put(ada, brand_id, "font", FONT.read_bytes())
    pictures.append(await preview(ada, brand_id))
    await put(ada, brand_id, "logo", png())
    pictures.append(await preview(ada, brand_id))
    await ada.call("PATCH", f"{BRANDS}/{brand_id}", json={"caption_style": STYLE})
    pictures.append(await preview(ada, brand_id))
    assert len(set(pictures)) == 4
    assert size(await preview(ada, brand_id, "16:9")) == (1280, 720)
    answer = await ada.get(f"{BRANDS}/{brand_id}/preview?aspect_ratio=2:1", 400)
    assert answer["field"] == "aspect_ratio"


async def preview(caller: Caller, brand_id: str, shape: str = "9:16") -> bytes:
    path = f"{BRANDS}/{brand_id}/preview?aspect_ratio={shape}"
    response = await caller.call("GET", path)
    assert (response.status, response.content_type) == (200, "image/png")
    return await response.read()
