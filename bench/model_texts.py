"""Measures what becomes of the answers of language models, good and bad ones.

Each style of tests/data/model_answers writes its texts through a local endpoint, as a server would
be asked. The published texts must be free of faults, and of the lies that each file lists. Then
what the checks of a sentence tell apart: true sentences and lies of tests/data/paraphrases*.json.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import recorded_models
import talks

import pipeline
from bench.support.report import keep, show
from pipeline.core.control import Control
from pipeline.core.texts import Document, Statement
from pipeline.models.llm_endpoint import Endpoint
from pipeline.models.registry import Models
from pipeline.texts import extractive
from pipeline.texts.checks import Fault, faults
from pipeline.texts.generation import rewriting
from pipeline.texts.generation.rewriting import Brief, Written
from pipeline.texts.generation.similarity import MIN_MARGIN, Similarity
from pipeline.texts.generation.support import Support
from pipeline.texts.grounding import Evidence
from pipeline.texts.outline import outline

DATA = Path(__file__).parents[1] / "tests" / "data"
SETS = "paraphrases", "paraphrases_unseen"  # the second was written when the rules were there
UNSAID = ("name", "number", "quotation", "negation", "speaker", "meaning")
TIMEOUT_S = 60.0  # of one text


def main() -> int:
    """Print and keep the tables; return 1 if a published text has a fault."""
    models = pipeline.load_models()
    styles = list(_styles(models))
    show("Published of the answers of language models", styles)
    sentences = [_sentences(talk, rows, models) for talk, rows in _paraphrases().items()]
    show("Sentences that are checked against their sources", sentences)
    keep("model_texts", styles=styles, sentences=sentences)
    bad = [row["style"] for row in styles if row["faults"] or row["lies"]]
    print(f"Published with faults: {bad or 'none'}.")
    return 1 if bad else 0


def _styles(models: Models) -> Iterator[dict[str, object]]:
    """Yield a row per style."""
    transcript = talks.read(recorded_models.TALK)
    plan = outline(transcript, [], models.text_encoder)
    similarity = Similarity(transcript, models.text_models.embed)
    brief = Brief(plan=plan, support=Support(Evidence(transcript), similarity))
    grounded = extractive.texts(plan).documents
    for style in recorded_models.styles():
        with recorded_models.serve(style) as model:
            author = Endpoint(model.url, style, api_key="", timeout_s=TIMEOUT_S)
            written = [
                rewriting.write(
                    document, brief, author, Control(), report=_silent, timeout_s=TIMEOUT_S
                )
                for document in grounded
            ]
        yield _row(style, written, brief.support)


def _silent(_: float) -> None:
    """Report no progress."""


def _row(style: str, written: list[Written], support: Support) -> dict[str, object]:
    places = [place for text in written for place in text.places]
    drafted = [place for place in places if place.choice.drafted]
    published = [d for text in written if (d := text.document).author != "extractive"]
    kinds: Counter[str] = Counter(
        fault.kind for document in published for fault in _faults(document, support)
    )
    return {
        "style": style,
        "calls": sum(text.calls for text in written),
        "texts": f"{len(published)} of {len(written)}",
        "parts": len(places),
        "at once": sum(not place.outcome.revised for place in drafted),
        "sent back": sum(place.outcome.revised for place in places),
        "mended": sum(place.outcome.revised for place in drafted),
        "fell back": len(places) - len(drafted),
        **{f"unsaid {kind}": kinds[kind] for kind in UNSAID},
        "faults": sum(kinds.values()),
        "lies": sum(lie in d.text for d in published for lie in recorded_models.lies(style)),
    }


def _faults(document: Document, support: Support) -> Iterator[Fault]:
    """Yield the faults of a published text, and of each sentence with its sources.

    A standfirst tells how long the talk is, which nobody says.
    """
    yield from faults(document.text, document.kind, support.evidence)
    everything = range(len(support.evidence.transcript.sentences))
    for block in (b for b in document.blocks if b.kind != "standfirst"):
        told = [s for s in block.statements if s.sources]
        labels = range(len(told) if block.kind in ("title", "heading") else 0)
        yield from support.faults(told, everything, labels)


def _paraphrases() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for name in SETS:
        found |= json.loads((DATA / f"{name}.json").read_bytes())
    return found


def _sentences(talk: str, rows: list[dict[str, Any]], models: Models) -> dict[str, object]:
    """Return how many true sentences are accepted and how many lies are found."""
    transcript = talks.read(talk)
    similarity = Similarity(transcript, models.text_models.embed)
    support = Support(Evidence(transcript), similarity)
    statements = [Statement(text=row["text"], sources=tuple(row["sources"])) for row in rows]
    found = support.faults(statements, range(len(transcript.sentences)))
    faulty = {fault.at for fault in found}
    true = [n for n, row in enumerate(rows) if "lie" not in row]
    lies = [n for n, row in enumerate(rows) if "lie" in row]
    named = {(fault.at, fault.kind) for fault in found}
    texts, sources = [statements[n].text for n in true], [statements[n].sources for n in true]
    shifted = [
        similarity.margins(texts, sources[n:] + sources[:n]) for n in range(2, len(true) - 2)
    ]
    others = [margin for row in shifted for margin in row]
    return {
        "talk": talk,
        "true": len(true),
        "accepted": sum(n not in faulty for n in true),
        "lowest margin": round(float(similarity.margins(texts, sources).min()), 2),
        "of others' sources below the floor": round(
            sum(margin < MIN_MARGIN for margin in others) / max(1, len(others)), 3
        ),
        "lies": len(lies),
        "found": sum(n in faulty for n in lies),
        "called what they are": sum((n, rows[n]["lie"]) in named for n in lies),
    }


if __name__ == "__main__":
    sys.exit(main())
