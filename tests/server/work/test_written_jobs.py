"""A job whose language model lies or is late ends with true texts; one may be written again.

The server, its queue and its lanes are real, and so is all that writes; listening and rendering are
not the subject.
"""

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import real_models
import recorded_models
import talks
from caller import Caller
from fake_engine import FakeEngine
from fake_llm import completion, endpoint

from klipfast_server.core.config import Config, Llm
from pipeline.core.control import Control
from pipeline.core.data import Options, Source, Talk
from pipeline.core.texts import TextKind, Texts
from pipeline.highlights import selection
from pipeline.texts import writer

TALK = "lighthouse"
LIMITS: dict[str, Any] = {"pairs": 0, "texts": True, "max_tokens": 2048, "context_tokens": 6000}


class Writing(FakeEngine):
    """Hears a talk that was written down, and has it written about by a model."""

    def __init__(self, llm: Llm) -> None:
        super().__init__()
        self._real = real_models.writing_engine(llm)

    def listen(
        self,
        source: Source,
        *,
        options: Options,
        work_dir: Path,
        control: Control,
    ) -> Talk:
        """The talk, whatever the file is."""
        super().listen(source, options=options, work_dir=work_dir, control=control)
        transcript = talks.read(TALK)
        heard_in = replace(source, duration_s=transcript.duration_s)
        found = selection.choose(transcript, None, real_models.text_models, options, control)
        return Talk(source=heard_in, transcript=transcript, highlights=found[:2])

    def write_texts(self, talk: Talk, *, options: Options, control: Control) -> Texts:
        """As the server writes."""
        self._enter("write", control)
        return self._real.write_texts(talk, options=options, control=control)


@cache
def grounded() -> dict[TextKind, str]:
    """What stands where no model writes."""
    transcript, models = talks.read(TALK), real_models.text_models
    found = selection.choose(transcript, None, models, Options(), Control())
    return writer.write_texts(transcript, found[:2], models=real_models.text_models).by_kind()


LIE = '{"tweets": ["Professor Bartholomew Quint said that 77 lighthouses burn."]}'


@pytest.fixture
def hold() -> Iterator[threading.Event]:
    """Set in the end, so that no thread of a late endpoint waits for ever."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def llm(request: pytest.FixtureRequest, hold: threading.Event, config: Config) -> Iterator[Llm]:
    """Where the model is that the parameter names."""
    if request.param == "none":
        yield config.llm
        return
    if request.param == "lying":
        with recorded_models.serve(request.param) as recorded:
            url = recorded.url
            yield Llm(model=request.param, url=url, api_key="", timeout_s=60.0, **LIMITS)
        return

    def answer(_: dict[str, Any]) -> tuple[int, str]:
        hold.wait(60.0)
        return 200, completion(LIE)

    timeout_s = 60.0 if getattr(request.node, "originalname", "").endswith("canceled") else 1.0
    with endpoint(answer) as late:
        yield Llm(model="tiny", url=late.url, api_key="", timeout_s=timeout_s, **LIMITS)


@pytest.fixture
def engine(llm: Llm) -> Writing:
    """What conftest's server runs on, here."""
    return Writing(llm)


@pytest.fixture
def not_blocked() -> None:
    """The pipeline's threads are real here; tests of the API watch the event loop."""


@pytest.mark.slow  # loads real models
@pytest.mark.parametrize("llm", ["late"], indirect=True)
async def test_the_job_completes_with_the_grounded_texts(ada: Caller) -> None:
    job = await ada.until(await ada.submit(30))
    assert job["status"] == "completed", job
    assert job["text_outputs"] == grounded()
    assert all(job["text_outputs"].values())


@pytest.mark.slow  # checks every sentence against the talk
@pytest.mark.parametrize("llm", ["lying"], indirect=True)
async def test_it_is_told_which_parts_are_not_the_models_and_why(
    ada: Caller, llm: Llm, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        job_id = await ada.submit(30, text_outputs=["linkedin_post", "blog_post"])
        job = await ada.until(job_id)
    assert job["status"] == "completed", job
    texts = (await ada.get(f"/api/v1/jobs/{job_id}/texts"))["texts"]
    assert {text["author"] for text in texts} <= {llm.model, "extractive"}
    told = [text for text in texts if text["reason"]]
    assert told
    for text in told:
        assert f"writer {llm.model}: {text['kind']}" in caplog.text
        assert text["reason"] in caplog.text
    for text in texts:
        assert text["author"] == llm.model or text["reason"]
        assert not [lie for lie in recorded_models.lies("lying") if lie in text["text"]]


@pytest.mark.parametrize("llm", ["late"], indirect=True)
async def test_a_job_that_waits_for_a_late_model_can_be_canceled(
    ada: Caller, hold: threading.Event
) -> None:
    job_id = await ada.submit(30)
    await ada.until(job_id, lambda job: job["stage"] == "write")
    await ada.post(f"/api/v1/jobs/{job_id}/cancel")
    job = await ada.until(job_id)
    assert job["status"] == "canceled"
    assert not hold.is_set()  # the model has not answered


@pytest.mark.slow  # loads real models
@pytest.mark.parametrize("llm", ["none"], indirect=True)
async def test_a_short_text_is_shorter_and_says_where_it_comes_from(ada: Caller) -> None:
    job_id = await ada.submit(30, text_outputs=["blog_post"])
    job = await ada.until(job_id)
    before = job["text_outputs"]["blog_post"]
    path = f"/api/v1/jobs/{job_id}/texts"
    accepted = await ada.post(f"{path}/blog_post", {"length": "short"}, 202)
    again = await ada.until(accepted["job_id"])
    short = again["text_outputs"]["blog_post"]
    assert 0 < len(short) < 0.7 * len(before)
    [text] = (await ada.get(path))["texts"]
    assert (text["text"], text["author"]) == (short, "extractive")
    said = (await ada.get(f"/api/v1/jobs/{job_id}/transcript"))["sentences"]
    assert text["sources"]
    for source in text["sources"]:
        first, last = min(source["sentences"]), max(source["sentences"])
        assert said[first]["start_seconds"] == pytest.approx(source["start_seconds"], abs=0.001)
        assert said[last]["end_seconds"] == pytest.approx(source["end_seconds"], abs=0.001)
