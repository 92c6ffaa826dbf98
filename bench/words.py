"""Measures whether the three texts are true, within limits, and on the talk's subjects.

Ten talks of different kinds: the project's sample and talks of the local data. The baseline is the
talk's first sentences, with as many words as our article. Then the talks that were written for this
project, in ten languages and of difficult kinds; their topics and grade are measured for English
only.
"""

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from gzip import open as unzip
from itertools import pairwise
from pathlib import Path
from typing import Any

import pipeline
from bench.support import talks
from bench.support.report import keep, show
from pipeline.core.control import Control
from pipeline.core.data import Options, Sentence, Transcript
from pipeline.core.texts import TEXT_KINDS, Document, TextKind, Texts
from pipeline.highlights import selection
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences
from pipeline.language.disfluencies import bare
from pipeline.texts import writer
from pipeline.texts.checks import faults, find_repetitions
from pipeline.texts.grounding import Evidence

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared/data/highlights"
TRUTH = ROOT.parent / "shared/media/long/podcast_a.truth.json"
TERMS = 6  # words that represent a topic
MIN_TERMS = 2  # of a topic that is covered
SEGMENT = 25  # sentences per topic of talks without marked topics
MAX_TOPICS = 12  # per talk, as many as 1,500 words can cover; marked ones are joined in order
BAND = 5.0, 12.0  # school grades of edited prose (Flesch and Kincaid); newspapers have 9 to 12
LIMITS = ("length", "form")
UNSAID = ("name", "number", "quotation")


@dataclass(frozen=True, slots=True)
class Talk:
    """A transcript and its topics."""

    name: str
    transcript: Transcript
    topics: tuple[tuple[int, int], ...]  # sentences, end exclusive


def main() -> int:
    """Write all texts, measure, print; return 1 if a text is at fault."""
    models = pipeline.load_models()
    heard, made = list(_talks()), list(_made())
    common = Counter(w for talk in heard for w in set(_content(_said(talk.transcript))))
    rows: list[dict[str, object]] = []
    for talk in [*heard, *made]:
        transcript = talk.transcript
        found = selection.choose(
            transcript, None, models.text_models, Options(), Control(), judge=None
        )
        texts = writer.write_texts(transcript, found, embed=models.text_encoder)
        rows.append(_row(talk, "ours", texts, common))
        rows.append(_row(talk, "first sentences", _naive(transcript, texts), common))
    show("The texts, beside the talk's first sentences", rows[: 2 * len(heard)])
    show("The same of talks that were written for this project", rows[2 * len(heard) :])
    keep("words", rows=rows)
    ours = [row for row in rows if row["writer"] == "ours"]
    bad = [r["talk"] for r in ours if r["unsaid"] or r["limits"] or r["repeated"] or r["other"]]
    low = [r["talk"] for r in ours if r["topics"] != "" and float(str(r["topics"])) < 0.8]
    print(f"Unsaid, beyond limits, repeated or otherwise at fault: {bad or 'none'}.")
    print(f"Fewer than 80 % of the topics covered: {low or 'none'}.")
    return 1 if bad else 0


def _row(talk: Talk, name: str, texts: Texts, common: Counter[str]) -> dict[str, object]:
    evidence = Evidence(talk.transcript)
    found = [f for kind in TEXT_KINDS for f in faults(texts.text(kind), kind, evidence)]
    kinds: Counter[str] = Counter(fault.kind for fault in found)
    article = _prose(texts.blog_post)
    said = _said(talk.transcript)
    english = talk.transcript.language == "en"
    return {
        "talk": talk.name,
        "writer": name,
        "said": _size(said, talk),
        "thread": texts.twitter_thread.count("\n\n") + 1,
        "post": len(texts.linkedin_post),
        "article": _size(article, talk),
        "of the talk": round(_size(article, talk) / max(1, _size(said, talk)), 3),
        "unsaid": sum(kinds[k] for k in UNSAID),
        "limits": sum(kinds[k] for k in LIMITS),
        "repeated": kinds["repetition"],
        "restated": len(find_repetitions(article)) - kinds["repetition"],
        "other": sum(n for k, n in kinds.items() if k not in (*UNSAID, *LIMITS, "repetition")),
        "topics": round(_covered(talk, article, common), 2) if english else "",
        "grade": round(_grade(article), 1) if english else "",
        "fillers": round(1000 * _fillers(article), 1) if english else "",
    }


def _size(text: str, talk: Talk) -> int:
    """Count words, or pairs of letters in scripts without spaces."""
    spaces = languages.language(talk.transcript.language).spaces
    return len(text.split()) if spaces else len("".join(text.split())) // 2


def _covered(talk: Talk, text: str, common: Counter[str]) -> float:
    """Return the share of the topics for which the text has MIN_TERMS of the TERMS of the topic.

    Topics without two recurring words are skipped.
    """
    told = set(_content(text))
    sentences = talk.transcript.sentences
    counts = [_recurring(sentences[a:b]) for a, b in talk.topics]
    counts = [count for count in counts if len(count) >= MIN_TERMS]
    spread = Counter(w for count in counts for w in count)
    hits = 0
    for count in counts:

        def weight(word: str, count: Counter[str] = count) -> float:
            rare = math.log(1 + len(counts) / spread[word]) / (1 + math.log(max(1, common[word])))
            return count[word] * rare

        terms = sorted(count, key=weight, reverse=True)[:TERMS]
        hits += sum(term in told for term in terms) >= min(MIN_TERMS, len(terms))
    return hits / len(counts) if counts else 1.0


def _recurring(sentences: Sequence[Sentence]) -> Counter[str]:
    """Count the sentences of each word that occurs in at least two."""
    spread = Counter(w for s in sentences for w in set(_content(s.text)))
    return Counter({word: count for word, count in spread.items() if count > 1})


def _grade(text: str) -> float:
    """Return the school grade (Kincaid et al. 1975), with syllables counted as vowel groups."""
    sentences = [s for line in text.splitlines() for s in split_sentences(line) if s.split()]
    tokens = [w for s in sentences for t in s.split() if (w := bare(t))]
    if not tokens:
        return 0.0
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", w.removesuffix("e")))) for w in tokens)
    return 0.39 * len(tokens) / len(sentences) + 11.8 * syllables / len(tokens) - 15.59


def _fillers(text: str) -> float:
    """Return the share of words that are hesitations or filler phrases."""
    tokens = [bare(t) for t in text.split()]
    said = sum(t in lexicon.hesitations(languages.ENGLISH) for t in tokens)
    said += len(re.findall(r"\b(?:you know|i mean|sort of|kind of),", text.lower()))
    return said / max(1, len(tokens))


def _naive(transcript: Transcript, ours: Texts) -> Texts:
    """Build the baseline: the talk's first sentences in the three forms, as long as ours."""
    said = [s.text for s in transcript.sentences]

    def first(characters: int) -> str:
        text = ""
        for sentence in said:
            if text and len(text) + len(sentence) > characters:
                break
            text += f"{sentence} "
        return text.strip()

    tweets = [f"{n}/ {text[:270]}" for n, text in enumerate(said, 1)]
    count = ours.twitter_thread.count("\n\n") + 1
    written: dict[TextKind, str] = {
        "twitter_thread": "\n\n".join(tweets[:count]),
        "linkedin_post": first(len(ours.linkedin_post)),
        "blog_post": f"# {said[0][:60]}\n\n{first(len(ours.blog_post))}\n",
    }
    return Texts(
        tuple(
            Document(kind=kind, language=transcript.language, text=text)
            for kind, text in written.items()
        )
    )


def _content(text: str) -> list[str]:
    return [
        w.removesuffix("'s")
        for t in text.split()
        if len(w := bare(t)) > 3
        and w not in lexicon.stop_words(languages.ENGLISH)
        and not w.endswith(("'re", "'ve"))
    ]


def _prose(article: str) -> str:
    return re.sub(r"(?m)^#+ .*$|^[>-] ", "", article)


def _said(transcript: Transcript) -> str:
    return _joined(transcript.sentences)


def _joined(sentences: Sequence[Sentence]) -> str:
    return " ".join(s.text for s in sentences)


# --- the talks ----------------------------------------------------------------------------

OF_TURNS = ("Brain Science", "JS Party", "Founders Talk", "Changelog News")
OF_CHAPTERS = ("stanford-blockchain-conference", "Audrow Nash Podcast", "london-bitcoin-devs")


def _talks() -> Iterator[Talk]:
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
        topics = [(a, b) for a, b in pairwise(starts) if b - a >= 5]
        yield _of(f"{record['show']}, {record.get('kind', 'talk')}", said, topics)


def _made() -> Iterator[Talk]:
    """Read the talks of tests/data/talks."""
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


if __name__ == "__main__":
    sys.exit(main())
