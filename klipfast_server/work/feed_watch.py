"""Watches one feed of the settings: each new episode becomes a job of its account, once."""

from datetime import UTC, datetime, timedelta

import structlog
from yarl import URL

from klipfast_server.core.config import Feed
from klipfast_server.core.errors import Conflict, KlipfastError, OverLimit, RateLimited
from klipfast_server.net import feed_document, feed_fetch
from klipfast_server.net.feed_document import Episode
from klipfast_server.net.feed_fetch import Version
from klipfast_server.net.guarded_client import GUARD, FetchError, Guard
from klipfast_server.store import jobs
from klipfast_server.store.accounts import Account
from klipfast_server.store.intake import feeds
from klipfast_server.store.intake.feeds import FeedRow, Seen, Waiting
from klipfast_server.work import configured_requests
from klipfast_server.work.intake_context import IntakeContext

log = structlog.get_logger()

MAX_PAUSE_S = 86_400.0  # between two looks at a feed that fails
RETRY_S = 300.0  # until episodes that found the queue full, or the plan used up, are tried again
# An episode with an older date is no new one, although it was not seen before: a podcast that moves
# to another host often gives all of its episodes new identifiers.
STALE = timedelta(days=30)


class FeedWatch:
    """The watch over one feed."""

    def __init__(self, context: IntakeContext, feed: Feed, guard: Guard = GUARD) -> None:
        self._context, self._feed, self._guard = context, feed, guard
        self._every_s = feed.every_minutes * 60
        # Without the query, in which private feeds have their secret.
        self._log = log.bind(feed=str(URL(feed.url).with_query(None)), account=feed.account)

    async def run(self) -> None:
        """Look whenever it is time; never returns."""
        await self._context.watch("feed", self._log, self.look)

    async def look(self) -> float:
        """Read the feed if it is time, submit what is new; the seconds until the next look."""
        account, _plan = await self._context.account(self._feed.account)
        row = await feeds.ensure(self._context.db, account.account_id, self._feed.url)
        if row.due_s > 0:
            return row.due_s
        pause_s = self._every_s
        try:
            await self._read(row)
        except FetchError as error:
            self._context.count("feed", "failed")
            await feeds.failed(self._context.db, row.feed_id)
            pause_s = min(MAX_PAUSE_S, self._every_s * 2.0 ** min(row.failures + 1, 20))
            pause_s = max(pause_s, self._every_s)
            self._log.warning("feed not read", error=str(error), next_in_s=round(pause_s))
        if not await self._submit_all(account, row):
            pause_s = min(pause_s, RETRY_S)
        await feeds.due_in(self._context.db, row.feed_id, pause_s)
        return pause_s

    async def _read(self, row: FeedRow) -> None:
        """Record what the feed lists now. Raises FetchError."""
        known = Version(etag=row.etag, last_modified=row.last_modified)
        fetched = await feed_fetch.fetch(
            self._feed.url, known, sources=self._context.config.sources, guard=self._guard
        )
        if fetched is None:
            await feeds.unchanged(self._context.db, row.feed_id)
            return
        feed, version = fetched
        title = feed.title or URL(self._feed.url).host or ""
        new = await feeds.record(
            self._context.db,
            row.feed_id,
            title,
            self._seen(feed, row.read_at),
            etag=version.etag,
            last_modified=version.last_modified,
        )
        self._log.info("feed read", episodes=len(feed.episodes), new=new)

    def _seen(self, feed: feed_document.Feed, read_at: datetime | None) -> list[Seen]:
        """Return the episodes, oldest first; at the first look only the newest are wanted."""
        episodes = list(feed.episodes)[::-1]  # a feed has the newest first
        if all(episode.published is not None for episode in episodes):
            episodes.sort(key=_published)
        wanted_from = len(episodes) - self._feed.newest if read_at is None else 0
        return [
            Seen(
                guid=episode.guid,
                url=self._url(episode),
                title=episode.title,
                is_wanted=number >= wanted_from
                and self._url(episode) != ""  # seen all the same: pages may be allowed later
                and not _is_stale(episode, read_at),
            )
            for number, episode in enumerate(episodes)
        ]

    def _url(self, episode: Episode) -> str:
        """Return where an episode is fetched from; "" where that cannot be."""
        return episode.file_url or (episode.page_url if self._context.config.sources.pages else "")

    async def _submit_all(self, account: Account, row: FeedRow) -> bool:
        """Submit what waits; whether all of it could be."""
        for episode in await feeds.waiting(self._context.db, row.feed_id):
            try:
                await self._submit(account, episode)
            except (OverLimit, RateLimited) as error:
                self._context.count("feed", "waiting")
                self._log.warning("episode waits", episode=episode.title, error=error.message)
                return False
            except Conflict as error:  # submitted by somebody else, and still in work
                await feeds.end(self._context.db, episode, "job", str(error.extra.get("job_id")))
            except KlipfastError as error:
                self._context.count("feed", "refused")
                self._log.warning("episode refused", episode=episode.title, error=error.message)
                await feeds.end(self._context.db, episode, "refused")
        return True

    async def _submit(self, account: Account, episode: Waiting) -> None:
        """Make a job of an episode. Raises KlipfastError."""
        context = self._context
        job_id: str | None = await context.db.pool.fetchval(
            context.db.sql["job_of_url"], account.account_id, episode.url, episode.seen_at
        )
        if job_id is None:
            submission = configured_requests.submission(
                self._feed,
                episode.url,
                {"feed": episode.feed, "episode": episode.title},
                title=episode.title,
                config=context.config,
                caption_styles=context.engine.caption_styles,
            )
            job_id = (
                await jobs.submit(context.db, context.config, account.account_id, submission)
            ).job_id
        await feeds.end(context.db, episode, "job", job_id)
        self._context.count("feed", "job")
        self._log.info("episode submitted", episode=episode.title, job_id=job_id)


def _published(episode: Episode) -> datetime:
    return episode.published or datetime.min.replace(tzinfo=UTC)


def _is_stale(episode: Episode, read_at: datetime | None) -> bool:
    """Whether an episode that was not seen before is an old one all the same."""
    return (
        read_at is not None
        and episode.published is not None
        and (episode.published < read_at - STALE)
    )
