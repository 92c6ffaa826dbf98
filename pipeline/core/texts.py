"""The texts that accompany the clips: what they consist of, and what each sentence rests on."""

from dataclasses import dataclass
from typing import Literal, get_args

TextKind = Literal[
    "twitter_thread",
    "linkedin_post",
    "blog_post",
    "youtube_description",
    "show_notes",
    "newsletter",
    "bluesky_thread",
    "threads_thread",
    "mastodon_thread",
    "quote_cards",
]
TEXT_KINDS: tuple[TextKind, ...] = get_args(TextKind)
DEFAULT_TEXT_KINDS: tuple[TextKind, ...] = TEXT_KINDS[:3]  # the documented ones
TEXT_NAMES: dict[TextKind, str] = {  # in a sentence
    "twitter_thread": "a thread",
    "linkedin_post": "a post",
    "blog_post": "an article",
    "youtube_description": "a description",
    "show_notes": "show notes",
    "newsletter": "a newsletter",
    "bluesky_thread": "a Bluesky thread",
    "threads_thread": "a Threads thread",
    "mastodon_thread": "a Mastodon thread",
    "quote_cards": "quote cards",
}
MAX_HOOKS = 3

TextLength = Literal["short", "normal", "long"]
TextFormat = Literal["markdown", "html", "plain"]

BlockKind = Literal[
    "title",
    "standfirst",  # who talks, about what, for how long
    "summary",
    "heading",
    "paragraph",
    "hook",  # opens a post, a sentence per line
    "question",  # asked by the interviewer
    "quotation",  # pulled out of the text
    "list",
    "numbered_list",
    "chapters",  # a line per statement, which begins with its time
    "message",  # one of a thread
    "tags",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOptions:
    """How the texts are to be written."""

    length: TextLength = "normal"
    hook: int = 1  # from 1 to MAX_HOOKS: the best moment, or the second or third best
    tone: str = ""  # for a language model, in the caller's words: "dry", "for beginners"
    link: str = ""  # address at which the talk is published; times in texts link into it


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A sentence, a point of a list or a heading, and the sentences of the talk it rests on."""

    text: str  # plain, without markup
    sources: tuple[int, ...] = ()  # indices in Transcript.sentences; none: a label
    start_s: float | None = None  # where the talk says it, if the text tells; else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A part of a text."""

    kind: BlockKind
    statements: tuple[Statement, ...]
    speaker: str | None = None  # who is named as saying it, if anybody
    start_s: float | None = None  # where in the talk the part begins, if the text tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotation:
    """What a quote card says."""

    text: str  # without quotation marks around it
    author: str = ""  # nobody is named if empty
    language: str = ""  # ISO 639-1, of the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A written text. Every name and number in it occurs in the transcript."""

    kind: TextKind
    language: str  # ISO 639-1
    text: str  # as published: Markdown for articles, show notes and newsletters, else plain
    blocks: tuple[Block, ...] = ()
    author: str = "extractive"  # or the language model's name, or "user"
    reason: str = ""  # why there is no text, or why a model's parts were left out; else ""


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a talk, at most one of each kind."""

    documents: tuple[Document, ...] = ()

    def text(self, kind: TextKind) -> str:
        """Return the text of a kind as published, "" if there is none."""
        return next((d.text for d in self.documents if d.kind == kind), "")

    def by_kind(self) -> dict[TextKind, str]:
        """Return all texts as published."""
        return {d.kind: d.text for d in self.documents}

    def withheld(self) -> list[str]:
        """Return why texts are empty, a sentence for each."""
        return [d.reason for d in self.documents if not d.text]

    @property
    def twitter_thread(self) -> str:
        """Numbered posts, separated by blank lines."""
        return self.text("twitter_thread")

    @property
    def linkedin_post(self) -> str:
        """Plain text."""
        return self.text("linkedin_post")

    @property
    def blog_post(self) -> str:
        """Markdown."""
        return self.text("blog_post")
