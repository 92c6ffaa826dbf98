"""Writes the thread, the post and the article of a talk.

There are two writers. `extractive` arranges the talk's own sentences and needs nothing else.
`generation` asks the configured language model, and keeps the extractive text wherever the
model's text fails a check.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pipeline.analysis.subjects import subjects
from pipeline.core.control import Control
from pipeline.core.data import ChapterStart, Highlight, Transcript
from pipeline.core.texts import DEFAULT_TEXT_KINDS, TextKind, TextOptions, Texts
from pipeline.highlights.sentence_features import Embed, TextModels, border_strengths
from pipeline.texts.chapter_starts import find
from pipeline.texts.generation import rewriting
from pipeline.texts.generation.author import Author
from pipeline.texts.generation.rewriting import Brief
from pipeline.texts.generation.similarity import Similarity
from pipeline.texts.generation.support import Support
from pipeline.texts.grounding import Evidence
from pipeline.texts.kinds import extractive
from pipeline.texts.outline import outline
from pipeline.texts.titles.chapter_titles import entitle
from pipeline.texts.withholding import withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """How an author is watched."""

    control: Control = field(default_factory=Control)
    embed_any: Embed | None = None
    """Sentence embeddings for every language, with which the author's sentences are compared with
    the talk's; None: they are not."""
    masked: bool = False  # strong words are starred in the transcript, and must be in the text


def write_texts(
    transcript: Transcript,
    highlights: Sequence[Highlight],
    *,
    models: TextModels,
    kinds: Sequence[TextKind] = DEFAULT_TEXT_KINDS,
    text_options: TextOptions | None = None,
    author: Author | None = None,
    supervision: Supervision | None = None,
    chapters: Sequence[ChapterStart] | None = None,
) -> Texts:
    """Return the requested texts; others, and texts of a talk without speech, are empty.

    chapters: where chapters may begin, as `chapters.find` returned; None: they are found here.
    Raises Canceled.
    """
    if not kinds:
        return Texts()
    reading = models.read(transcript.sentences)
    plan = outline(transcript, highlights, reading)
    if chapters is None:
        border = border_strengths(subjects(reading.moments.meaning), transcript.sentences)
        chapters = find(plan, transcript.sentences, border[:-1], models.rate)
    plan = replace(plan, chapters=tuple(chapters))
    if empty := withheld(plan, transcript, kinds):
        return Texts(empty)
    plan = entitle(plan, models.rate)
    found = extractive.texts(plan, kinds, text_options)
    if author is None:
        return found
    watched = supervision or Supervision()
    similarity = Similarity(transcript, watched.embed_any) if watched.embed_any else None
    brief = Brief(
        plan=plan,
        support=Support(Evidence(transcript), similarity, masked=watched.masked),
        options=text_options or TextOptions(),
    )
    return rewriting.rewrite(found, brief, author, watched.control)
