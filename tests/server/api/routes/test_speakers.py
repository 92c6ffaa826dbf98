"""Speakers get names, shown wherever a talk is read; the talk itself stays as it was heard."""

from typing import Any

import pytest
from caller import Caller
from fake_engine import FakeEngine
from measured_text import INVISIBLE

from klipfast_server.store.database import Database

ROSA = {"names": {"Speaker 1": "Rosa Delgado"}}


@pytest.fixture(autouse=True)
def conversation(engine: FakeEngine) -> None:
    """Two voices in turns; the first says who it is."""
    engine.speakers = ("Speaker 1", "Speaker 2")
    engine.said = {0: "I'm Rosa."}


@pytest.fixture
async def job(ada: Caller) -> dict[str, Any]:
    """A completed job with three clips."""
    done: dict[str, Any] = await ada.done(30)
    return done


async def named(caller: Caller, job_id: str, body: Any, status: int = 200) -> Any:
    """The answer of the call, whose status must be `status`."""
    return await caller.send("PATCH", f"/api/v1/jobs/{job_id}/speakers", status, json=body)


async def speakers(caller: Caller, job_id: str) -> list[str]:
    """Who says each sentence of the transcript."""
    transcript = await caller.get(f"/api/v1/jobs/{job_id}/transcript")
    return [sentence["speaker"] for sentence in transcript["sentences"]]


async def test_a_name_is_suggested_and_used_nowhere_before_it_is_given(
    ada: Caller, job: dict[str, Any]
) -> None:
    transcript = await ada.get(f"/api/v1/jobs/{job['job_id']}/transcript")
    assert transcript["speakers"] == [
        {"label": "Speaker 1", "name": None, "suggested_name": "Rosa", "sentence": 0},
        {"label": "Speaker 2", "name": None, "suggested_name": None, "sentence": None},
    ]
    assert await speakers(ada, job["job_id"]) == ["Speaker 1", "Speaker 2", "Speaker 1"]


async def test_a_name_is_shown_wherever_the_talk_is_read(ada: Caller, job: dict[str, Any]) -> None:
    job_id, clip_id = job["job_id"], job["clips"][0]["clip_id"]
    plain = {
        form: await ada.text(f"/api/v1/jobs/{job_id}/transcript?format={form}")
        for form in ("srt", "txt")
    }
    answer = await named(ada, job_id, ROSA)
    assert answer == {
        "job_id": job_id,
        "speakers": [
            {
                "label": "Speaker 1",
                "name": "Rosa Delgado",
                "suggested_name": "Rosa",
                "sentence": 0,
            },
            {"label": "Speaker 2", "name": None, "suggested_name": None, "sentence": None},
        ],
    }
    assert await speakers(ada, job_id) == ["Rosa Delgado", "Speaker 2", "Rosa Delgado"]
    transcript = await ada.get(f"/api/v1/jobs/{job_id}/transcript")
    assert transcript["speakers"] == answer["speakers"]
    told = await ada.text(f"/api/v1/jobs/{job_id}/transcript?format=vtt")
    assert told.count("<v Rosa Delgado>") == 2
    assert "Speaker 1" not in told
    captions = await ada.text(f"/api/v1/clips/{clip_id}/captions?format=vtt")
    assert "<v Rosa Delgado>I'm Rosa." in captions
    for form, before in plain.items():  # these do not tell who speaks
        assert await ada.text(f"/api/v1/jobs/{job_id}/transcript?format={form}") == before


async def test_names_add_up_and_can_be_taken_back(ada: Caller, job: dict[str, Any]) -> None:
    job_id = job["job_id"]
    await named(ada, job_id, ROSA)
    await named(ada, job_id, ROSA)
    await named(ada, job_id, {"names": {"Speaker 2": " Bob "}})
    assert await speakers(ada, job_id) == ["Rosa Delgado", "Bob", "Rosa Delgado"]
    await named(ada, job_id, {"names": {}})
    assert await speakers(ada, job_id) == ["Rosa Delgado", "Bob", "Rosa Delgado"]
    for back in (None, "", "Speaker 1"):
        await named(ada, job_id, ROSA)
        answer = await named(ada, job_id, {"names": {"Speaker 1": back}})
        assert [s["name"] for s in answer["speakers"]] == [None, "Bob"]
        assert await speakers(ada, job_id) == ["Speaker 1", "Bob", "Speaker 1"]
    await named(ada, job_id, {"names": {"Speaker 1": "Bob"}})
    assert set(await speakers(ada, job_id)) == {"Bob"}
    transcript = await ada.get(f"/api/v1/jobs/{job_id}/transcript")
    assert [s["label"] for s in transcript["speakers"]] == ["Speaker 1", "Speaker 2"]


async def test_any_script_is_a_name(ada: Caller, job: dict[str, Any]) -> None:
    for name in ("O'Brien & Söhne", "Lucía", "李娜", "a" * 80, "נועה"):
        await named(ada, job["job_id"], {"names": {"Speaker 1": name}})
        assert (await speakers(ada, job["job_id"]))[0] == name


WRONG: list[tuple[Any, str, str]] = [
    ({}, "names", "missing"),
    ({"names": []}, "names", "must be an object, not a list"),
    ({"names": {"Speaker 1": 5}}, "names", "must be a text or null"),
    ({"names": {}, "name": "x"}, "name", "Did you mean names?"),
    ({"names": {"Speaker 1": "a" * 81}}, "names", "80"),
    ({"names": {f"Speaker {n}": "a" for n in range(101)}}, "names", "100"),
    ({"names": ROSA["names"] | {"Speaker 3": "Bob"}}, "names", "Known: Speaker 1, Speaker 2."),
    ({"names": {"": "Rosa"}}, "names", "Known: Speaker 1, Speaker 2."),
    ({"names": {"Speaker 1": "<b>"}}, "names", "markup"),
    ({"names": {"Speaker 1": "a\nb"}}, "names", "control"),
    ({"names": {"Speaker 1": "a\x00b"}}, "names", "control"),
    ({"names": {"Speaker 1": "a\u2028b"}}, "names", "control"),
    ({"names": {"Speaker 1": "a\u202eb"}}, "names", "control"),
    ({"names": {"Speaker 1": "  "}}, "names", "no visible characters"),
    *(({"names": {"Speaker 1": name}}, "names", "no visible characters") for name in INVISIBLE),
]


async def test_what_is_no_name_is_refused_and_changes_nothing(
    ada: Caller, job: dict[str, Any], db: Database
) -> None:
    stored = await db.pool.fetchval("SELECT talk::text FROM talks")
    for body, field, told in WRONG:
        answer = await named(ada, job["job_id"], body, 400)
        assert answer["field"] == field, answer
        assert told in answer["message"], answer
    assert await speakers(ada, job["job_id"]) == ["Speaker 1", "Speaker 2", "Speaker 1"]
    await named(ada, job["job_id"], ROSA)
    assert await db.pool.fetchval("SELECT talk::text FROM talks") == stored


async def test_where_one_person_speaks_there_is_no_label(ada: Caller, engine: FakeEngine) -> None:
    engine.speakers = ()
    job = await ada.done(20)
    assert "one person" in (await named(ada, job["job_id"], ROSA, 400))["message"]


async def test_a_clip_that_is_rendered_again_keeps_its_speakers_and_their_names(
    ada: Caller, job: dict[str, Any]
) -> None:
    await named(ada, job["job_id"], ROSA)
    path = f"/api/v1/clips/{job['clips'][0]['clip_id']}/renders"
    words = [
        {"text": "Good", "start_seconds": 1.0, "end_seconds": 2.0},
        {"text": "morning.", "start_seconds": 12.0, "end_seconds": 13.0},
    ]
    body = {"start_seconds": 0, "end_seconds": 19.5, "words": words}
    again = await ada.made(path, body)
    captions = f"/api/v1/clips/{again['clips'][0]['clip_id']}/captions?format=vtt"
    told = await ada.text(captions)
    assert "<v Rosa Delgado>Good\n" in told
    assert "<v Speaker 2>morning." in told
    await named(ada, again["job_id"], {"names": {"Speaker 1": "Ann"}})
    assert "<v Ann>Good" in await ada.text(captions)
    assert (await speakers(ada, job["job_id"]))[0] == "Ann"  # it is one talk
