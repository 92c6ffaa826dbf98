"""Answers about texts; the names and types of the documented fields are binding."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Struct, UnsetType

from klipfast_server.schema.fields import about
from klipfast_server.schema.job_options import WrittenWith
from klipfast_server.schema.responses import JobId
from klipfast_server.schema.vocabulary import TextWarning
from pipeline.core.texts import TextFormat, TextKind


class TextOutputs(Struct, frozen=True, kw_only=True):
    """Texts by kind.

    The first three are always there, and empty until they are written or if they were not
    requested; a further kind is there if it was requested.
    """

    twitter_thread: Annotated[str, about("Numbered posts separated by blank lines.")] = ""
    linkedin_post: Annotated[str, about("Plain text.")] = ""
    blog_post: Annotated[str, about("Markdown.")] = ""
    youtube_description: Annotated[
        str | UnsetType, about("Plain text with chapters, at most 5,000 bytes.")
    ] = UNSET
    show_notes: Annotated[str | UnsetType, about("Markdown.")] = UNSET
    newsletter: Annotated[str | UnsetType, about("Markdown: the title is the subject line.")] = (
        UNSET
    )
    bluesky_thread: Annotated[str | UnsetType, about("Posts separated by blank lines.")] = UNSET
    threads_thread: Annotated[str | UnsetType, about("Posts separated by blank lines.")] = UNSET
    mastodon_thread: Annotated[str | UnsetType, about("Posts separated by blank lines.")] = UNSET
    quote_cards: Annotated[
        str | UnsetType, about("Quotations with name and time, separated by blank lines.")
    ] = UNSET


class TextSource(Struct, frozen=True, kw_only=True):
    """A sentence, heading or point of a text, and what it rests on."""

    text: Annotated[str, about("The sentence as the text has it, without markup.")]
    sentences: Annotated[
        list[int], about("Indices of the spoken sentences in `sentences` of the transcript.")
    ]
    start_seconds: Annotated[float, about("Start of the first of them in the source, in seconds.")]
    end_seconds: Annotated[float, about("End of the last of them in the source, in seconds.")]
    speaker: Annotated[
        str | None, about("Who says them; null if unknown, or if several people do.")
    ]


class JobText(Struct, frozen=True, kw_only=True):
    """A text of a job, and where it comes from."""

    kind: Annotated[TextKind, about("Kind of the text.")]
    text: Annotated[str, about("The text as published; empty if it was withheld.")]
    format: Annotated[TextFormat, about("Format in which this kind is published.")]
    author: Annotated[
        str,
        about(
            "extractive: from the talk's own sentences; user: your own, by PUT; else the "
            "name of a language model; empty for texts written before this was recorded."
        ),
    ]
    reason: Annotated[
        str,
        about("Why there is no text, or why parts of a model's text were left out; may be empty."),
    ]
    warnings: Annotated[
        list[TextWarning],
        about("Claims of your own text that are not in the talk, and exceeded limits."),
    ]
    updated_at: Annotated[datetime, about("When it was written, or replaced.", tz=True)]
    etag: Annotated[str, about("Its ETag with quotation marks, for If-Match and If-None-Match.")]
    picture_urls: Annotated[
        list[str],
        about(
            "URLs of the pictures of quote_cards as PNG, one for each quotation; they "
            "need the API key. Empty for other texts."
        ),
    ]
    options: Annotated[WrittenWith, about("Options it was last written with.")]
    sources: Annotated[
        list[TextSource],
        about("What each sentence rests on, in the order of the text; empty if unknown."),
    ]
    version: Annotated[int, about("Number of this version; 1 is the first.")]
    versions: Annotated[int, about("How many versions of the text there are.")]


class TextVersions(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/texts/{text}/versions."""

    job_id: JobId
    kind: Annotated[TextKind, about("Kind of the text.")]
    versions: Annotated[
        list[JobText], about("The last twenty versions of the text, the current one first.")
    ]


class JobTexts(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/texts."""

    job_id: JobId
    texts: Annotated[list[JobText], about("The texts of the job, one of a kind.")]
