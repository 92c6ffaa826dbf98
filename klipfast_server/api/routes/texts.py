"""The texts of a job: list them with their sources, get, replace and rewrite them."""

import asyncio

import msgspec
from aiohttp import web

from klipfast_server import serializers
from klipfast_server.api import app_keys, links, replies, request_parsing, text_answers
from klipfast_server.api.operations import operation
from klipfast_server.core.errors import Conflict, NotFound
from klipfast_server.schema import responses, text_requests
from klipfast_server.store import ended_jobs, jobs, rewrites, texts
from klipfast_server.store.jobs import Job
from klipfast_server.store.texts import TextRow
from pipeline.core.data import Options
from pipeline.core.texts import TEXT_KINDS, TextFormat, TextKind
from pipeline.texts import formats

routes = web.RouteTableDef()

MEDIA: dict[TextFormat, tuple[str, str]] = {
    "plain": ("text/plain", "txt"),
    "markdown": ("text/markdown", "md"),
    "html": ("text/html", "html"),
}
# Saved and not shown, and without effect where a browser shows it nevertheless.
STATIC = {"Content-Security-Policy": "default-src 'none'; sandbox"}
WRITTEN = ("text/plain", "text/markdown")  # what a text may be sent as, besides JSON


@routes.get("/api/v1/jobs/{job_id}/texts")
@operation(tag="Texts", answers={200: (responses.JobTexts,)}, errors=(409,))
async def list_texts(request: web.Request) -> web.Response:
    """List the texts of a job: who wrote them, and which spoken sentences each sentence rests on.

    A text that was withheld is listed without text, with the reason. 409: they are not written
    yet, or the job writes a text of another one.
    """
    job = await _ended(request)
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    rows = await texts.listed(db, account_id, job.job_id)
    talk = await ended_jobs.get_talk(db, account_id, job.job_id) if rows else None
    found = await asyncio.to_thread(text_answers.answers, rows, talk)
    return replies.reply(responses.JobTexts(job_id=job.job_id, texts=found))


@routes.get("/api/v1/jobs/{job_id}/texts/{text}")
@operation(
    tag="Texts",
    query=text_requests.TextQuery,
    answers={200: tuple(media for media, _ in MEDIA.values())},
    errors=(409,),
    example_query="?format=html",
)
async def get_text(request: web.Request) -> web.Response:
    """Get a text of a job as a file: twitter_thread, linkedin_post or blog_post.

    404: there is no such text, or it was not requested. 409: it is not written yet.
    """
    asked = request_parsing.query(request, text_requests.TextQuery).format
    kind, job = _kind(request), await _ended(request)
    row = await texts.find(
        request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id, job.job_id, kind
    )
    if row is None or not row.text:
        reason = f": {row.reason}" if row is not None and row.reason else "."
        raise NotFound(f"{job.job_id} has no {kind}{reason}")
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
        },
    )


@routes.put("/api/v1/jobs/{job_id}/texts/{text}")
@operation(
    tag="Texts",
    body=text_requests.OwnText,
    raw_body=WRITTEN,
    answers={200: (responses.JobText,)},
    errors=(409,),
    example={"text": "# What nobody tells you\n\nMy own words."},
)
async def put_text(request: web.Request) -> web.Response:
    """Replace a text of a completed job by your own, or add one.

    It is compared with the talk: `warnings` names what it claims and nobody said, and limits that
    it breaks; it is stored all the same. Writing it again by POST brings back a written one. A job
    that is writing it is canceled. 409: the job has not completed.
    """
    kind, job = _kind(request), await _ended(request)
    texts.check_completed(job)
    own = (await _own(request)).normalized()
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    talk = await ended_jobs.get_talk(db, account_id, job.job_id)
    options = msgspec.json.decode(job.options, type=Options)
    found = await asyncio.to_thread(
        text_answers.warnings, own, kind, talk, masked=options.profanity == "mask"
    )
    row = await texts.edit(db, account_id, job.job_id, kind, text=own, warnings=found)
    return replies.reply(text_answers.answer(row, ()))


@routes.post("/api/v1/jobs/{job_id}/texts/{text}")
@operation(
    tag="Texts",
    body=text_requests.Rewrite,
    answers={202: (responses.Accepted,)},
    errors=(409,),
    idempotent=True,
    gives={"job_id": "/job_id"},
    example={"length": "short", "hook": 2},
)
async def rewrite_text(request: web.Request) -> web.Response:
    """Write a text of a completed job again, or for the first time; free, nothing is transcribed.

    Creates a job that can be followed and canceled; its text replaces the present one when it
    completes. 409: the job has not completed, or the text is being written.
    """
    body = await request_parsing.body(request, text_requests.Rewrite)
    db, account_id = request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id
    kind, job = _kind(request), await _ended(request)
    submission = msgspec.structs.replace(
        await rewrites.submission(db, account_id, job.job_id, kind, body),
        base_url=links.base_url(request),
    )
    accepted = await jobs.submit(db, request.app[app_keys.CONFIG], account_id, submission)
    return replies.reply(serializers.accepted(accepted), status=202)


def _kind(request: web.Request) -> TextKind:
    """Return the kind that the path names. Raises NotFound."""
    name = request.match_info["text"]
    for kind in TEXT_KINDS:
        if kind == name:
            return kind
    raise NotFound(f"There is no text {name!r}; there are {', '.join(TEXT_KINDS)}.")


async def _ended(request: web.Request) -> Job:
    """Return the ended job that the path names. Raises NotFound, or Conflict if it has no texts."""
    job_id = request.match_info["job_id"]
    job = await jobs.get(
        request.app[app_keys.DATABASE], request[app_keys.ACCOUNT].account_id, job_id
    )
    if job.status in ("queued", "processing"):
        raise Conflict(f"The texts of {job_id} are not written yet.", job_id=job_id)
    if job.rewrite_of is not None:
        raise Conflict(
            f"{job_id} writes a text of {job.rewrite_of}; its texts are there.",
            job_id=job.rewrite_of,
        )
    return job


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
