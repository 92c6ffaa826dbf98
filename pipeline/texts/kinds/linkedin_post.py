"""Writes a LinkedIn post: one moment of the talk, whole."""

from dataclasses import replace

from pipeline.core.texts import Document, TextOptions
from pipeline.language.text_limits import MAX_POST_CHARS
from pipeline.texts.formats import compose
from pipeline.texts.kinds.choice import choose
from pipeline.texts.kinds.voices import Voices
from pipeline.texts.outline import Outline

MAX_PARAGRAPH_SENTENCES = 2


def post(plan: Outline, options: TextOptions) -> Document:
    """Return at most 3,000 characters; the hook has one line."""
    document = compose("linkedin_post", plan.language, ())
    for passage in choose(plan, options):
        first, *rest = Voices(plan).blocks(passage, MAX_PARAGRAPH_SENTENCES)
        hook, left = first.statements[:1], first.statements[1:]
        if first.kind == "question":
            hook, left = first.statements, ()
        blocks = [replace(first, kind="hook", statements=hook)]
        if left:
            blocks.append(replace(first, speaker=None, statements=left))
        blocks += [replace(b, kind="paragraph") for b in rest]
        document = compose("linkedin_post", plan.language, blocks)
        if len(document.text) <= MAX_POST_CHARS:
            break
    return document
