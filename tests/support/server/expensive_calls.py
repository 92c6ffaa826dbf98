"""The most expensive legal call of every route, to a server whose database is full.

For the test that each route has one, and for `make test-holds`, which measures how long each holds
the event loop.
"""

import io
import itertools
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hostile_fonts
import numpy as np
import skia
from full_database import CODE, METADATA, PHRASE, TALK_S, TRANSCRIPT_CHARS, Laid

from klipfast_server.schema.reels import MAX_MOMENTS
from klipfast_server.schema.text_requests import MAX_TEXT_CHARS
from pipeline.captions.logo import MAX_SIDE
from pipeline.texts.quotation_reader import MAX_CARDS

BATCH_BYTES = 900_000  # of the body of a batch
FILE_BYTES = 4_000_000  # of an upload: many chunks
TUS = {"Tus-Resumable": "1.0.0"}
BOUNDARY = "x" * 70  # the longest (RFC 2046)


FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
BRAND = {
    "name": "B" * 100,
    "caption_style": {"base": "boxed", "spoken_color": "#FF6A3D", "box_radius": 0},
    "call_to_action": {"text": "ü" * 120, "seconds": 10.0},
    "title_card": {"seconds": 10.0},
}
Route = tuple[str, str]  # method, path with its parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, with all it needs but the key."""

    route: Route
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)  # of aiohttp's request


LOOK = {
    "quality": "best",
    "caption_style": "karaoke",
    "aspect_ratio": "1:1",
    "layout": "fit",
    "motion": "punchy",
    "safe_area": "reels",
    "hook_title": True,
    "emphasis": True,
    "emoji": True,
    "clean_video": True,
    "webhook_url": "https://receiver.invalid/" + "w" * 2000,
    "metadata": METADATA,
}


TEXT_OPTIONS = {
    "length": "long",
    "hook": 3,
    "tone": "ü" * 200,
    "link": "https://example.com/" + "l" * 2000,
}
# Each is looked for in the whole talk.
QUOTATIONS = "".join(f"“say {n} in this” " for n in range(5000))[:MAX_TEXT_CHARS]

# None of them is closed.
MARKS = "„" * MAX_TEXT_CHARS

# In nearly as many places as there may be.
CORRECTIONS = [{"heard": f"word w{n}", "text": f"v{n} {'Ñ' * 40} v{n}"} for n in range(75)]

# The most of them, each as long as it may be, and after them what makes the text the longest.
CARDS = f"“{'say it ' * 42}”\n\n" * MAX_CARDS
CARDS += "“b”\n" * ((MAX_TEXT_CHARS - len(CARDS)) // len("“b”\n"))


def process_body(laid: Laid) -> dict[str, Any]:
    """The largest body of a submission."""
    cue = "{0}\n00:00:{1:02},000 --> 00:00:{1:02},900\n"
    cues = "".join(cue.format(n, n % 60) + "<i>w</i> w\n\n" for n in range(13_000))
    cues = cues[: cues.rindex("\n\n", 0, TRANSCRIPT_CHARS)]
    return LOOK | {
        "brand_id": laid.brand_id,
        "video_url": f"upload://{laid.upload_id}",
        "language": "en",
        "clip_count": 20.0,  # the way that is parsed twice
        "keywords": [PHRASE] * 20,
        "vocabulary": [PHRASE] * 100,
        "range": {"start": 0, "end": TALK_S},
        "remove_silences": "fast",
        "remove_fillers": True,
        "profanity": "mask",
        "transcript": cues.ljust(TRANSCRIPT_CHARS),
        "text_outputs": ["twitter_thread", "linkedin_post", "blog_post"],
        "text_options": TEXT_OPTIONS,
    }


def batch_body(laid: Laid) -> dict[str, Any]:
    """The largest batch: its videos together are nearly as long as a body may be."""
    video = process_body(laid)
    room = BATCH_BYTES // 20 - len(json.dumps(video | {"transcript": "", "title": ""}))
    cut = {"transcript": video["transcript"][: room * 8 // 10]}  # its line breaks take two
    return {"videos": [video | cut | {"title": f"{n:02}" * 50} for n in range(20)]}


def render_body(laid: Laid) -> dict[str, Any]:
    """The largest body of a render."""
    words = [
        {"text": "ü" * 60, "start_seconds": start_s, "end_seconds": end_s}
        for start_s, end_s in laid.word_times
    ]
    parts = [
        {"start_seconds": n / 10, "end_seconds": 180.0, "points": [{"x": 0.5, "y": 0.5}] * 4}
        for n in range(200)
    ]
    own = {"brand_id": laid.brand_id, "title": "T" * 200, "words": words, "framing": parts}
    return LOOK | own


def reel_spans(laid: Laid) -> list[dict[str, float]]:
    """As many spans as a reel may have, which are the whole talk."""
    ends = [laid.ends_s * n / MAX_MOMENTS for n in range(MAX_MOMENTS + 1)]
    return [{"start_seconds": a, "end_seconds": b} for a, b in itertools.pairwise(ends)]


def form(content: bytes) -> bytes:
    """The largest form: the most parts that may be before its file."""
    part = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n".encode()
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name=f; filename="t.mp4"\r\n\r\n'
    return part * 64 + head.encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def large_picture() -> bytes:
    """A logo of the most pixels."""
    picture = np.full((MAX_SIDE, MAX_SIDE, 4), 255, np.uint8)
    picture[::64, :, 0] = 0
    return bytes(skia.Image.fromarray(picture).encodeToData(skia.kPNG, 100))


def once() -> dict[str, str]:
    """The longest header that makes an answer be stored."""
    return {"Idempotency-Key": secrets.token_hex(127)}


def calls(laid: Laid, *, file: bytes, link: str, partials: tuple[str, str]) -> list[Call]:
    """The calls of each route, in an order that leaves each what it names.

    `file` is what is uploaded, `link` a signed one, and `partials` are uploads in pieces that wait
    for `file`.
    """
    job, clip = f"/api/v1/jobs/{laid.job_id}", f"/api/v1/clips/{laid.clip_id}"
    brand = f"/api/v1/brands/{laid.deleted_brand_id}"
    hook, tus = f"/api/v1/webhooks/{laid.webhook_id}", "/api/v1/resumable-uploads"
    name = {"Upload-Metadata": "filename " + "YWJj" * 1800, "Upload-Length": str(len(file))}
    piece = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    multipart = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    host = {"Host": f"{secrets.token_hex(100)}.example"}
    page = "?limit=100"
    return [
        Call(route=("GET", "/healthz"), path="/healthz"),
        Call(route=("GET", "/readyz"), path="/readyz"),
        Call(route=("GET", "/openapi.json"), path="/openapi.json"),
        Call(route=("GET", "/docs"), path="/docs", options={"headers": host}),
        Call(route=("GET", "/files/{key}"), path=link),
        Call(route=("GET", "/api/v1/usage"), path="/api/v1/usage"),
        Call(route=("GET", "/api/v1/feeds"), path="/api/v1/feeds"),
        Call(
            route=("POST", "/api/v1/clips/{clip_id}/feedback"),
            path=f"{clip}/feedback",
            options={"json": {"verdict": "kept"}},
        ),
        Call(route=("GET", "/api/v1/clips/{clip_id}/feedback"), path=f"{clip}/feedback"),
        Call(route=("GET", "/api/v1/caption-styles"), path="/api/v1/caption-styles"),
        Call(
            route=("GET", "/api/v1/caption-styles/{name}/preview.png"),
            path="/api/v1/caption-styles/karaoke/preview.png",
        ),
        Call(route=("GET", "/api/v1/jobs"), path=f"/api/v1/jobs{page}"),
        Call(
            route=("GET", "/api/v1/jobs"),
            path=f"/api/v1/jobs{page}&order=oldest&q={'q' * 200}&metadata=a:{'b' * 500}",
        ),
        Call(route=("GET", "/api/v1/jobs/{job_id}"), path=job),
        Call(route=("GET", "/api/v1/jobs/{job_id}/candidates"), path=f"{job}/candidates"),
        Call(route=("GET", "/api/v1/jobs/{job_id}/events/link"), path=f"{job}/events/link"),
        Call(route=("GET", "/api/v1/jobs/{job_id}/overview"), path=f"{job}/overview?points=20000"),
        Call(route=("GET", "/api/v1/jobs/{job_id}/source/link"), path=f"{job}/source/link"),
        Call(
            route=("GET", "/api/v1/jobs/{job_id}/source/picture"),
            path=f"{job}/source/picture?at_seconds=9.5&width=1920",
        ),
        Call(route=("GET", "/api/v1/jobs/{job_id}/source"), path=f"{job}/source"),
        Call(
            route=("POST", "/api/v1/sign-in"),
            path="/api/v1/sign-in",
            options={"json": {"code": CODE}},
        ),
        Call(route=("GET", "/api/v1/clips"), path=f"/api/v1/clips{page}&order=best&q={'q' * 200}"),
        Call(route=("GET", "/api/v1/keys"), path="/api/v1/keys"),
        Call(
            route=("POST", "/api/v1/keys"),
            path="/api/v1/keys",
            options={"json": {"name": "k" * 100, "expires_at": "2099-01-01T00:00:00Z"}},
        ),
        Call(route=("DELETE", "/api/v1/keys/{key_id}"), path=f"/api/v1/keys/{laid.deleted_key_id}"),
        Call(
            route=("POST", "/api/v1/upload-tokens"),
            path="/api/v1/upload-tokens",
            options={"json": {"max_bytes": 1_000_000}},
        ),
        Call(route=("GET", "/api/v1/jobs/{job_id}/events"), path=f"{job}/events"),
        Call(  # before those that apply the names
            route=("PATCH", "/api/v1/jobs/{job_id}/speakers"),
            path=f"{job}/speakers",
            options={"json": {"names": {f"Speaker {n}": "Ñ" * 80 for n in range(7)}}},
        ),
        Call(  # before those that apply them
            route=("PATCH", "/api/v1/jobs/{job_id}/corrections"),
            path=f"{job}/corrections",
            options={"json": {"corrections": CORRECTIONS}},
        ),
        Call(route=("GET", "/api/v1/jobs/{job_id}/corrections"), path=f"{job}/corrections"),
        Call(route=("GET", "/api/v1/jobs/{job_id}/transcript"), path=f"{job}/transcript"),
        Call(
            route=("GET", "/api/v1/jobs/{job_id}/transcript"), path=f"{job}/transcript?format=vtt"
        ),
        Call(route=("GET", "/api/v1/jobs/{job_id}/timeline"), path=f"{job}/timeline?format=fcpxml"),
        Call(route=("GET", "/api/v1/jobs/{job_id}/chapters"), path=f"{job}/chapters?count=100"),
        Call(route=("GET", "/api/v1/jobs/{job_id}/archive"), path=f"{job}/archive"),
        Call(route=("GET", "/api/v1/jobs/{job_id}/texts"), path=f"{job}/texts"),
        Call(
            route=("GET", "/api/v1/jobs/{job_id}/texts/{text}"),
            path=f"{job}/texts/blog_post?format=html",
        ),
        Call(
            route=("PUT", "/api/v1/jobs/{job_id}/texts/{text}"),
            path=f"{job}/texts/twitter_thread",
            options={"json": {"text": QUOTATIONS}},
        ),
        Call(
            route=("PUT", "/api/v1/jobs/{job_id}/texts/{text}"),
            path=f"{job}/texts/linkedin_post",
            options={"json": {"text": MARKS}},
        ),
        Call(
            route=("PUT", "/api/v1/jobs/{job_id}/texts/{text}"),
            path=f"{job}/texts/quote_cards",
            options={"json": {"text": CARDS}},
        ),
        Call(
            route=("GET", "/api/v1/jobs/{job_id}/texts/quote_cards/{number}.png"),
            path=f"{job}/texts/quote_cards/{MAX_CARDS}.png?caption_style=karaoke",
        ),
        Call(
            route=("POST", "/api/v1/jobs/{job_id}/texts/{text}"),
            path=f"{job}/texts/linkedin_post",
            options={"json": TEXT_OPTIONS, "headers": once()},
        ),
        Call(route=("GET", "/api/v1/jobs/{job_id}/deliveries"), path=f"{job}/deliveries{page}"),
        Call(
            route=("POST", "/api/v1/jobs/{job_id}/deliveries/{delivery_id}/replay"),
            path=f"{job}/deliveries/{laid.job_delivery_id}/replay",
            options={"headers": once()},
        ),
        Call(route=("GET", "/api/v1/clips/{clip_id}"), path=clip),
        Call(route=("GET", "/api/v1/clips/{clip_id}/transcript"), path=f"{clip}/transcript"),
        Call(route=("GET", "/api/v1/clips/{clip_id}/captions"), path=f"{clip}/captions?format=ass"),
        Call(
            route=("POST", "/api/v1/clips/{clip_id}/preview"),
            path=f"{clip}/preview",
            options={"json": render_body(laid) | {"at_seconds": 1.0, "width": 1080}},
        ),
        Call(route=("GET", "/api/v1/clips/{clip_id}/framing"), path=f"{clip}/framing"),
        Call(
            route=("POST", "/api/v1/clips/{clip_id}/renders"),
            path=f"{clip}/renders",
            options={"json": render_body(laid), "headers": once()},
        ),
        Call(
            route=("POST", "/api/v1/jobs/{job_id}/clips"),
            path=f"{job}/clips",
            options={
                "json": render_body(laid) | {"start_seconds": 0.0, "end_seconds": 180.0},
                "headers": once(),
            },
        ),
        Call(
            route=("POST", "/api/v1/jobs/{job_id}/reels"),
            path=f"{job}/reels",
            options={
                "json": LOOK | {"title": "T" * 200, "max_seconds": 180, "spans": reel_spans(laid)},
                "headers": once(),
            },
        ),
        Call(
            route=("POST", "/api/v1/batches"),
            path="/api/v1/batches",
            options={"json": batch_body(laid), "headers": once()},
        ),
        Call(
            route=("POST", "/api/v1/process"),
            path="/api/v1/process",
            options={"json": process_body(laid), "headers": once()},
        ),
        Call(
            route=("GET", "/api/v1/uploads/{upload_id}"), path=f"/api/v1/uploads/{laid.upload_id}"
        ),
        Call(
            route=("POST", "/api/v1/uploads"),
            path="/api/v1/uploads?filename=" + "n" * 255,
            options={"data": io.BytesIO(form(file)), "headers": multipart},
        ),
        Call(
            route=("DELETE", "/api/v1/uploads/{upload_id}"),
            path=f"/api/v1/uploads/{laid.deleted_upload_id}",
        ),
        Call(
            route=("POST", "/api/v1/brands"),
            path="/api/v1/brands",
            options={"json": BRAND, "headers": once()},
        ),
        Call(route=("GET", "/api/v1/brands"), path="/api/v1/brands"),
        Call(route=("GET", "/api/v1/brands/{brand_id}"), path=brand),
        Call(route=("PATCH", "/api/v1/brands/{brand_id}"), path=brand, options={"json": BRAND}),
        Call(
            route=("PUT", "/api/v1/brands/{brand_id}/{file}"),
            path=f"{brand}/font",
            options={"data": io.BytesIO(FONT.read_bytes())},
        ),
        Call(  # about as much to draw as a font may be, for the picture below
            route=("PUT", "/api/v1/brands/{brand_id}/{file}"),
            path=f"{brand}/font",
            options={"data": io.BytesIO(hostile_fonts.nested_composites(3, width=15))},
        ),
        Call(
            route=("PUT", "/api/v1/brands/{brand_id}/{file}"),
            path=f"{brand}/logo",
            options={"data": io.BytesIO(large_picture())},
        ),
        Call(
            route=("GET", "/api/v1/brands/{brand_id}/preview"),
            path=f"{brand}/preview?aspect_ratio=16:9",
        ),
        Call(route=("GET", "/api/v1/brands/{brand_id}/{file}"), path=f"{brand}/font"),
        Call(route=("DELETE", "/api/v1/brands/{brand_id}/{file}"), path=f"{brand}/logo"),
        Call(route=("DELETE", "/api/v1/brands/{brand_id}"), path=brand),
        Call(route=("OPTIONS", tus), path=tus),
        Call(route=("POST", tus), path=tus, options={"headers": TUS | name}),
        Call(
            route=("HEAD", f"{tus}/{{upload_id}}"),
            path=f"{tus}/{partials[0]}",
            options={"headers": TUS},
        ),
        Call(
            route=("PATCH", f"{tus}/{{upload_id}}"),
            path=f"{tus}/{partials[0]}",
            options={"data": io.BytesIO(file), "headers": TUS | piece},
        ),
        Call(
            route=("DELETE", f"{tus}/{{upload_id}}"),
            path=f"{tus}/{partials[1]}",
            options={"headers": TUS},
        ),
        Call(
            route=("POST", "/api/v1/webhooks"),
            path="/api/v1/webhooks",
            options={"json": {"url": LOOK["webhook_url"]}, "headers": once()},
        ),
        Call(route=("GET", "/api/v1/webhooks"), path="/api/v1/webhooks"),
        Call(route=("GET", "/api/v1/webhook-secret"), path="/api/v1/webhook-secret"),
        Call(
            route=("POST", "/api/v1/webhook-secret/rotate"),
            path="/api/v1/webhook-secret/rotate",
            options={"headers": once()},
        ),
        Call(
            route=("GET", "/api/v1/webhooks/{webhook_id}/deliveries"),
            path=f"{hook}/deliveries{page}",
        ),
        Call(
            route=("POST", "/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/replay"),
            path=f"{hook}/deliveries/{laid.delivery_id}/replay",
            options={"headers": once()},
        ),
        Call(
            route=("DELETE", "/api/v1/webhooks/{webhook_id}"),
            path=f"/api/v1/webhooks/{laid.deleted_webhook_id}",
        ),
        Call(
            route=("POST", "/api/v1/webhooks/{webhook_id}/ping"),
            path=f"{hook}/ping",
            options={"headers": once()},
        ),
        Call(
            route=("POST", "/api/v1/jobs/{job_id}/pause"),
            path=f"/api/v1/jobs/{laid.queued_id}/pause",
            options={"headers": once()},
        ),
        Call(
            route=("POST", "/api/v1/jobs/{job_id}/resume"),
            path=f"/api/v1/jobs/{laid.queued_id}/resume",
            options={"headers": once()},
        ),
        Call(
            route=("POST", "/api/v1/jobs/{job_id}/cancel"),
            path=f"/api/v1/jobs/{laid.queued_id}/cancel",
            options={"headers": once()},
        ),
        Call(
            route=("POST", "/api/v1/jobs/{job_id}/retry"),
            path=f"/api/v1/jobs/{laid.failed_id}/retry",
            options={"headers": once()},
        ),
        Call(route=("DELETE", "/api/v1/jobs/{job_id}"), path=f"/api/v1/jobs/{laid.ended_id}"),
    ]
