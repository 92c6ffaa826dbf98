"""Quotations as pictures: by number, in styles and shapes, also of one's own text."""

import asyncio
from typing import Any

import pytest
from caller import Caller
from fake_engine import FakeEngine
from job_texts import finished, listed, put, rewritten
from pictures import pixel, png, size
from yarl import URL

OWN = "“Count first.” (Ada, 0:05)\n\n“Then clean.” — Bo"


def path_of(job_id: str, number: object = 1, query: str = "") -> str:
    return f"/api/v1/jobs/{job_id}/texts/quote_cards/{number}.png{query}"


async def picture(caller: Caller, path: str) -> bytes:
    """A PNG; the path may be a whole URL."""
    response = await caller.call("GET", URL(path).relative() if "://" in path else path)
    content = await response.read()
    assert (response.status, response.content_type) == (200, "image/png"), content
    assert content.startswith(b"\x89PNG")
    return content


@pytest.fixture
async def job_id(ada: Caller) -> str:
    """A job with three quotations: Word0. Word1. Word2."""
    return await finished(ada, text_outputs=["quote_cards", "linkedin_post"])


async def test_each_quotation_has_a_picture_of_its_own(ada: Caller, job_id: str) -> None:
    texts = await listed(ada, job_id)
    urls = texts["quote_cards"]["picture_urls"]
    assert [url.partition("/api/")[2] for url in urls] == [
        path_of(job_id, number).removeprefix("/api/") for number in (1, 2, 3)
    ]
    assert texts["linkedin_post"]["picture_urls"] == []
    pictures = [await picture(ada, url) for url in urls]
    assert len(set(pictures)) == 3
    assert {size(png) for png in pictures} == {(1080, 1350)}


async def test_the_style_is_the_jobs(ada: Caller, job_id: str, engine: FakeEngine) -> None:
    styled = await finished(
        ada, text_outputs=["quote_cards"], caption_style="karaoke", clip_count=1
    )
    asked = await picture(ada, path_of(job_id, 1, "?caption_style=karaoke"))
    assert await picture(ada, path_of(styled)) == asked != await picture(ada, path_of(job_id))
    engine.caption_styles = ("white_bold", "podcast", "none")  # a later version: no karaoke
    assert await picture(ada, path_of(styled)) == await picture(ada, path_of(job_id))


async def test_a_known_picture_is_not_sent_again(ada: Caller, job_id: str) -> None:
    response = await ada.call("GET", path_of(job_id))
    tag = response.headers["ETag"]
    again = await ada.call("GET", path_of(job_id), headers={"If-None-Match": tag})
    assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == "private, no-cache"
    for number, query, name in (
        (2, "", "quote_card_2.png"),
        (1, "?aspect_ratio=1:1", "quote_card_1_square.png"),
        (1, "?caption_style=karaoke", "quote_card_1.png"),
    ):
        path = path_of(job_id, number, query)
        other = await ada.call("GET", path, headers={"If-None-Match": tag})
        assert other.status == 200, path
        assert other.headers["Content-Disposition"] == f'inline; filename="{name}"'
    await put(ada, job_id, "quote_cards", json={"text": OWN})
    changed = await ada.call("GET", path_of(job_id), headers={"If-None-Match": tag})
    assert changed.status == 200


async def test_ones_own_quotations_are_drawn(ada: Caller, job_id: str) -> None:
    written = await picture(ada, path_of(job_id))
    answer = await put(ada, job_id, "quote_cards", json={"text": OWN})
    assert [url.rsplit("/", 1)[1] for url in answer["picture_urls"]] == ["1.png", "2.png"]
    own = [await picture(ada, url) for url in answer["picture_urls"]]
    assert len({written, *own}) == 3
    told = await ada.get(path_of(job_id, 3), 404)
    assert "2 quotations" in told["message"]
    await put(ada, job_id, "quote_cards", json={"text": "“Word0.” (0:00)"})
    assert await picture(ada, path_of(job_id)) == written
    await put(ada, job_id, "quote_cards", json={"text": "No quotation."})
    assert (await listed(ada, job_id))["quote_cards"]["picture_urls"] == []
    assert "0 quotations" in (await ada.get(path_of(job_id), 404))["message"]
    await rewritten(ada, job_id, "quote_cards")
    assert await picture(ada, path_of(job_id)) == written


async def test_what_cannot_be_drawn_is_refused(ada: Caller, job_id: str) -> None:
    for number in ("0", "4", "99999999999", "-1", "1.5", "one", "%D9%A1", "01"):
        answer = await ada.get(path_of(job_id, number), 404)
        assert (answer["error"], "3 quotations" in answer["message"]) == ("not_found", True)
    for query, field, told in (
        ("?caption_style=fancy", "caption_style", "white_bold, karaoke, none"),
        ("?caption_style=", "caption_style", "white_bold"),
        ("?aspect_ratio=9:16", "aspect_ratio", "4:5, 1:1"),
        ("?style=karaoke", "style", "no field style"),
    ):
        answer = await ada.get(path_of(job_id, 1, query), 400)
        assert (answer["field"], told in answer["message"]) == (field, True)


async def test_where_there_is_no_text_the_reason_is_told(ada: Caller, engine: FakeEngine) -> None:
    engine.withheld = {"quote_cards": "No sentence can be quoted."}
    job_id = await finished(ada, text_outputs=["quote_cards"])
    assert (await listed(ada, job_id))["quote_cards"]["picture_urls"] == []
    assert "No sentence can be quoted." in (await ada.get(path_of(job_id), 404))["message"]
    rewriting = (await ada.post(f"/api/v1/jobs/{job_id}/texts/quote_cards", {}, 202))["job_id"]
    await ada.until(rewriting)
    assert (await ada.get(path_of(rewriting), 409))["job_id"] == job_id
    unwanted = await finished(ada, 20)
    assert "has no quote_cards" in (await ada.get(path_of(unwanted), 404))["message"]


async def test_many_at_a_time_are_drawn_while_the_server_answers(ada: Caller, job_id: str) -> None:
    """`not_blocked` watches that nothing is drawn on the event loop."""

    async def answers() -> list[Any]:
        return [await ada.get("/api/v1/usage") for _ in range(5)]

    paths = [path_of(job_id, 1 + n % 3) for n in range(9)]
    *pictures, usage = await asyncio.gather(*(picture(ada, path) for path in paths), answers())
    assert len(set(pictures)) == 3
    assert len(usage) == 5


BACKGROUND, LOGO_COLOR = (0x1B, 0x1E, 0x3C), (0xFF, 0x6A, 0x3D)


async def brand(caller: Caller, **settings: Any) -> str:
    """The id of a brand with colors of its own and a logo in the corner at the lower left."""
    body = {
        "name": "Swell",
        "caption_style": {"base": "karaoke", "font": "Inter"},
        "colors": {"background": "#1B1E3C", "text": "#FFF4E0"},
        "logo": {"corner": "bottom_left", "opacity": 1},
    }
    brand_id: str = (await caller.post("/api/v1/brands", body | settings, 201))["brand_id"]
    path = f"/api/v1/brands/{brand_id}/logo"
    await caller.send("PUT", path, data=png())
    return brand_id


async def test_a_job_with_a_brand_has_cards_with_its_colors_and_logo(
    ada: Caller, job_id: str
) -> None:
    brand_id = await brand(ada)
    wanted = ["quote_cards"]
    branded = await finished(ada, text_outputs=wanted, brand_id=brand_id, clip_count=1)
    card = await picture(ada, path_of(branded))
    assert pixel(card, 540, 1345) == pytest.approx(BACKGROUND, abs=8)
    assert pixel(card, 100, 1250) == LOGO_COLOR
    assert await picture(ada, path_of(job_id, 1, f"?brand_id={brand_id}")) == card
    plain = await picture(ada, path_of(job_id, 1, "?caption_style=karaoke"))
    assert await picture(ada, path_of(branded, 1, "?brand_id=none")) == plain != card
    other = await picture(ada, path_of(branded, 1, "?caption_style=white_bold"))
    assert other not in (card, plain)  # the brand's, in another style
    assert pixel(other, 100, 1250) == LOGO_COLOR
    square = await picture(ada, path_of(branded, 1, "?aspect_ratio=1:1"))
    assert (size(square), pixel(square, 100, 980)) == ((1080, 1080), LOGO_COLOR)


async def test_cards_have_the_brand_as_it_is_now_and_none_once_it_is_deleted(ada: Caller) -> None:
    brand_id = await brand(ada)
    job_id = await finished(ada, text_outputs=["quote_cards"], brand_id=brand_id)
    before = await picture(ada, path_of(job_id))
    path = f"/api/v1/brands/{brand_id}"
    colors = {"background": "#FFFFFF", "text": "#101010"}
    await ada.send("PATCH", path, json={"colors": colors})
    light = await picture(ada, path_of(job_id))
    assert pixel(light, 540, 1345) == (255, 255, 255)
    assert light != before
    await ada.send("DELETE", path, 204)
    without = await picture(ada, path_of(job_id))
    assert without == await picture(ada, path_of(job_id, 1, "?brand_id=none"))
