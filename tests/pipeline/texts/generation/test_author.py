"""Authors that are real: an endpoint, a model of random weights, one that is slow or canceled."""

import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fake_author import (
    LEAD,
    SAID,
    SECTION,
    THREAD,
    Author,
    asked_for,
    document,
    drafted,
    extractive,
    talk,
    written,
)
from fake_llm import asking, completion, endpoint, random_model
from given_readings import given_models

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import AudioStream, Options, Source, Talk
from pipeline.core.errors import Canceled
from pipeline.core.texts import Document
from pipeline.models.model_config import ModelConfig
from pipeline.models.registry import load_models
from pipeline.texts.writer import Supervision, write_texts


def test_an_endpoint_writes() -> None:
    fake_author = Author()

    def answers(body: dict[str, Any]) -> tuple[int, str]:
        shape = body["response_format"]["json_schema"]["schema"]
        said = fake_author.complete(body["messages"][0]["content"], shape, lambda: None)
        return 200, completion(said)

    with endpoint(answers) as fake:
        texts = write_texts(talk(), [], models=given_models(), author=asking(fake))
    assert texts.by_kind() == written(Author()).by_kind()
    form = fake.asked[0]["response_format"]["json_schema"]
    assert form["strict"] is True
    assert {d.author for d in texts.documents} == {"tiny"}  # and no address


FAULTS: dict[str, tuple[int, str]] = {
    "an error": (500, "out of memory at 10.0.0.7"),
    "no completion": (200, "{}"),
    "nothing": (200, completion("")),
    "null": (200, completion(None)),
    "a redirect": (302, ""),
    "an invented name": (200, completion(drafted([("Einstein baked.", [1])]))),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_wrong_at_the_endpoint_the_extractive_texts_stand(fault: str) -> None:
    with endpoint(lambda _: FAULTS[fault]) as fake:
        texts = write_texts(talk(), [], models=given_models(), author=asking(fake))
    assert texts.by_kind() == extractive()
    for found in texts.documents:
        assert found.reason.startswith("the language model")
        assert "10.0.0.7" not in found.reason  # the log has it
        assert fake.url not in found.reason


def test_an_endpoint_that_hangs_is_given_up_in_time() -> None:
    let_go, answered = threading.Event(), threading.Event()

    def hang(_: dict[str, Any]) -> tuple[int, str]:
        let_go.wait(60)
        answered.set()
        return 200, completion("{}")

    with endpoint(hang) as fake:
        texts = write_texts(talk(), [], models=given_models(), author=asking(fake, timeout_s=0.5))
        assert not answered.is_set()
        let_go.set()
    assert texts.by_kind() == extractive()
    assert texts.documents[0].reason == "the language model did not answer in time"


def test_an_endpoint_that_is_given_up_is_hung_up_on() -> None:
    """Else it would write on, and the next request would wait for it."""
    let_go = threading.Event()

    def hang(_: dict[str, Any]) -> tuple[int, str]:
        let_go.wait(60)
        return 200, "x" * 10_000_000  # more than a socket takes without a reader

    with endpoint(hang) as fake:
        model = asking(fake)
        with pytest.raises(TimeoutError):
            model.complete("Write.", {}, _stop_after(3))
        let_go.set()
        assert fake.hung_up.wait(20)


def test_what_was_written_in_time_is_kept_and_nothing_is_begun_that_cannot_end() -> None:
    class Slow(Author):
        def complete(
            self, prompt: str, schema: dict[str, object], check: Callable[[], None]
        ) -> str:
            answer = super().complete(prompt, schema, check)
            time.sleep(0.4)
            return answer

    slow = Slow(timeout_s=0.7)
    texts = written(slow)
    assert [part for part, _ in slow.asked] == [THREAD]
    thread, *others = texts.documents
    assert thread.author == "fake"
    for found in others:
        assert found.author == "extractive"
        assert found.reason.startswith("too little time for the language model (llm.timeout_s): ")


def test_an_article_has_as_many_sections_as_there_is_time_for() -> None:
    more = "and I remember the smell of the bread and of the rain on that morning"
    said = [f"{text[:-1]} in {year}, {more}." for year in range(1990, 2010) for text in SAID]

    class Slow(Author):
        def complete(
            self, prompt: str, schema: dict[str, object], check: Callable[[], None]
        ) -> str:
            time.sleep(0.5)
            part = asked_for(prompt)
            if part == SECTION:
                lines = re.findall(r"(?m)^\[(\d+)\] Anna: (.*)$", prompt)
                told = [(text, [int(n)]) for n, text in lines[:12]]
                return drafted(told, told[0][0].rstrip("."))
            return super().complete(prompt, schema, check)

    def sections(timeout_s: float) -> Document:
        author = Slow({LEAD: [drafted([("Ovens break.", [1])], "Ovens")]}, timeout_s=timeout_s)
        texts = write_texts(
            talk(said), [], models=given_models(), author=author, kinds=["blog_post"]
        )
        return document(texts, "blog_post")

    whole, part = sections(20.0), sections(1.2)
    count = [sum(b.kind == "heading" for b in found.blocks) for found in (whole, part)]
    assert whole.author == part.author == "fake"
    assert 0 < count[1] < count[0]
    assert part.reason.startswith("too little time for the language model")


def test_a_cancel_ends_the_writing() -> None:
    control = Control()

    class Slow(Author):
        def complete(
            self, prompt: str, schema: dict[str, object], check: Callable[[], None]
        ) -> str:
            control.cancel.set()
            check()
            raise AssertionError("canceled")

    with pytest.raises(Canceled):
        written(Slow(), supervision=Supervision(control=control))


@pytest.mark.slow  # a model writes
@pytest.mark.xdist_group("recognition")  # which loads transformers
def test_a_model_of_random_weights_writes_nothing_that_is_kept(tmp_path: Path) -> None:
    from pipeline.models.local_llm import CausalModel

    tiny = random_model(tmp_path)
    model = CausalModel.load(tiny, torch.device("cpu"), torch.float32, name="tiny", timeout_s=6.0)
    texts = write_texts(talk(), [], models=given_models(), author=model)
    assert texts.by_kind() == extractive()
    with pytest.raises(TimeoutError):
        model.complete("Write.", {}, _stop_after(5))


def _stop_after(count: int) -> Callable[[], None]:
    left = iter(np.arange(count))

    def check() -> None:
        if next(left, None) is None:
            raise TimeoutError

    return check


@pytest.mark.parametrize(
    "fault",
    [
        "an invented name",
        *(pytest.param(f, marks=pytest.mark.slow) for f in ("an error", "nothing")),
    ],
)
def test_the_job_goes_on_with_the_extractive_texts(
    fault: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The stage as the server calls it, with the models that it has."""
    with endpoint(lambda _: FAULTS[fault]) as fake, caplog.at_level(logging.WARNING):
        lying = load_models(ModelConfig(llm="tiny", llm_url=fake.url, llm_timeout_s=20.0))
        source = Source(
            path=Path("talk.mp4"),
            container="mov",
            duration_s=60.0,
            origin_s=0.0,
            video=None,
            audio=AudioStream(index=0, codec="aac", sample_rate=48_000, channels=1),
        )
        whole = Talk(source=source, transcript=talk(), highlights=())
        with_model, without = (
            pipeline.write_texts(whole, models=models, options=Options(), control=Control())
            for models in (lying, load_models(ModelConfig()))
        )
    assert with_model.by_kind() == without.by_kind()
    assert all(without.by_kind().values())
    assert len(fake.asked) >= 3
    assert "using the extractive text" in caplog.text


def test_a_model_may_be_kept_from_writing() -> None:
    with endpoint(lambda _: (500, "")) as fake:
        config = ModelConfig(llm="tiny", llm_url=fake.url, llm_texts=False)
        assert load_models(config).author is None
        assert load_models(replace(config, llm_texts=True)).author is not None
        assert load_models(config).judge is not None
