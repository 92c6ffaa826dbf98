"""GET /api/v1/feeds: what of the settings concerns the account."""

from aiohttp import web
from yarl import URL

from klipfast_server.api import app_keys, replies
from klipfast_server.api.operations import operation
from klipfast_server.core.config import Feed
from klipfast_server.schema import feeds as schema
from klipfast_server.schema.vocabulary import moment, moment_or_none
from klipfast_server.store.intake import feeds
from klipfast_server.store.intake.feeds import FeedState

routes = web.RouteTableDef()

HIDDEN = {"webhook_url"}  # options left out of answers, because the address may contain a secret


@routes.get("/api/v1/feeds")
@operation(tag="Jobs", answers={200: (schema.FeedList,)})
async def list_feeds(request: web.Request) -> web.Response:
    """List the podcast feeds whose new episodes become jobs of the account.

    The server's settings name them; they cannot be changed here.
    """
    account = request[app_keys.ACCOUNT]
    watched = [feed for feed in request.app[app_keys.CONFIG].feeds if feed.account == account.name]
    states = await feeds.states(request.app[app_keys.DATABASE], account.account_id)
    answer = [_detail(feed, states.get(feed.url)) for feed in watched]
    return replies.reply(schema.FeedList(feeds=answer))


def _detail(feed: Feed, state: FeedState | None) -> schema.FeedDetail:
    episodes = state.episodes if state else []
    return schema.FeedDetail(
        url=str(URL(feed.url).with_user(None).with_query(None)),
        title=(state.title or None) if state else None,
        every_minutes=feed.every_minutes,
        options={name: value for name, value in feed.options.items() if name not in HIDDEN},
        read_at=moment_or_none(state.read_at) if state else None,
        next_read_at=moment(state.due_at) if state else None,
        failures=state.failures if state else 0,
        episodes=[
            schema.FeedEpisode(
                title=episode.title,
                state=episode.state,
                job_id=episode.job_id,
                seen_at=moment(episode.seen_at),
            )
            for episode in episodes
        ],
    )
