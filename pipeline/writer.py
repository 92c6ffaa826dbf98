"""The thread, the post and the article of a talk. Knows nothing of how they are worded.

Two writers: `grounded` arranges the talk's own sentences, and needs nothing but them; `ghostwriter`
has a language model write, where one is configured, and keeps the grounded text wherever what the
model wrote does not hold.
"""

from collections.abc import Sequence

from pipeline import ghostwriter, grounded, words
from pipeline.control import Control
from pipeline.data import TEXT_KINDS, Highlight, TextKind, Texts, Transcript
from pipeline.drafts import Author
from pipeline.evidence import Evidence
from pipeline.ghostwriter import Brief
from pipeline.outline import outline
from pipeline.weighing import Embed

NOTHING = Texts(twitter_thread="", linkedin_post="", blog_post="")


def write_texts(
    transcript: Transcript,
    highlights: Sequence[Highlight],
    *,
    embed: Embed | None,
    kinds: Sequence[TextKind] = TEXT_KINDS,
    author: Author | None = None,
    control: Control | None = None,
    masked: bool = False,
) -> Texts:
    """The texts that are wanted; empty strings for the others, and where nothing was said.

    `masked`: strong words wear stars in the transcript, and must in what an author writes.
    Raises Canceled.
    """
    if not kinds:
        return NOTHING
    plan = outline(transcript, highlights, embed)
    found = grounded.texts(plan, kinds)
    if author is None or found == NOTHING:
        return found
    brief = Brief(
        plan=plan,
        evidence=Evidence(transcript),
        masked=masked,
        takeaways=words.TAKEAWAYS.get(transcript.language),
    )
    return ghostwriter.rewritten(found, brief, author, control or Control())
