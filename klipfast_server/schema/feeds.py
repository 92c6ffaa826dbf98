"""Feeds of the settings, as the account whose jobs their episodes become sees them."""

from typing import Annotated, Any, Literal

from msgspec import Struct

from klipfast_server.schema.fields import about
from klipfast_server.schema.vocabulary import Moment


class FeedEpisode(Struct, frozen=True, kw_only=True):
    """An episode published since the feed is watched."""

    title: Annotated[str, about("Title of the episode; may be empty.")]
    state: Annotated[
        Literal["waiting", "job", "refused"],
        about(
            "waiting: becomes a job once the queue and the plan have room. refused: "
            "its recording cannot be fetched."
        ),
    ]
    job_id: Annotated[str | None, about("The job that it became, which may be deleted.")]
    seen_at: Annotated[Moment, about("When the server first saw it.")]


class FeedDetail(Struct, frozen=True, kw_only=True):
    """A feed that the server watches."""

    url: Annotated[str, about("Its URL without the query, which may have a secret.")]
    title: Annotated[str | None, about("Its title; null until it was read.")]
    every_minutes: Annotated[float, about("Minutes between checks.")]
    options: Annotated[
        dict[str, Any],
        about("Options of its episodes: fields of POST /api/v1/process."),
    ]
    read_at: Annotated[Moment | None, about("When it was last read; null: never.")]
    next_read_at: Annotated[
        Moment | None, about("When it is read next; null before the first time.")
    ]
    failures: Annotated[
        int, about("Consecutive failed checks, the last one included; the log says why.")
    ]
    episodes: Annotated[
        list[FeedEpisode],
        about("The latest that became jobs or will; at most ten, newest first."),
    ]


class FeedList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/feeds."""

    feeds: Annotated[list[FeedDetail], about("Feeds of the account, in the order of the settings.")]
