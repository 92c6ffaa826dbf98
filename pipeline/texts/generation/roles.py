"""Lists the parts that a text consists of: how many, how long, and what each is for."""

from dataclasses import dataclass
from typing import Literal

from pipeline.core.texts import BlockKind, TextKind, TextLength
from pipeline.language import languages
from pipeline.language.text_limits import MAX_TWEET_CHARS

RoleName = Literal[
    "title", "summary", "section", "takeaways", "hook", "paragraph", "question", "message"
]
Range = tuple[int, int]  # both included

MAX_LINE_CHARS = 140  # maximum characters of a line of a hook, and of a question
MAX_TITLE_CHARS = 100
MESSAGE_CHARS = MAX_TWEET_CHARS - len("12/ ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """What a part of a text is for."""

    name: RoleName
    block: BlockKind
    task: str  # for its author
    parts: dict[TextLength, Range]  # parts of this role in a text
    sentences: Range  # sentences of a part
    max_chars: int = 4000  # characters of a part
    headed: bool = False  # whether its author also writes a heading
    under_heading: bool = False  # whether it stands below the heading that a language has for it
    late: bool = False  # written when the other parts are there
    label: bool = False  # names what follows, and is no sentence
    restates: bool = False  # says in short what other parts say


def _always(least: int, most: int) -> dict[TextLength, Range]:
    return {"short": (least, most), "normal": (least, most), "long": (least, most)}


# The roles of each kind, in the order of the text.
ROLES: dict[TextKind, tuple[Role, ...]] = {
    "twitter_thread": (
        Role(
            name="message",
            block="message",
            task="one message of a thread: one idea in at most 260 characters. No number in front, "
            "no hashtags. The first message makes a stranger read on; the last one closes.",
            parts={"short": (2, 4), "normal": (3, 8), "long": (5, 12)},
            sentences=(1, 4),
            max_chars=MESSAGE_CHARS,
        ),
    ),
    "linkedin_post": (
        Role(
            name="hook",
            block="hook",
            task="the first one or two lines of a post, each a short sentence that makes a "
            "stranger read on.",
            parts=_always(1, 1),
            sentences=(1, 2),
            max_chars=2 * MAX_LINE_CHARS,
        ),
        Role(
            name="paragraph",
            block="paragraph",
            task="one short paragraph of a post: two to four plain sentences.",
            parts={"short": (1, 2), "normal": (1, 4), "long": (2, 6)},
            sentences=(1, 4),
            max_chars=700,
        ),
        Role(
            name="takeaways",
            block="list",
            task="three to five takeaways of one sentence each.",
            parts=_always(0, 1),
            sentences=(3, 5),
            max_chars=900,
        ),
        Role(
            name="question",
            block="paragraph",
            task="a single question to the readers that the talk raises.",
            parts=_always(0, 1),
            sentences=(1, 1),
            max_chars=MAX_LINE_CHARS,
        ),
    ),
    "blog_post": (
        Role(
            name="title",
            block="title",
            task="the title of the article, as its only sentence, with small letters like a "
            "sentence and no full stop.",
            parts=_always(1, 1),
            sentences=(1, 1),
            max_chars=MAX_TITLE_CHARS,
            late=True,
            label=True,
            restates=True,
        ),
        Role(
            name="summary",
            block="summary",
            task="the summary of the article in one to three sentences, which no section repeats.",
            parts=_always(1, 1),
            sentences=(1, 3),
            max_chars=600,
            late=True,
            restates=True,
        ),
        Role(
            name="section",
            block="paragraph",
            task="one section of an article: a heading, and four to ten sentences about its "
            "subject. Quote the speakers' own words where they say it best.",
            parts={"short": (1, 3), "normal": (2, 6), "long": (3, 8)},
            sentences=(2, 14),
            headed=True,
        ),
        Role(
            name="takeaways",
            block="list",
            task="three to six takeaways of one sentence each.",
            parts=_always(0, 1),
            sentences=(3, 6),
            max_chars=1200,
            under_heading=True,
            restates=True,
        ),
    ),
}
TEXT_NAMES: dict[TextKind, str] = {
    "twitter_thread": "a Twitter thread",
    "linkedin_post": "a LinkedIn post",
    "blog_post": "a blog article",
}


def roles(kind: TextKind, language: str) -> dict[str, Role]:
    """Return the roles of a kind by name, in the order of the text.

    An article has takeaways only in languages with a heading for them.
    """
    headed = kind != "blog_post" or bool(languages.language(language).takeaways_heading)
    return {role.name: role for role in ROLES[kind] if headed or role.name != "takeaways"}
