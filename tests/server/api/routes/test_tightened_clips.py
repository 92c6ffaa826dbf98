"""What the server tells of clips that were tightened: captions, transcript, options of renders."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from caller import Caller
from fake_engine import FakeEngine

from pipeline.core.data import Clip, Options, Sentence, Source, Span, Talk, Word

SAID = [
    ("Well,", 0.5, 1.0),
    ("um,", 2.0, 2.5),
    ("yes.", 4.0, 4.5),
    ("Uh,", 5.0, 5.5),
    ("then", 7.0, 7.5),
    ("no.", 8.0, 9.0),
]
KEPT = (
    Span(start_s=0.0, end_s=1.25),
    Span(start_s=3.75, end_s=4.75),
    Span(start_s=6.75, end_s=9.5),
)


@pytest.fixture
def talking(engine: FakeEngine, monkeypatch: pytest.MonkeyPatch) -> list[Options]:
    """The engine hears SAID and, where it is asked to tighten, keeps KEPT; options as they came."""
    listen: Callable[..., Talk] = engine.listen
    make_clip: Callable[..., Clip] = engine.make_clip
    seen: list[Options] = []

    def hears(source: Source, **named: Any) -> Talk:
        talk = listen(source, **named)
        words = tuple(Word(text=t, start_s=a, end_s=b, probability=0.9) for t, a, b in SAID)
        sentences = tuple(
            Sentence(
                text=" ".join(w.text for w in words[a : b + 1]),
                start_s=words[a].start_s,
                end_s=words[b].end_s,
                first_word=a,
                last_word=b,
            )
            for a, b in ((0, 2), (3, 5))
        )
        transcript = dataclasses.replace(talk.transcript, words=words, sentences=sentences)
        highlight = dataclasses.replace(talk.highlights[0], first_sentence=0, last_sentence=1)
        return dataclasses.replace(talk, transcript=transcript, highlights=(highlight,))

    def cuts(talk: Talk, *arguments: Any, options: Options, **named: Any) -> Clip:
        seen.append(options)
        clip = make_clip(talk, *arguments, options=options, **named)
        if options.remove_silences is None and not options.remove_fillers:
            return clip
        return dataclasses.replace(clip, kept=KEPT, duration_s=5.0)

    monkeypatch.setattr(engine, "listen", hears)
    monkeypatch.setattr(engine, "make_clip", cuts)
    return seen


async def first_clip(caller: Caller, job_id: str) -> dict[str, Any]:
    """The first clip of a job once it has ended."""
    clip: dict[str, Any] = (await caller.until(job_id))["clips"][0]
    return clip


async def captions(caller: Caller, clip: dict[str, Any]) -> str:
    return await caller.text(f"/api/v1/clips/{clip['clip_id']}/captions")


async def test_captions_and_transcript_leave_out_what_was_cut(
    ada: Caller, talking: list[Options]
) -> None:
    clip = await first_clip(ada, await ada.submit(10, remove_fillers=True, remove_silences="fast"))
    assert (talking[-1].remove_fillers, talking[-1].remove_silences) == (True, "fast")
    assert clip["transcript"] == "Well, yes. Then no."
    assert (clip["duration"], clip["start_seconds"], clip["end_seconds"]) == (5.0, 0.0, 9.5)
    assert await captions(ada, clip) == (
        "1\n00:00:00,500 --> 00:00:02,000\nWell, yes.\n\n"
        "2\n00:00:02,500 --> 00:00:04,500\nThen no.\n"
    )


@pytest.mark.usefixtures("talking")
async def test_without_cuts_everything_is_told_as_it_was_said(ada: Caller) -> None:
    clip = await first_clip(ada, await ada.submit(10))
    assert clip["transcript"] == "Well, um, yes. Uh, then no."
    assert (await captions(ada, clip)).startswith(
        "1\n00:00:00,500 --> 00:00:04,500\nWell, um, yes.\n\n2\n00:00:05,000 --> 00:00:09,000\n"
    )


async def test_a_clip_is_tightened_and_loosened_again_without_hearing_it_anew(
    ada: Caller, engine: FakeEngine, talking: list[Options]
) -> None:
    clip = await first_clip(ada, await ada.submit(10))
    told = []
    for changes in (
        {"remove_silences": "natural", "remove_fillers": True},
        {"remove_silences": "keep"},
        {"remove_fillers": False},
    ):
        path = f"/api/v1/clips/{clip['clip_id']}/renders"
        clip = await first_clip(ada, (await ada.post(path, changes, 202))["job_id"])
        told.append((talking[-1].remove_silences, talking[-1].remove_fillers, clip["transcript"]))
    assert told == [
        ("natural", True, "Well, yes. Then no."),
        (None, True, "Well, yes. Then no."),
        (None, False, "Well, um, yes. Uh, then no."),
    ]
    assert engine.calls.count("listen") == 1
