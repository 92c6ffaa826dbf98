"""Writes the thread, the post and the article from the talk's own sentences.

Sentences are chosen, tidied by omission, and arranged; none is made up. The few words that are
added name parts of the text, and only in languages that have them here.
"""

from collections.abc import Callable, Sequence

from pipeline.core.texts import DEFAULT_TEXT_KINDS, Document, TextKind, TextOptions, Texts
from pipeline.texts.article import article
from pipeline.texts.linkedin_post import post
from pipeline.texts.outline import Outline
from pipeline.texts.twitter_thread import thread


def texts(
    plan: Outline,
    kinds: Sequence[TextKind] = DEFAULT_TEXT_KINDS,
    options: TextOptions | None = None,
) -> Texts:
    """Return the requested texts; a talk without speech has none."""
    if not plan.lines:
        return Texts()
    found = (WRITERS[kind](plan, options or TextOptions()) for kind in kinds)
    return Texts(tuple(document for document in found if document.text))


WRITERS: dict[TextKind, Callable[[Outline, TextOptions], Document]] = {
    "twitter_thread": thread,
    "linkedin_post": post,
    "blog_post": article,
}
