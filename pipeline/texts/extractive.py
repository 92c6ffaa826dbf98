"""Writes the thread, the post and the article from the talk's own sentences.

Sentences are chosen, tidied by omission, and arranged; none is made up. The few words that are
added name parts of the text, and only in languages that have them here.
"""

from collections.abc import Sequence

from pipeline.core.data import TEXT_KINDS, TextKind, Texts
from pipeline.texts.article import article
from pipeline.texts.linkedin_post import post
from pipeline.texts.outline import Outline
from pipeline.texts.twitter_thread import thread


def texts(plan: Outline, kinds: Sequence[TextKind] = TEXT_KINDS) -> Texts:
    """Return the requested texts; others, and texts of a talk without speech, are empty."""
    if not plan.lines:
        return Texts(twitter_thread="", linkedin_post="", blog_post="")
    return Texts(
        twitter_thread=thread(plan) if "twitter_thread" in kinds else "",
        linkedin_post=post(plan) if "linkedin_post" in kinds else "",
        blog_post=article(plan) if "blog_post" in kinds else "",
    )
