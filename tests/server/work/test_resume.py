"""What was heard of a talk is not lost with the process: another start goes on behind it."""

import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from caller import Caller, Client, make_caller
from fake_engine import FakeEngine
from project_paths import SAMPLE
from real_models import models, sound

import pipeline
from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from pipeline.core.control import Control
from pipeline.core.data import SAMPLE_RATE, Audio, Source, Talk, Transcript, TranscriptChunk, Word
from pipeline.core.errors import Canceled
from pipeline.recognition.whisper import Whisper

PART = TranscriptChunk(
    key="of this work",
    first=0,
    windows=3,
    language="en",
    words=(Word(text="Hello.", start_s=0.5, end_s=0.9, probability=0.9),),
)


@pytest.fixture(scope="module", autouse=True)
def one_at_a_time() -> Iterator[None]:
    """A part for each window of 30 seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Whisper, "windows_at_once", lambda _: 1)
        yield


@pytest.fixture(scope="module")
def audio() -> Audio:
    """The beginning of the sample, two windows long."""
    return Audio(samples=sound(SAMPLE).samples[: 40 * SAMPLE_RATE])


@pytest.fixture(scope="module")
def whole(
    audio: Audio,
    one_at_a_time: None,  # noqa: ARG001 - for what it sets
) -> tuple[Transcript, list[TranscriptChunk]]:
    """All of it, and the parts in which it was heard."""
    parts: list[TranscriptChunk] = []
    heard = hear(audio, Control(on_chunk=parts.append))
    assert len(parts) >= 2
    return heard, parts


def hear(
    audio: Audio, control: Control, *, language: str | None = None, **options: Any
) -> Transcript:
    return pipeline.hear(audio, models=models(), language=language, control=control, **options)


def first_part(
    audio: Audio, resume_from: tuple[TranscriptChunk, ...] = (), **options: Any
) -> TranscriptChunk:
    """What is kept first of a run that ends in its middle."""
    kept: list[TranscriptChunk] = []
    cancel = threading.Event()

    def keep(part: TranscriptChunk) -> None:
        kept.append(part)
        cancel.set()

    control = Control(cancel=cancel, on_chunk=keep, resume_from=resume_from)
    with pytest.raises(Canceled):
        hear(audio, control, **options)
    return kept[0]  # another may have been ready when the first was kept


def check_same(some: Sequence[Word], others: Sequence[Word]) -> None:
    """Check that words are the same, their times and probabilities within what batches change."""
    assert [word.text for word in some] == [word.text for word in others]
    for one, other in zip(some, others, strict=True):
        numbers = (other.start_s, other.end_s, other.probability)
        assert (one.start_s, one.end_s, one.probability) == pytest.approx(numbers, abs=1e-4)


def words_of(parts: Sequence[TranscriptChunk]) -> list[Word]:
    return [word for part in parts for word in part.words]


@pytest.mark.slow  # hears a minute
def test_a_run_that_ended_early_is_continued_and_hears_the_same(
    audio: Audio, whole: tuple[Transcript, list[TranscriptChunk]]
) -> None:
    wanted, parts = whole
    part = first_part(audio)
    assert part.first == parts[0].first
    check_same(part.words, parts[0].words)
    again: list[TranscriptChunk] = []
    heard = hear(audio, Control(resume_from=(part,), on_chunk=again.append))
    check_same(heard.words, wanted.words)
    assert [part.first for part in again] == [part.first for part in parts[1:]]
    check_same(words_of(again), words_of(parts[1:]))


@pytest.mark.slow  # hears a minute
def test_parts_of_another_sound_or_of_other_options_are_not_taken(
    audio: Audio, whole: tuple[Transcript, list[TranscriptChunk]]
) -> None:
    part = whole[1][0]
    lie = replace(part, words=(replace(part.words[0], text="Nonsense"),))
    for other, options in (
        (Audio(samples=np.roll(audio.samples, 8000)), {}),
        (audio, {"language": "en"}),
        (audio, {"vocabulary": ("Brannigan",)}),
    ):
        again = first_part(other, (lie,), **options)
        assert again.first == 0
        assert again.words[0].text != "Nonsense"


@pytest.mark.slow  # hears a minute
def test_a_part_behind_a_gap_is_not_taken(
    audio: Audio, whole: tuple[Transcript, list[TranscriptChunk]]
) -> None:
    (wanted, parts), again = whole, list[TranscriptChunk]()
    heard = hear(audio, Control(resume_from=tuple(parts[1:]), on_chunk=again.append))
    check_same(heard.words, wanted.words)
    assert [part.first for part in again] == [part.first for part in parts]
    check_same(words_of(again), words_of(parts))


async def test_a_stopped_server_goes_on_with_what_was_heard(
    serve: Callable[[Config], Awaitable[Client]],
    config: Config,
    engine: FakeEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[tuple[TranscriptChunk, ...]] = []
    listen = engine.listen

    def heard(source: Source, *, control: Control, **options: Any) -> Talk:
        found.append(control.resume_from)
        control.on_chunk(PART)
        return listen(source, control=control, **options)

    monkeypatch.setattr(engine, "listen", heard)
    engine.hold("listen")
    client = await serve(config)
    ada = await make_caller(client)
    job_id = await ada.submit(30)
    await ada.until(job_id, lambda _: bool(found))
    await client.close()
    engine.let_go("listen")
    client = await serve(config)
    ada = Caller(client=client, key=ada.key)
    assert (await ada.until(job_id))["status"] == "completed"
    assert found == [(), (PART,)]


async def test_what_was_heard_is_kept_only_until_the_talk_is(
    ada: Caller, engine: FakeEngine, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen = engine.listen

    def heard(source: Source, *, control: Control, **options: Any) -> Talk:
        for first in range(0, 9, 3):
            control.on_chunk(replace(PART, first=first))
        return listen(source, control=control, **options)

    monkeypatch.setattr(engine, "listen", heard)
    assert (await ada.until(await ada.submit(10)))["status"] == "completed"
    assert await db.pool.fetchval("SELECT count(*) FROM heard") == 0
