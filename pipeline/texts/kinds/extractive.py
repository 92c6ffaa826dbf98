"""Writes every kind of text from the talk's own sentences.

Sentences are chosen, tidied by omission, and arranged; none is made up. The few words that are
added name parts of the text, and only in languages that have them here.
"""

from collections.abc import Callable, Sequence
from functools import partial

from pipeline.core.texts import DEFAULT_TEXT_KINDS, Document, TextKind, TextOptions, Texts
from pipeline.texts.kinds.article import article
from pipeline.texts.kinds.linkedin_post import post
from pipeline.texts.kinds.newsletter import newsletter
from pipeline.texts.kinds.quote_cards import quote_cards
from pipeline.texts.kinds.show_notes import show_notes
from pipeline.texts.kinds.threads import thread
from pipeline.texts.kinds.youtube_description import youtube_description
from pipeline.texts.networks import NETWORKS
from pipeline.texts.outline import Outline


def texts(
    plan: Outline,
    kinds: Sequence[TextKind] = DEFAULT_TEXT_KINDS,
    options: TextOptions | None = None,
) -> Texts:
    """Return the requested texts."""
    found = (WRITERS[kind](plan, options or TextOptions()) for kind in kinds)
    return Texts(tuple(found))


WRITERS: dict[TextKind, Callable[[Outline, TextOptions], Document]] = {
    "linkedin_post": post,
    "blog_post": article,
    "youtube_description": youtube_description,
    "show_notes": show_notes,
    "newsletter": newsletter,
    "quote_cards": quote_cards,
    **{kind: partial(thread, kind) for kind in NETWORKS},
}
