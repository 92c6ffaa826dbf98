"""The talks whose texts are measured: ten of different kinds, and those of tests/data/talks."""

import json
from collections.abc import Iterator, Sequence
from gzip import open as unzip
from typing import Any, NamedTuple

import talks

from bench.support.recordings import MEDIA, PODCAST, ROOT
from pipeline.core.data import Transcript
from pipeline.language.cleanup import split_sentences

DATA = MEDIA.parent / "data/highlights"
OF_TURNS = ("Brain Science", "JS Party", "Founders Talk", "Changelog News")
OF_SENTENCES = ("stanford-blockchain-conference", "Audrow Nash Podcast", "london-bitcoin-devs")


class Talk(NamedTuple):
    """A transcript."""

    name: str
    transcript: Transcript


def real_talks() -> Iterator[Talk]:
    """Read the project's sample and nine talks of the local data, if that is there."""
    sample = json.loads((ROOT / "tests/data/sample_talk.truth.json").read_bytes())
    yield _of("sample, an interview", sample["sentences"])
    if not DATA.is_dir():
        print("eval-words: without ../shared there is only the sample.")
        return
    podcast = json.loads(PODCAST.with_suffix(".truth.json").read_bytes())["sentences"]
    yield _of("scripted podcast", podcast)
    yield _of("half a minute of it", podcast[40:47])
    for record in _first_of("changelog_turns.jsonl.gz", OF_TURNS):
        said = [
            {"text": text, "speaker": turn["speaker"]}
            for turn in record["turns"]
            for text in split_sentences(turn["text"])
        ]
        yield _of(f"{record['show']}, {len({s['speaker'] for s in said})} people", said)
    for record in _first_of("open_chapters.jsonl.gz", OF_SENTENCES):
        yield _of(f"{record['show']}, {record.get('kind', 'talk')}", record["sentences"])


def made_talks() -> Iterator[Talk]:
    """Read the talks that were written for this project."""
    return (Talk(name, talks.read(name)) for name in talks.names())


def _first_of(file: str, shows: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the first record of each show."""
    left = set(shows)
    with unzip(DATA / file, "rt", encoding="utf-8") as lines:
        for record in map(json.loads, lines):
            if record["show"] in left:
                left.remove(record["show"])
                yield record


def _of(name: str, said: Sequence[dict[str, Any]]) -> Talk:
    return Talk(name, talks.transcript([(s["text"], s["speaker"]) for s in said]))
