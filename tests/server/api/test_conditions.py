"""Conditional requests for texts: what is known is not sent, what was changed is not replaced."""

import asyncio
import itertools
from typing import Any

from caller import Caller
from fake_engine import FakeEngine
from job_texts import finished, listed, put, rewritten

MINE, THEIRS = {"text": "Mine."}, {"text": "Theirs."}


def path_of(job_id: str, kind: str = "blog_post", form: str = "") -> str:
    return f"/api/v1/jobs/{job_id}/texts/{kind}{f'?format={form}' if form else ''}"


async def etag(caller: Caller, job_id: str, kind: str = "blog_post", form: str = "") -> str:
    """The ETag of a text."""
    response = await caller.call("GET", path_of(job_id, kind, form))
    assert response.status == 200
    return response.headers["ETag"]


async def refused(caller: Caller, job_id: str, headers: dict[str, str], status: int = 412) -> Any:
    """The answer to a PUT whose condition does not hold; the text stays as it is."""
    before = (await listed(caller, job_id)).get("blog_post")
    answer = await put(caller, job_id, "blog_post", status, json=MINE, headers=headers)
    assert (answer["error"], answer["field"]) == ("bad_request", next(iter(headers)))
    assert (await listed(caller, job_id)).get("blog_post") == before
    return answer


async def test_what_is_known_is_not_sent_again(ada: Caller) -> None:
    job_id = await finished(ada)
    tag = await etag(ada, job_id)
    assert tag.startswith('"')
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        response = await ada.call("GET", path_of(job_id), headers={"If-None-Match": known})
        assert (response.status, await response.read()) == (304, b""), known
        assert response.headers["ETag"] == tag
        assert response.headers["Cache-Control"] == "private, no-cache"
        assert response.headers["X-RateLimit-Limit"].isdigit()
    for other in ('"other"', tag.strip('"'), ""):
        response = await ada.call("GET", path_of(job_id), headers={"If-None-Match": other})
        assert (response.status, await response.text()) == (200, "# Word0\n"), other


async def test_the_tag_is_of_the_stored_text_in_every_format(ada: Caller) -> None:
    job_id = await finished(ada, text_options={"length": "long"})
    tag = await etag(ada, job_id)
    assert {await etag(ada, job_id, form=form) for form in ("html", "plain", "markdown")} == {tag}
    assert (await listed(ada, job_id))["blog_post"]["etag"] == tag
    assert await etag(ada, job_id, "linkedin_post") != tag
    put_one = await put(ada, job_id, "blog_post", json=THEIRS)
    assert put_one["etag"] == await etag(ada, job_id) != tag
    await rewritten(ada, job_id, "blog_post")
    assert await etag(ada, job_id) == tag
    await rewritten(ada, job_id, "blog_post", link="https://e.org/")  # seen in HTML
    assert await etag(ada, job_id) != tag


async def test_only_the_text_that_was_edited_is_replaced(ada: Caller) -> None:
    job_id = await finished(ada)
    tag = await etag(ada, job_id)
    await put(ada, job_id, "blog_post", json=THEIRS, headers={"If-Match": tag})
    answer = await refused(ada, job_id, {"If-Match": tag})
    assert "get it again" in answer["message"]
    newer = await etag(ada, job_id)
    await refused(ada, job_id, {"If-Match": f"W/{newer}"})
    answer = await put(ada, job_id, "blog_post", json=MINE, headers={"If-Match": f"{tag}, {newer}"})
    assert answer["text"] == "Mine."
    once: dict[str, Any] = {"headers": {"If-Match": await etag(ada, job_id)}, "json": THEIRS}
    first, second = [await put(ada, job_id, "blog_post", **once) for _ in range(2)]
    assert first | {"updated_at": ""} == second | {"updated_at": ""}  # as after a lost answer
    assert (await put(ada, job_id, "blog_post", json=MINE))["text"] == "Mine."
    tag = await etag(ada, job_id)
    await rewritten(ada, job_id, "blog_post", length="long")
    await refused(ada, job_id, {"If-Match": tag})


async def test_a_refused_text_cancels_nothing(ada: Caller, engine: FakeEngine) -> None:
    job_id = await finished(ada)
    engine.hold("write")
    running = (await ada.post(path_of(job_id), {"length": "long"}, 202))["job_id"]
    await refused(ada, job_id, {"If-Match": '"other"'})
    engine.let_go("write")
    assert (await ada.until(running))["status"] == "completed"


async def test_a_star_is_any_text_that_is_there(ada: Caller, engine: FakeEngine) -> None:
    engine.withheld = {"blog_post": "Only greetings were said."}
    job_id = await finished(ada, text_outputs=["blog_post"])
    await refused(ada, job_id, {"If-Match": "*"})
    none = {"If-None-Match": "*"}
    assert (await put(ada, job_id, "blog_post", json=THEIRS, headers=none))["text"] == "Theirs."
    assert "is a text" in (await refused(ada, job_id, none))["message"]
    for kind in ("linkedin_post", "linkedin_post"):
        await put(ada, job_id, kind, json=MINE, headers=none)  # once more is no other text
    answer = await put(ada, job_id, "blog_post", json=MINE, headers={"If-Match": "*"})
    assert answer["text"] == "Mine."


async def test_a_withheld_text_can_be_replaced_by_its_tag(ada: Caller, engine: FakeEngine) -> None:
    engine.withheld = {"blog_post": "Only greetings were said."}
    job_id = await finished(ada)
    tag = (await listed(ada, job_id))["blog_post"]["etag"]
    await put(ada, job_id, "blog_post", json=THEIRS, headers={"If-Match": tag})
    await refused(ada, job_id, {"If-Match": tag})


async def test_a_condition_that_cannot_be_read_is_refused(ada: Caller) -> None:
    job_id = await finished(ada)
    for name, value in itertools.product(("If-Match", "If-None-Match"), ("", "abc", ",")):
        answer = await refused(ada, job_id, {name: value}, 400)
        assert "double quotes" in answer["message"]


async def test_of_two_at_a_time_one_wins(ada: Caller) -> None:
    job_id = await finished(ada, text_outputs=[])
    for headers in ({"If-None-Match": "*"}, None):
        condition = headers or {"If-Match": await etag(ada, job_id)}
        calls = (
            ada.call("PUT", path_of(job_id), json={"text": f"{n} {headers}"}, headers=condition)
            for n in range(6)
        )
        statuses = sorted(response.status for response in await asyncio.gather(*calls))
        assert statuses == [200, 412, 412, 412, 412, 412]
