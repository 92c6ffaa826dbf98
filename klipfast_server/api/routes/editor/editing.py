"""GET /api/v1/clips/{clip_id}/editing: all that an editor begins with, in one answer."""

import asyncio
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from msgspec import structs

from klipfast_server import serializers
from klipfast_server.api import app_keys, caller, links, replies
from klipfast_server.api.operations import operation
from klipfast_server.api.routes import sources
from klipfast_server.api.routes.results import cuts_of, parts_of
from klipfast_server.schema import job_options
from klipfast_server.schema.clip_transcripts import ClipWord
from klipfast_server.schema.talk.clip_editing import (
    ClipEditing,
    NamedBrand,
    NearMoment,
    SuggestedCut,
)
from klipfast_server.store import brands, ended_jobs, jobs, talk_json
from klipfast_server.store.talk_json import StoredTalk
from klipfast_server.store.talks import clip_rows
from klipfast_server.store.talks.clip_rows import ClipRow
from pipeline.analysis.waveform import PEAKS_PER_S
from pipeline.core.data import Highlight, Word
from pipeline.editing import suggested_cuts
from pipeline.editing.clip_edit import middle_s

routes = web.RouteTableDef()

AROUND_S = 180.0  # the longest clip: how far one can grow on each side


@routes.get("/api/v1/clips/{clip_id}/editing")
@operation(tag="Clips", answers={200: (ClipEditing,)}, errors=(409,))
async def get_editing(request: web.Request) -> web.Response:
    """Get all that an editor of a clip begins with: its words, cuts, options and versions.

    409: the job is not transcribed.
    """
    db, account_id = caller.of(request)
    clip = await clip_rows.get(db, account_id, request.match_info["clip_id"])
    job = await jobs.get(db, account_id, clip.job_id)
    versions = await clip_rows.versions(db, account_id, clip.clip_id)
    storage, base = request.app[app_keys.STORAGE], links.base_url(request)
    shown = [
        await serializers.clip_detail(storage, version, base, current=versions[0].clip_id)
        for version in versions
    ]
    talk = await ended_jobs.get_talk(db, account_id, job.job_id)
    part = await asyncio.to_thread(_around, talk, clip)
    picture_url = None
    if job.kept_source is not None:
        picture_url = sources.picture_url(request, job)
    return replies.reply(
        ClipEditing(
            clip=next(version for version in shown if version.clip_id == clip.clip_id),
            versions=shown,
            options=job_options.decode(job.options),
            caption_styles=list(request.app[app_keys.ENGINE].caption_styles),
            brands=[
                NamedBrand(brand_id=brand.brand_id, name=brand.name)
                for brand in await brands.listed(db, account_id)
            ],
            picture_url=picture_url,
            **part,
        )
    )


def _around(row: StoredTalk, clip: ClipRow) -> dict[str, Any]:
    """Return what is said in a clip and around it. Blocks."""
    talk = talk_json.decode(row)
    own, highlight = talk_json.decode_clip(row, clip.ordinal)
    start_s, end_s = max(0.0, clip.start_s - AROUND_S), clip.end_s + AROUND_S
    said = talk.transcript
    whole = talk_json.decode(structs.replace(row, edits=talk_json.NONE), words=False)
    sentences = [s for s in said.sentences if s.start_s < end_s and s.end_s > start_s]
    first, last = (int(at_s * PEAKS_PER_S) for at_s in (start_s, end_s))
    return {
        "words": _within(said.words, start_s, end_s),
        "own_words": _within(own.words, clip.start_s, clip.end_s),
        "cuts": cuts_of(highlight),
        "parts": parts_of(highlight),
        "suggested_cuts": [
            SuggestedCut(
                reason=found.reason,
                start_seconds=round(found.span.start_s, 3),
                end_seconds=round(found.span.end_s, 3),
            )
            for found in suggested_cuts.suggest(said.words, sentences, said.language)
        ],
        "moments": [
            NearMoment(
                title=moment.title,
                start_seconds=round(moment.start_s, 3),
                end_seconds=round(moment.end_s, 3),
            )
            for moment in sorted(
                (*whole.highlights, *(other.highlight for other in whole.candidates)),
                key=lambda moment: moment.start_s,
            )
            if start_s <= moment.start_s and moment.end_s <= end_s and _is_beside(moment, clip)
        ],
        "waveform": list(talk.waveform[first:last]),
        "waveform_starts": first / PEAKS_PER_S,
    }


def _is_beside(moment: Highlight, clip: ClipRow) -> bool:
    return moment.end_s <= clip.start_s or clip.end_s <= moment.start_s


def _within(words: Iterable[Word], start_s: float, end_s: float) -> list[ClipWord]:
    return [
        ClipWord(text=w.text, start_seconds=round(w.start_s, 3), end_seconds=round(w.end_s, 3))
        for w in words
        if start_s <= middle_s(w) < end_s
    ]
