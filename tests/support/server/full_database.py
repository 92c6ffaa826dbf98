"""Fills a database with the most that one may hold: for tests of what large answers cost."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import msgspec
from fake_talk import AUDIO, VIDEO

from klipfast_server.core import identifiers
from klipfast_server.schema.writing.text_requests import MAX_TEXT_CHARS
from klipfast_server.store import sign_ins, talk_json
from klipfast_server.store.database import Connection
from pipeline.analysis.chapter_choice import MAX_CANDIDATES
from pipeline.core.data import (
    Breakdown,
    ChapterStart,
    Highlight,
    Options,
    Sentence,
    Source,
    Talk,
    Transcript,
    Word,
)
from pipeline.core.texts import TEXT_KINDS, Block, Statement

TALK_S = 21_600.0  # the longest source of any plan
MAX_WORDS = 150_000  # longest given transcript, which is more than anybody says
SENTENCE_WORDS = 12
CLIPS = 20
CODES = ("c" * 200, "d" * 200)  # that sign a person in
SESSION = identifiers.SESSION_PREFIX + "c" * 32  # in a cookie
CLIP_SENTENCES = 100  # 173 s of MAX_WORDS
QUEUED = 400  # jobs of many accounts; one account alone queues 200
MAX_WEBHOOKS = 10  # most webhooks of an account
MAX_BRANDS = 20
STATEMENTS = 200  # statements of a text
LINES = 101  # lines of lists, whose pages have 100
TRANSCRIPT_CHARS = 600_000
PHRASE = ("Ünïcödé phrase of a hundred letters " * 3)[:100]
METADATA = {f"{number:064}": "m" * 512 for number in range(16)}


def talk(words: int = MAX_WORDS) -> Talk:
    """A talk of that many words, with the most highlights."""
    step_s, duration_s = TALK_S / MAX_WORDS, TALK_S * words / MAX_WORDS
    spoken = tuple(
        Word(
            text=f"w{number % 97}." if number % SENTENCE_WORDS == SENTENCE_WORDS - 1 else "word",
            start_s=round(number * step_s, 3),
            end_s=round(number * step_s + 0.8 * step_s, 3),
            probability=0.9123,
        )
        for number in range(words)
    )
    sentences = tuple(
        Sentence(
            text=" ".join(word.text for word in spoken[first : first + SENTENCE_WORDS]),
            start_s=spoken[first].start_s,
            end_s=spoken[first + SENTENCE_WORDS - 1].end_s,
            first_word=first,
            last_word=first + SENTENCE_WORDS - 1,
            speaker=f"Speaker {first % 7}",
        )
        for first in range(0, words - SENTENCE_WORDS + 1, SENTENCE_WORDS)
    )
    length = min(CLIP_SENTENCES, len(sentences) // CLIPS)
    highlights = tuple(
        Highlight(
            start_s=sentences[first].start_s,
            end_s=sentences[first + length - 1].end_s,
            first_sentence=first,
            last_sentence=first + length - 1,
            score=0.5,
            virality_score=50,
            breakdown=Breakdown(hook=0.1, flow=0.2, value=0.3, energy=0.4),
            reason="It begins with a question.",
            title="T" * 200,
            description="D" * 500,
            hashtags=("#word",) * 5,
        )
        for first in range(0, CLIPS * length, length)
    )
    return Talk(
        source=Source(
            path=Path("/talk.mp4"),
            container="mov",
            duration_s=duration_s,
            origin_s=0.0,
            video=VIDEO,
            audio=AUDIO,
        ),
        transcript=Transcript(
            language="en", duration_s=duration_s, words=spoken, sentences=sentences
        ),
        highlights=highlights,
        chapters=tuple(
            ChapterStart(start_s=60.0 * n, title="T" * 60, sources=(n,), strength=1.0, usual=True)
            for n in range(MAX_CANDIDATES)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """What `lay_in` has put into the database, by id."""

    job_id: str  # with everything there may be
    clip_id: str
    queued_id: str
    failed_id: str
    ended_id: str  # with as much, to be deleted
    upload_id: str
    deleted_upload_id: str
    webhook_id: str
    deleted_webhook_id: str
    delivery_id: str  # a delivery to the webhook
    job_delivery_id: str
    brand_id: str  # one of as many as there may be, less one
    deleted_brand_id: str
    deleted_key_id: str
    deleted_session_id: str
    ends_s: float  # end of the talk
    word_times: tuple[tuple[float, float], ...]  # start and end of each of the clip's words


# Whoever makes a job, no worker may start it.
NOBODY_STARTS = """
    CREATE FUNCTION nobody_starts() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN NEW.parallel_jobs = 0; RETURN NEW; END $$;
    CREATE TRIGGER nobody_starts BEFORE INSERT ON jobs
        FOR EACH ROW EXECUTE FUNCTION nobody_starts()
"""


async def fill_queue(connection: Connection, count: int = QUEUED) -> None:
    """Queue jobs of other accounts that no worker may start."""
    await connection.execute(
        """
        WITH others AS (
            INSERT INTO accounts (account_id, name, plan, credits)
            SELECT 'acc_other' || n, 'other ' || n, 'business', 0 FROM generate_series(1, $1) n
            RETURNING account_id)
        INSERT INTO jobs (job_id, account_id, video_url, options, same_work, parallel_jobs)
        SELECT 'job_of' || account_id, account_id, 'upload://upload_none', '{}', '', 0 FROM others
        """,
        count,
    )


async def lay_in(connection: Connection, account: str, what: Talk) -> Laid:
    """Put the most that calls may find into the database, and return what they can name."""
    account_id = await connection.fetchval(
        "SELECT account_id FROM accounts WHERE name = $1", account
    )
    jobs = {name: identifiers.new("job") for name in ("full", "queued", "failed", "ended")}
    for name, job_id in jobs.items():
        status = {"queued": "queued", "failed": "failed"}.get(name, "completed")
        await _add_job(connection, account_id, job_id, status)
        await _add_clips(connection, account_id, job_id, what)
        await _add_texts(connection, job_id, what)
    for name in ("full", "ended"):
        await connection.execute(
            "INSERT INTO talks (talk_id, job_id, account_id, talk) VALUES ($1, $1, $2, $3::jsonb)",
            jobs[name],
            account_id,
            talk_json.encode(what),
        )
        await connection.execute("UPDATE jobs SET talk_id = $1 WHERE job_id = $1", jobs[name])
    await connection.execute("DELETE FROM webhooks WHERE account_id = $1", account_id)
    await connection.execute(
        "INSERT INTO job_webhook_secrets (account_id, secret) VALUES ($1, '\\x00') "
        "ON CONFLICT DO NOTHING",
        account_id,
    )
    hooks = [identifiers.new("wh") for _ in range(MAX_WEBHOOKS - 1)]
    for hook in hooks:
        await connection.execute(
            "INSERT INTO webhooks (webhook_id, account_id, url, events, secret) "
            "VALUES ($1, $2, 'https://receiver.invalid/', '{job.failed}', '\\x00')",
            hook,
            account_id,
        )
    await connection.execute("DELETE FROM brands WHERE account_id = $1", account_id)
    brands = [identifiers.new("brand") for _ in range(MAX_BRANDS - 1)]
    for brand in brands:
        await connection.execute(
            "INSERT INTO brands (brand_id, account_id, name, settings) VALUES ($1, $2, $3, '{}')",
            brand,
            account_id,
            "b" * 100,
        )
    uploads = [identifiers.new("upload") for _ in range(2)]
    for upload in uploads:
        await connection.execute(
            "INSERT INTO uploads (upload_id, account_id, file_name, size_bytes, sha256, source, "
            "expires_at) VALUES ($1, $2, $3, 1, $4, $5::jsonb, now() + interval '1 day')",
            upload,
            account_id,
            "n" * 200,
            hashlib.sha256(upload.encode()).digest(),
            json.dumps({"duration_seconds": TALK_S, "width": 1280, "height": 720, "fps": 30}),
        )
    await connection.execute(
        "UPDATE jobs SET kept_source = $2 WHERE job_id = $1", jobs["full"], uploads[0]
    )
    for code in CODES:
        await connection.execute(
            "INSERT INTO sign_in_codes (code_hash, account_id, expires_at) "
            "VALUES ($1, $2, now() + interval '1 hour')",
            hashlib.sha256(code.encode()).digest(),
            account_id,
        )
    session_id = await _add_sessions(connection, account_id)
    key_id = identifiers.new("key")
    await connection.execute(
        "INSERT INTO api_keys (key_id, account_id, key_hash) VALUES ($1, $2, $3)",
        key_id,
        account_id,
        key_id.encode(),
    )
    told, told_job = [
        await _add_deliveries(connection, account_id, jobs["full"], hook)
        for hook in (hooks[0], None)
    ]
    first = what.highlights[0]
    words = what.transcript.words[
        what.transcript.sentences[first.first_sentence].first_word : what.transcript.sentences[
            first.last_sentence
        ].last_word
        + 1
    ]
    return Laid(
        job_id=jobs["full"],
        clip_id=identifiers.clip_id(jobs["full"], 0),
        queued_id=jobs["queued"],
        failed_id=jobs["failed"],
        ended_id=jobs["ended"],
        upload_id=uploads[0],
        deleted_upload_id=uploads[1],
        webhook_id=hooks[0],
        deleted_webhook_id=hooks[1],
        delivery_id=told,
        job_delivery_id=told_job,
        brand_id=brands[0],
        deleted_brand_id=brands[1],
        deleted_key_id=key_id,
        deleted_session_id=session_id,
        ends_s=what.transcript.duration_s,
        word_times=tuple((word.start_s, word.end_s) for word in words[:2000]),
    )


async def _add_sessions(connection: Connection, account_id: str) -> str:
    """Add as many as an account may have, SESSION among them; return the id of another."""
    session_ids = [identifiers.new("session") for _ in range(sign_ins.MAX_SESSIONS)]
    secrets = [SESSION, *session_ids[1:]]
    await connection.execute(
        "INSERT INTO api_keys (key_id, account_id, key_hash, name, expires_at, is_session) "
        "SELECT id, $3, sha256(secret::bytea), repeat('b', 40), now() + interval '1 day', true "
        "FROM unnest($1::text[], $2::text[]) s (id, secret)",
        session_ids,
        secrets,
        account_id,
    )
    return session_ids[1]


async def _add_job(connection: Connection, account_id: str, job_id: str, status: str) -> None:
    options = Options(
        transcript="word " * (TRANSCRIPT_CHARS // 5), keywords=(PHRASE,) * 20, vocabulary=(PHRASE,)
    )
    await connection.execute(
        "INSERT INTO jobs (job_id, account_id, status, video_url, options, same_work, "
        "parallel_jobs, duration_s, metadata, webhook_url, source, finished_at) "
        "VALUES ($1, $2, $3::job_status, 'https://receiver.invalid/talk.mp4', $4::jsonb, $5, 0, "
        "$6, $7::jsonb, 'https://receiver.invalid/', $8::jsonb, now())",
        job_id,
        account_id,
        status,
        msgspec.json.encode(options).decode(),
        job_id.encode(),
        TALK_S,
        json.dumps(METADATA),
        json.dumps({"duration_seconds": TALK_S, "width": 1280, "height": 720, "fps": 30}),
    )


async def _add_texts(connection: Connection, job_id: str, what: Talk) -> None:
    """Add texts of two hundred statements, each of which rests on ten sentences."""
    count = len(what.transcript.sentences)
    statements = tuple(
        Statement(text="x" * 250, sources=tuple((n * 10 + m) % count for m in range(10)))
        for n in range(STATEMENTS)
    )
    blocks = (Block(kind="paragraph", statements=statements),)
    for kind in TEXT_KINDS:
        await connection.execute(
            "INSERT INTO texts (job_id, kind, text, blocks, author) "
            "VALUES ($1, $2, $3, $4::jsonb, 'extractive')",
            job_id,
            kind,
            "x" * MAX_TEXT_CHARS,
            msgspec.json.encode(blocks).decode(),
        )


async def _add_clips(connection: Connection, account_id: str, job_id: str, what: Talk) -> None:
    for ordinal, highlight in enumerate(what.highlights):
        clip_id = identifiers.clip_id(job_id, ordinal)
        await connection.execute(
            "INSERT INTO clips (clip_id, job_id, account_id, ordinal, title, virality_score, "
            "duration_s, width, height, caption_style, start_s, end_s, score, reason, transcript, "
            "hashtags, file_key, thumbnail_key, clean_key, size_bytes, description, expires_at, "
            "home_job_id, home_ordinal, chosen_at) "
            "VALUES ($1, $2, $3, $4, $5, 50, $6, 1080, 1920, 'karaoke', $7, $8, "
            '\'{"hook": 0.1, "flow": 0.1, "value": 0.1, "energy": 0.1}\', \'r\', $9, '
            "'{#a,#b,#c,#d,#e}', $10, $11, $12, 1, $13, now() + interval '1 day', $2, $4, now())",
            clip_id,
            job_id,
            account_id,
            ordinal,
            highlight.title,
            highlight.end_s - highlight.start_s,
            highlight.start_s,
            highlight.end_s,
            "word " * 600,
            f"clips/{job_id}/{clip_id}.mp4",
            f"clips/{job_id}/{clip_id}.jpg",
            f"clips/{job_id}/{clip_id}-clean.mp4",
            highlight.description,
        )


async def _add_deliveries(
    connection: Connection, account_id: str, job_id: str, webhook_id: str | None
) -> str:
    """Add ended deliveries, more than a page; return the id of one."""
    last = ""
    for _ in range(LINES):
        last = identifiers.new("dlv")
        await connection.execute(
            "INSERT INTO deliveries (delivery_id, account_id, job_id, webhook_id, target, url, "
            "event, payload, status, error, next_attempt_at, give_up_at) "
            "VALUES ($1, $2, $3, $4, coalesce($4, $3), 'https://receiver.invalid/', "
            "'job.failed', $5, 'failed', $6, NULL, now())",
            last,
            account_id,
            job_id,
            webhook_id,
            b"{}",
            "e" * 200,
        )
    return last
