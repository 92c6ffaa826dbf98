"""The most expensive legal call of every route, to a server whose database is full.

For `make test-holds`, which measures how long each holds the event loop, and for the test that no
route tells a secret.
"""

import io
import itertools
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hostile_fonts
import numpy as np
import skia
from caller import PIECE, TUS
from full_database import CODES, METADATA, PHRASE, SESSION, TALK_S, TRANSCRIPT_CHARS, Laid

from klipfast_server.api.access import session_cookie
from klipfast_server.schema.reels import MAX_MOMENTS
from klipfast_server.schema.writing.text_requests import MAX_TEXT_CHARS
from pipeline.captions.drawing.logo import MAX_SIDE
from pipeline.texts.quotation_reader import MAX_CARDS

BATCH_BYTES = 900_000  # length of a batch's body
BOUNDARY = "x" * 70  # the longest (RFC 2046)


FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")
BRAND = {
    "name": "B" * 100,
    "caption_style": {"base": "boxed", "spoken_color": "#FF6A3D", "box_radius": 0},
    "call_to_action": {"text": "ü" * 120, "seconds": 10.0},
    "title_card": {"seconds": 10.0},
}
SIGNED_IN = {"Authorization": "", "Cookie": f"{session_cookie.NAME}={SESSION}"}
Route = tuple[str, str]  # method, path with its parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, with all it needs but the key."""

    route: Route
    path: str
    options: Mapping[str, Any] = field(default_factory=dict)  # options of aiohttp's request


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
    cuts = [{"start_seconds": n / 10, "end_seconds": n / 10 + 0.001} for n in range(500)]
    own = {"brand_id": laid.brand_id, "title": "T" * 200, "words": words, "framing": parts}
    own["cuts"] = cuts
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


def calls(
    laid: Laid, *, routes: Iterable[Route], file: bytes, link: str, partials: tuple[str, str]
) -> list[Call]:
    """The calls of each route, in an order that leaves each what it names.

    `file` is what is uploaded, `link` a signed one, and `partials` are uploads in pieces that wait
    for `file`. A GET that is not listed has nothing to choose: it names what there is most of.
    """
    ids = {
        "job_id": laid.job_id,
        "clip_id": laid.clip_id,
        "upload_id": laid.upload_id,
        "webhook_id": laid.webhook_id,
        "brand_id": laid.deleted_brand_id,
    }

    def call(method: str, path: str, query: str = "", **more: Any) -> Call:
        names = {name: more.pop(name) for name in list(more) if f"{{{name}}}" in path}
        told = path.format(**ids | names) + query
        return Call(route=(method, path), path=told, options=more)

    def job(method: str, rest: str, query: str = "", **more: Any) -> Call:
        return call(method, "/api/v1/jobs/{job_id}" + rest, query, **more)

    def clip(method: str, rest: str, query: str = "", **more: Any) -> Call:
        return call(method, "/api/v1/clips/{clip_id}" + rest, query, **more)

    def brand(method: str, rest: str = "", query: str = "", **more: Any) -> Call:
        return call(method, "/api/v1/brands/{brand_id}" + rest, query, **more)

    def hook(method: str, rest: str, query: str = "", **more: Any) -> Call:
        return call(method, "/api/v1/webhooks/{webhook_id}" + rest, query, **more)

    def tus(method: str, rest: str = "", **more: Any) -> Call:
        headers = TUS | more.pop("headers", {})
        return call(method, "/api/v1/resumable-uploads" + rest, headers=headers, **more)

    names = {f"Speaker {n}": "Ñ" * 80 for n in range(7)}
    changed = [  # before the calls that read or apply it
        clip("POST", "/feedback", json={"verdict": "kept"}),
        job("PATCH", "/speakers", json={"names": names}),
        job("PATCH", "/corrections", json={"corrections": CORRECTIONS}),
    ]
    page, many = "?limit=100", f"&q={'q' * 200}"
    one_form = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    name = {"Upload-Metadata": "filename " + "YWJj" * 1800, "Upload-Length": str(len(file))}
    piece = PIECE | {"Upload-Offset": "0"}
    span = {"start_seconds": 0.0, "end_seconds": 180.0}
    reel = LOOK | {"title": "T" * 200, "max_seconds": 180, "spans": reel_spans(laid)}
    listed = [
        call("GET", "/docs", headers={"Host": f"{secrets.token_hex(100)}.example"}),
        Call(route=("GET", "/files/{key}"), path=link),
        call("GET", "/api/v1/caption-styles/{name}/preview.png", name="karaoke"),
        call("GET", "/api/v1/caption-styles/{name}/motion.webp", name="karaoke"),
        call("GET", "/api/v1/jobs", page),
        call("GET", "/api/v1/jobs", f"{page}{many}&order=oldest&metadata=a:{'b' * 500}"),
        job("GET", "/overview", "?points=20000"),
        job("GET", "/talk", "?points=20000"),
        job("GET", "/source/picture", "?at_seconds=9.5&width=1920"),
        call("POST", "/api/v1/sign-in", json={"code": CODES[0]}),
        call("DELETE", "/api/v1/sessions/{session_id}", session_id=laid.deleted_session_id),
        call("DELETE", "/api/v1/sessions/current", headers=SIGNED_IN),
        call("POST", "/api/v1/sessions", json={"code": CODES[1]}),
        call("GET", "/api/v1/clips", f"{page}{many}&order=best"),
        call(
            "POST",
            "/api/v1/keys",
            json={"name": "k" * 100, "expires_at": "2099-01-01T00:00:00Z"},
        ),
        call("DELETE", "/api/v1/keys/{key_id}", key_id=laid.deleted_key_id),
        call("POST", "/api/v1/upload-tokens", json={"max_bytes": 1_000_000}),
        job("GET", "/transcript"),
        job("GET", "/transcript", "?format=vtt"),
        job("GET", "/timeline", "?format=fcpxml"),
        job("GET", "/chapters", "?count=100"),
        job("GET", "/texts/{text}", "?format=html", text="blog_post"),
        job("PUT", "/texts/{text}", text="twitter_thread", json={"text": QUOTATIONS}),
        job("PUT", "/texts/{text}", text="linkedin_post", json={"text": MARKS}),
        job("PUT", "/texts/{text}", text="quote_cards", json={"text": CARDS}),
        job("GET", "/texts/quote_cards/{number}.png", "?caption_style=karaoke", number=MAX_CARDS),
        job("POST", "/texts/{text}", text="linkedin_post", json=TEXT_OPTIONS, headers=once()),
        job("GET", "/texts/{text}/versions", text="blog_post"),
        job(
            "POST",
            "/texts/{text}/versions/{version}/restore",
            text="blog_post",
            version=1,
            headers=once(),
        ),
        job("GET", "/deliveries", page),
        job(
            "POST",
            "/deliveries/{delivery_id}/replay",
            delivery_id=laid.job_delivery_id,
            headers=once(),
        ),
        clip("GET", "/captions", "?format=ass"),
        clip("POST", "/preview", json=render_body(laid) | {"at_seconds": 1.0, "width": 1080}),
        clip("GET", "/editing"),
        clip("POST", "/preview/stream", json=render_body(laid)),
        clip("GET", "/preview/stream", "?start=3"),
        clip("POST", "/renders", json=render_body(laid), headers=once()),
        clip("POST", "/restore", headers=once()),
        job("POST", "/clips", json=render_body(laid) | span, headers=once()),
        job("POST", "/reels", json=reel, headers=once()),
        call("POST", "/api/v1/batches", json=batch_body(laid), headers=once()),
        call("POST", "/api/v1/process", json=process_body(laid), headers=once()),
        call(
            "POST",
            "/api/v1/uploads",
            "?filename=" + "n" * 255,
            data=io.BytesIO(form(file)),
            headers=one_form,
        ),
        call("DELETE", "/api/v1/uploads/{upload_id}", upload_id=laid.deleted_upload_id),
        call("POST", "/api/v1/brands", json=BRAND, headers=once()),
        brand("PATCH", json=BRAND),
        brand("PUT", "/{file}", file="font", data=io.BytesIO(FONT.read_bytes())),
        # about as much to draw as a font may be, for the picture below
        brand(
            "PUT",
            "/{file}",
            file="font",
            data=io.BytesIO(hostile_fonts.nested_composites(3, width=15)),
        ),
        brand("PUT", "/{file}", file="logo", data=io.BytesIO(large_picture())),
        brand("GET", "/preview", "?aspect_ratio=16:9"),
        brand("GET", "/{file}", file="font"),
        brand("DELETE", "/{file}", file="logo"),
        brand("DELETE"),
        tus("OPTIONS"),
        tus("POST", headers=name),
        tus("HEAD", "/{upload_id}", upload_id=partials[0]),
        tus("PATCH", "/{upload_id}", upload_id=partials[0], data=io.BytesIO(file), headers=piece),
        tus("DELETE", "/{upload_id}", upload_id=partials[1]),
        call("POST", "/api/v1/webhooks", json={"url": LOOK["webhook_url"]}, headers=once()),
        call("POST", "/api/v1/webhook-secret/rotate", headers=once()),
        hook("GET", "/deliveries", page),
        hook(
            "POST", "/deliveries/{delivery_id}/replay", delivery_id=laid.delivery_id, headers=once()
        ),
        hook("DELETE", "", webhook_id=laid.deleted_webhook_id),
        hook("POST", "/ping", headers=once()),
        job("POST", "/pause", job_id=laid.queued_id, headers=once()),
        job("POST", "/resume", job_id=laid.queued_id, headers=once()),
        job("POST", "/cancel", job_id=laid.queued_id, headers=once()),
        job("POST", "/retry", job_id=laid.failed_id, headers=once()),
        job("POST", "/trash", job_id=laid.ended_id, headers=once()),
        job("POST", "/restore", job_id=laid.ended_id, headers=once()),
        job("DELETE", "", job_id=laid.ended_id),
        clip("DELETE", ""),
    ]
    known = {each.route for each in listed}
    plain = [route for route in sorted(routes) if route[0] == "GET" and route not in known]
    return changed + [call(*route) for route in plain] + listed
