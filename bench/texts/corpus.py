"""The talks whose texts are measured: ten of different kinds, and those of tests/data/talks."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from gzip import open as unzip
from itertools import pairwise
from pathlib import Path
from typing import Any

import talks

from pipeline.core.data import Transcript
from pipeline.language.cleanup import split_sentences

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared/data/highlights"
TRUTH = ROOT.parent / "shared/media/long/podcast_a.truth.json"
SEGMENT = 25  # sentences per topic of talks without marked topics
MIN_CHAPTER = 5  # sentences of a marked topic
MAX_TOPICS = 12  # per talk, as many as 1,500 words can cover; marked ones are joined in order
OF_TURNS = ("Brain Science", "JS Party", "Founders Talk", "Changelog News")
OF_CHAPTERS = ("stanford-blockchain-conference", "Audrow Nash Podcast", "london-bitcoin-devs")


@dataclass(frozen=True, slots=True)
class Talk:
    """A transcript and its topics."""

    name: str
    transcript: Transcript
    topics: tuple[tuple[int, int], ...]  # sentences, end exclusive


def real_talks() -> Iterator[Talk]:
    """Read the project's sample and nine talks of the local data, if that is there."""
    sample = json.loads((ROOT / "tests/data/sample_talk.truth.json").read_bytes())
    yield _of("sample, an interview", [(s["text"], s["speaker"]) for s in sample["sentences"]])
    if not DATA.is_dir():
        print("eval-words: without ../shared there is only the sample.")
        return
    truth = json.loads(TRUTH.read_bytes())
    yield _of("scripted podcast", [(s["text"], s["speaker"]) for s in truth["sentences"]])
    yield _of("half a minute of it", [(s["text"], s["speaker"]) for s in truth["sentences"][40:47]])
    for record in _first_of(DATA / "changelog_turns.jsonl.gz", OF_TURNS):
        said = [
            (text, turn["speaker"])
            for turn in record["turns"]
            for text in split_sentences(turn["text"])
        ]
        speakers = len({speaker for _, speaker in said})
        yield _of(f"{record['show']}, {speakers} people", said)
    for record in _first_of(DATA / "open_chapters.jsonl.gz", OF_CHAPTERS):
        said = [(s["text"], s["speaker"]) for s in record["sentences"]]
        starts = sorted({int(c["start"]) for c in record["chapters"]} | {0, len(said)})
        topics = [(a, b) for a, b in pairwise(starts) if b - a >= MIN_CHAPTER]
        yield _of(f"{record['show']}, {record.get('kind', 'talk')}", said, topics)


def made_talks() -> Iterator[Talk]:
    """Read the talks that were written for this project."""
    for name in talks.names():
        transcript = talks.read(name)
        yield Talk(name, transcript, _parts(len(transcript.sentences)))


def _parts(count: int) -> tuple[tuple[int, int], ...]:
    """Divide sentences without marked topics into equal parts."""
    parts = max(1, min(MAX_TOPICS, round(count / SEGMENT)))
    return tuple(pairwise(round(n * count / parts) for n in range(parts + 1)))


def _first_of(path: Path, shows: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the first record of each show."""
    left = set(shows)
    with unzip(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            if record["show"] in left:
                left.remove(record["show"])
                yield record


def _of(
    name: str, said: Sequence[tuple[str, str | None]], topics: Sequence[tuple[int, int]] = ()
) -> Talk:
    topics = list(topics)
    transcript = talks.transcript(said)
    if not topics:
        topics = list(_parts(len(said)))
    while len(topics) > MAX_TOPICS:
        at = min(range(len(topics) - 1), key=lambda n: topics[n + 1][1] - topics[n][0])
        topics[at : at + 2] = [(topics[at][0], topics[at + 1][1])]
    return Talk(name, transcript, tuple(topics))
