"""The texts of a job: list them with their sources, get, replace and rewrite them."""

import asyncio
import re

import msgspec
from aiohttp import web

from klipfast_server.api import app_keys, caller, conditions, links, replies, request_parsing
from klipfast_server.api.operations import operation
from klipfast_server.api.texts import text_answers, text_lookup
from klipfast_server.core.errors import NotFound
from klipfast_server.schema import job_responses
from klipfast_server.schema.writing import text_requests, text_responses
from klipfast_server.store import ended_jobs, jobs, texts
from klipfast_server.store.jobs import Job
from klipfast_server.store.talks import rewrites
from klipfast_server.store.texts import TextRow
from pipeline.core.data import Options
from pipeline.core.texts import TextFormat
from pipeline.texts import formats

routes = web.RouteTableDef()

MEDIA: dict[TextFormat, tuple[str, str]] = {
    "plain": ("text/plain", "txt"),
    "markdown": ("text/markdown", "md"),
    "html": ("text/html", "html"),
}
# Saved and not shown, and without effect where a browser shows it nevertheless.
STATIC = {"Content-Security-Policy": "default-src 'none'; sandbox"}
NUMBER = re.compile(r"[0-9]{1,9}")
WRITTEN = ("text/plain", "text/markdown")  # what a text may be sent as, besides JSON


@routes.get("/api/v1/jobs/{job_id}/texts")
@operation(tag="Texts", answers={200: (text_responses.JobTexts,)}, errors=(409,))
async def list_texts(request: web.Request) -> web.Response:
    """List the texts of a job: who wrote them, and which spoken sentences each sentence rests on.

    A withheld text is listed empty, with the reason. 409: the texts are not written yet, or this
    job rewrites a text of another one.
    """
    job = await text_lookup.ended_job(request)
    db, account_id = caller.of(request)
    rows = await texts.listed(db, account_id, job.job_id)
    talk = await ended_jobs.find_talk(db, job) if rows else None
    pictures = links.quote_cards_url(job.job_id, links.base_url(request))
    found = await asyncio.to_thread(text_answers.answers, rows, talk, pictures=pictures)
    return replies.reply(text_responses.JobTexts(job_id=job.job_id, texts=found))


@routes.get("/api/v1/jobs/{job_id}/texts/{text}")
@operation(
    tag="Texts",
    query=text_requests.TextQuery,
    answers={200: tuple(media for media, _ in MEDIA.values()), 304: ()},
    errors=(409,),
    headers=(conditions.IF_NONE_MATCH,),
    answer_headers=conditions.ETAG,
    example_query="?format=html",
)
async def get_text(request: web.Request) -> web.Response:
    """Get a text of a job as a file.

    404: there is no such text, or it was not requested. 409: it is not written yet.
    """
    asked = request_parsing.query(request, text_requests.TextQuery).format
    kind, job = text_lookup.kind(request), await text_lookup.ended_job(request)
    row = await text_lookup.written(request, job, kind)
    known = conditions.headers_of(row.tag)
    if conditions.same_as_known(request, row.tag):
        return web.Response(status=304, headers=known)
    form = formats.NATIVE[kind] if asked == "published" else asked
    text = row.text
    if asked != "published":
        text = await asyncio.to_thread(_converted, row, job, form)
    media, end = MEDIA[form]
    return web.Response(
        body=(text.rstrip("\n") + "\n").encode(),
        headers={
            "Content-Type": f"{media}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="{kind}.{end}"',
            **(STATIC if form == "html" else {}),
            **known,
        },
    )


@routes.put("/api/v1/jobs/{job_id}/texts/{text}")
@operation(
    tag="Texts",
    body=text_requests.OwnText,
    raw_body=WRITTEN,
    answers={200: (text_responses.JobText,)},
    errors=(409, 412),
    headers=conditions.PUT_HEADERS,
    example={"text": "# What nobody tells you\n\nMy own words."},
)
async def put_text(request: web.Request) -> web.Response:
    """Replace a text of a completed job with your own, or add one.

    The text is checked against the talk: `warnings` lists claims that are not in the talk, and
    exceeded limits. It is stored regardless, as a new version; earlier ones stay. A job that is
    writing this text is canceled. 409: the job has not completed. 412: the text no longer has the
    ETag in If-Match.
    """
    kind, job = text_lookup.kind(request), await text_lookup.ended_job(request)
    texts.check_completed(job)
    check = conditions.of_put(request)
    own = (await _own(request)).normalized()
    db, account_id = caller.of(request)
    talk = await ended_jobs.get_talk(db, account_id, job.job_id)
    options = msgspec.json.decode(job.options, type=Options)
    found = await asyncio.to_thread(
        text_answers.warnings, own, kind, talk, masked=options.profanity == "mask"
    )
    row = await texts.edit(db, account_id, job.job_id, kind, text=own, warnings=found, check=check)
    pictures = links.quote_cards_url(job.job_id, links.base_url(request))
    return replies.reply(await asyncio.to_thread(text_answers.answer, row, (), pictures=pictures))


@routes.get("/api/v1/jobs/{job_id}/texts/{text}/versions")
@operation(tag="Texts", answers={200: (text_responses.TextVersions,)}, errors=(409,))
async def list_text_versions(request: web.Request) -> web.Response:
    """List the versions of a text, those of your own included.

    The first is the current one, which all other calls use. 409: the texts are not written yet.
    """
    return replies.reply(await _versions(request))


@routes.post("/api/v1/jobs/{job_id}/texts/{text}/versions/{version}/restore")
@operation(
    tag="Texts", answers={200: (text_responses.TextVersions,)}, errors=(409,), idempotent=True
)
async def restore_text_version(request: web.Request) -> web.Response:
    """Make a version of a text the current one again; answers as the list of versions.

    A job that is writing it is canceled. 409: the job has not completed.
    """
    kind, job = text_lookup.kind(request), await text_lookup.ended_job(request)
    number = request.match_info["version"]
    if NUMBER.fullmatch(number) is None:
        raise NotFound(f"{job.job_id} has no version {number} of its {kind}.")
    db, account_id = caller.of(request)
    await texts.restore(db, account_id, job.job_id, kind, int(number))
    return replies.reply(await _versions(request))


async def _versions(request: web.Request) -> text_responses.TextVersions:
    kind, job = text_lookup.kind(request), await text_lookup.ended_job(request)
    rows = await texts.versions(*caller.of(request), job.job_id, kind)
    if not rows:
        await text_lookup.written(request, job, kind)  # says why there is none
    talk = await ended_jobs.find_talk(request.app[app_keys.DATABASE], job) if rows else None
    pictures = links.quote_cards_url(job.job_id, links.base_url(request))
    found = await asyncio.to_thread(text_answers.answers, rows, talk, pictures=pictures)
    return text_responses.TextVersions(job_id=job.job_id, kind=kind, versions=found)


@routes.post("/api/v1/jobs/{job_id}/texts/{text}")
@operation(
    tag="Texts",
    body=text_requests.Rewrite,
    answers={202: (job_responses.Accepted,)},
    errors=(409,),
    idempotent=True,
    gives={"job_id": "/job_id"},
    example={"length": "short", "hook": 2},
)
async def rewrite_text(request: web.Request) -> web.Response:
    """Write or rewrite a text of a completed job; free, without transcribing again.

    Creates a job that you can follow and cancel. When it completes, its text becomes the current
    version; earlier ones stay. 409: the job has not completed, or the text is being written.
    """
    body = await request_parsing.body(request, text_requests.Rewrite)
    db, account_id = caller.of(request)
    kind, job = text_lookup.kind(request), await text_lookup.ended_job(request)
    submission = msgspec.structs.replace(
        await rewrites.submission(db, account_id, job.job_id, kind, body),
        base_url=links.base_url(request),
    )
    queued = await jobs.submit(db, request.app[app_keys.CONFIG], account_id, submission)
    return replies.reply(await caller.accepted(request, queued), status=202)


async def _own(request: web.Request) -> text_requests.OwnText:
    """Return the text that the body is, or has. Raises BadRequest."""
    if request.content_type not in WRITTEN:
        return await request_parsing.body(request, text_requests.OwnText)
    return request_parsing.convert(
        {"text": await request_parsing.plain_text(request)}, text_requests.OwnText, "The body"
    )


def _converted(row: TextRow, job: Job, form: TextFormat) -> str:
    """Return a text in another format; blocks."""
    return formats.convert(row.document(job.language or "en"), form, link=row.written_with().link)
