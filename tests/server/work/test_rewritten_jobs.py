"""A text that is written again by the real writer, from the talk that the server has stored."""

from dataclasses import replace
from pathlib import Path

import pytest
import real_models
import talks
from caller import Caller
from fake_engine import FakeEngine

from pipeline.core.control import Control
from pipeline.core.data import Options, Talk
from pipeline.core.texts import Texts
from pipeline.highlights import selection


class Writing(FakeEngine):
    """Hears a talk that was written down, and writes about it."""

    def __init__(self) -> None:
        super().__init__()
        self._real = real_models.writing_engine()

    def listen(
        self,
        path: Path,
        *,
        options: Options,
        work_dir: Path,
        control: Control,
    ) -> Talk:
        """The talk, whatever the file is."""
        heard = super().listen(path, options=options, work_dir=work_dir, control=control)
        transcript = talks.read("lighthouse")
        source = replace(heard.source, duration_s=transcript.duration_s)
        models = real_models.text_models
        found = selection.choose(transcript, None, models, options, control)
        return Talk(source=source, transcript=transcript, highlights=found[:2])

    def write_texts(self, talk: Talk, *, options: Options, control: Control) -> Texts:
        """As the server writes."""
        self._enter("write", control)
        return self._real.write_texts(talk, options=options, control=control)


@pytest.fixture
def engine() -> Writing:
    """What conftest's server runs on, here."""
    return Writing()


@pytest.fixture
def not_blocked() -> None:
    """The pipeline's threads are real here; tests/server/api watch the event loop."""


@pytest.mark.slow  # loads real models
async def test_a_short_text_is_shorter_and_says_where_it_comes_from(ada: Caller) -> None:
    job_id = await ada.submit(30, text_outputs=["twitter_thread"])
    job = await ada.until(job_id)
    before = job["text_outputs"]["twitter_thread"]
    path = f"/api/v1/jobs/{job_id}/texts"
    accepted = await ada.post(f"{path}/twitter_thread", {"length": "short"}, 202)
    again = await ada.until(accepted["job_id"])
    short = again["text_outputs"]["twitter_thread"]
    assert 0 < len(short) < 0.7 * len(before)
    [text] = (await ada.get(path))["texts"]
    assert (text["text"], text["author"]) == (short, "extractive")
    said = (await ada.get(f"/api/v1/jobs/{job_id}/transcript"))["sentences"]
    assert text["sources"]
    for source in text["sources"]:
        first, last = min(source["sentences"]), max(source["sentences"])
        assert said[first]["start_seconds"] == pytest.approx(source["start_seconds"], abs=0.001)
        assert said[last]["end_seconds"] == pytest.approx(source["end_seconds"], abs=0.001)
