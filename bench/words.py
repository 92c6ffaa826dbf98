"""Measures whether the three texts are true, within limits, whole, and about all of the talk.

Ten talks of different kinds: the project's sample and talks of the local data. Then the talks that
were written for this project, in ten languages and of difficult kinds. The table counts, by talk:

- unsaid: names, numbers and quotations that the talk has not; other: further faults by the
  product's own checks
- unsupported: the spoken sentences on which one claims to rest have fewer than .6 of its words;
  negation: "not" and "never" more or less often than there
- small talk: greetings, sponsors and talk about the recording, as marked by hand
- fragment: a heading that is a list of words, or torn; torn: begins or ends within a sentence;
  leaning: a message, section or point that begins with "it", "and", "so"
- covered: the share of up to twelve equal parts of the talk that the article rests on

Every fault is printed with its sentence; the word classes are in `bench/texts/words.toml`.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain

import pipeline
from bench.support.report import report
from bench.texts import Draft, Finding, form
from bench.texts.corpus import Talk, made_talks, real_talks
from bench.texts.form import count_words
from bench.texts.truth import find_untrue
from pipeline.core.control import Control
from pipeline.core.data import Options
from pipeline.core.texts import Texts
from pipeline.highlights import selection
from pipeline.texts import writer
from pipeline.texts.checks import faults
from pipeline.texts.grounding import Evidence

PART, MAX_PARTS = 25, 12  # sentences of a part of a talk, and parts
UNSAID = ("name", "number", "quotation")
GOALS = {  # most that all texts together may have
    "unsaid": "0",
    "other": "0",
    "unsupported": "0",
    "negation": "0",
    "small talk": "0",
    "fragment": "0",
    "torn": "0",
    "leaning": "0",
    "covered": "≥ 0.85",
}
NEVER = ("unsaid", "other", "unsupported", "negation")  # the exit code is 1 if there is any
FINDERS: tuple[Callable[[Draft], Iterator[Finding]], ...] = (
    find_untrue,
    form.find_fragments,
    form.find_torn,
    form.find_leaning,
)


def review(talk: Talk, texts: Texts) -> Iterator[Finding]:
    """Yield every fault of the texts of a talk."""
    evidence = Evidence(talk.transcript)
    for document in texts.documents:
        if document.text:
            for fault in faults(document.text, document.kind, evidence):
                kind = "unsaid" if fault.kind in UNSAID else "other"
                yield Finding(kind, fault.what, fault.kind)
            draft = Draft(document, talk.transcript, talk.name)
            yield from chain.from_iterable(find(draft) for find in FINDERS)


def row(talk: Talk, texts: Texts) -> dict[str, object]:
    """Return the figures of a talk, and print its faults."""
    found = list(review(talk, texts))
    for finding in found:
        print(f"  {talk.name}, {finding.kind}: {finding.text!r} {finding.why}")
    counts = Counter(finding.kind for finding in found)
    article = re.sub(r"(?m)^#+ .*$|^[>-] ", "", texts.blog_post)
    said = " ".join(s.text for s in talk.transcript.sentences)
    return {
        "talk": talk.name,
        "said": count_words(said, talk.transcript.language),
        "article": count_words(article, talk.transcript.language),
        **{kind: counts[kind] for kind in GOALS},
        "covered": round(covered(talk, texts), 2),
    }


def covered(talk: Talk, texts: Texts) -> float:
    """Return the share of equal parts of the talk that the article rests on."""
    count = len(talk.transcript.sentences)
    parts = max(1, min(MAX_PARTS, round(count / PART)))
    articles = (document for document in texts.documents if document.kind == "blog_post")
    statements = (s for d in articles for block in d.blocks for s in block.statements)
    return len({i * parts // count for s in statements for i in s.sources}) / parts


def main() -> int:
    """Write all texts, measure, print; return 1 if a text says what nobody said."""
    models = pipeline.load_models()
    rows: list[dict[str, object]] = []
    for talk in [*real_talks(), *made_talks()]:
        found = selection.choose(
            talk.transcript, None, models.text_models, Options(), Control(), judge=None
        )
        texts = writer.write_texts(talk.transcript, found, embed=models.text_encoder)
        rows.append(row(talk, texts))
    totals: dict[str, float] = {kind: sum(float(str(r[kind])) for r in rows) for kind in GOALS}
    totals["covered"] = round(totals["covered"] / len(rows), 2)
    rows += [{"talk": "all", **totals}, {"talk": "goal", **GOALS}]
    report("words", "What an editor would mark in thread, post and article", rows)
    return int(any(totals[kind] for kind in NEVER))


if __name__ == "__main__":
    sys.exit(main())
