"""Measures whether the three texts are true, within limits, readable, and on the talk's subjects.

Ten talks of different kinds: the project's sample and talks of the local data. The baseline is the
talk's first sentences, with as many words as our article. Then the talks that were written for this
project, in ten languages and of difficult kinds. Every fault is printed with its sentence.
"""

import re
import sys
from collections import Counter

import pipeline
from bench.support.report import keep, show
from bench.texts import grammar_checker, topics
from bench.texts.alignment import Spoken
from bench.texts.corpus import Talk, made_talks, real_talks
from bench.texts.drafts import Draft
from bench.texts.form import count_words
from bench.texts.goals import summary
from bench.texts.review import UNSAID, Review, review
from pipeline.core.control import Control
from pipeline.core.data import Options, Transcript
from pipeline.core.texts import DEFAULT_TEXT_KINDS, Document, TextKind, Texts
from pipeline.highlights import selection
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences
from pipeline.language.disfluencies import bare
from pipeline.texts import writer
from pipeline.texts.checks import faults, find_repetitions
from pipeline.texts.grounding import Evidence

LIMITS = ("length", "form")


def main() -> int:
    """Write all texts, measure, print; return 1 if a text is at fault."""
    models = pipeline.load_models()
    heard, made = list(real_talks()), list(made_talks())
    common = topics.common_words(heard)
    rows: list[dict[str, object]] = []
    reviews: list[Review] = []
    for talk in [*heard, *made]:
        transcript = talk.transcript
        found = selection.choose(
            transcript, None, models.text_models, Options(), Control(), judge=None
        )
        texts = writer.write_texts(transcript, found, models=models.text_models)
        rows.append(_row(talk, "ours", texts, common))
        rows.append(_row(talk, "first sentences", _naive(transcript, texts), common))
        reviews += _reviews(talk, texts)
    show("The texts, beside the talk's first sentences", rows[: 2 * len(heard)])
    show("The same of talks that were written for this project", rows[2 * len(heard) :])
    ours = [row for row in rows if row["writer"] == "ours"]
    totals = summary(reviews)
    show("All texts, and what they are to reach", totals)
    if grammar_checker.linter() is None:
        print(grammar_checker.MISSING)
    texts_rows = [{"talk": r.talk, **r.row()} for r in reviews]
    keep("words", rows=rows, texts=texts_rows, totals=totals)
    bad = [r["talk"] for r in ours if r["unsaid"] or r["limits"] or r["repeated"] or r["other"]]
    denied = sorted({r.talk for r in reviews if any(f.kind == "negation" for f in r.findings)})
    print(f"Unsaid, beyond limits, repeated or otherwise at fault: {bad or 'none'}.")
    print(f"Denies something else than the talk: {denied or 'none'}.")
    return 1 if bad or denied else 0


def _reviews(talk: Talk, texts: Texts) -> list[Review]:
    """Review the texts of a talk, and print a table and every fault."""
    spoken, evidence = Spoken(talk.transcript), Evidence(talk.transcript)
    found = [
        review(talk.name, Draft(kind=d.kind, text=d.text, spoken=spoken), evidence)
        for d in texts.documents
        if d.text
    ]
    show(f"{talk.name} ({talk.transcript.language})", [r.row() for r in found])
    for r in found:
        for f in r.findings:
            print(f"  {r.draft.kind}, {f.kind}: {f.text!r}" + (f" ({f.why})" if f.why else ""))
    return found


def _row(talk: Talk, name: str, texts: Texts, common: Counter[str]) -> dict[str, object]:
    evidence = Evidence(talk.transcript)
    written = [d for d in texts.documents if not d.reason and d.kind in DEFAULT_TEXT_KINDS]
    found = [f for d in written for f in faults(d.text, d.kind, evidence)]
    kinds: Counter[str] = Counter(fault.kind for fault in found)
    article = _prose(texts.blog_post)
    said = _said(talk.transcript)
    code = talk.transcript.language
    english = code == "en"
    share = topics.covered(talk, article, common)
    return {
        "talk": talk.name,
        "writer": name,
        "said": count_words(said, code),
        "thread": texts.twitter_thread.count("\n\n") + 1,
        "post": len(texts.linkedin_post),
        "article": count_words(article, code),
        "of the talk": round(count_words(article, code) / max(1, count_words(said, code)), 3),
        "unsaid": sum(kinds[k] for k in UNSAID),
        "limits": sum(kinds[k] for k in LIMITS),
        "repeated": kinds["repetition"],
        "restated": len(find_repetitions(article)) - kinds["repetition"],
        "other": sum(n for k, n in kinds.items() if k not in (*UNSAID, *LIMITS, "repetition")),
        "topics": "" if share is None else round(share, 2),
        "grade": round(_grade(article), 1) if english else "",
        "fillers": round(1000 * _fillers(article), 1) if english else "",
    }


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


def _prose(article: str) -> str:
    return re.sub(r"(?m)^#+ .*$|^[>-] ", "", article)


def _said(transcript: Transcript) -> str:
    return " ".join(s.text for s in transcript.sentences)


if __name__ == "__main__":
    sys.exit(main())
