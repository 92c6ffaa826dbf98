"""The texts of jobs: stored as they are written, listed, and replaced by their caller's own.

Each writing is a version, so that nothing that somebody wrote is lost; the one chosen last is
meant.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from klipfast_server.core.errors import Conflict, NotFound
from klipfast_server.schema.vocabulary import TextWarning
from klipfast_server.store import jobs
from klipfast_server.store.database import Connection, Database
from klipfast_server.store.faults import rerun
from klipfast_server.store.jobs import Job
from pipeline.core.data import Options
from pipeline.core.texts import TEXT_KINDS, Block, Document, TextKind, TextOptions, Texts

NOTHING = "The talk has no sentences that it could be written from."
MAX_VERSIONS = 20  # the last that stay of a text, besides the one that is meant
USER = "user"  # the author of what a caller has put there
TAG_DIGITS = 32  # hexadecimal: two texts of a job never share their first 128 bits of SHA-256


class TextRow(Struct, frozen=True, kw_only=True):
    """A row of texts; `blocks`, `warnings` and `options` are JSON."""

    kind: TextKind
    text: str
    blocks: str
    author: str
    reason: str
    warnings: str
    options: str
    updated_at: datetime
    version: int
    versions: int  # how many there are

    @property
    def tag(self) -> str:
        """Return what names the text as it is, in every format; another one once it has changed."""
        shown = (self.text, self.document("").blocks, self.written_with().link)
        return hashlib.sha256(msgspec.json.encode(shown)).hexdigest()[:TAG_DIGITS]

    def document(self, language: str) -> Document:
        """Return the document of a talk in that language."""
        return Document(
            kind=self.kind,
            language=language,
            text=self.text,
            blocks=msgspec.json.decode(self.blocks, type=tuple[Block, ...]),
            author=self.author,
            reason=self.reason,
        )

    def written_with(self) -> TextOptions:
        """Return the options that it was written with."""
        return msgspec.json.decode(self.options, type=TextOptions)

    def told(self) -> list[TextWarning]:
        """Return what it claims and the talk does not, if its user wrote it."""
        return msgspec.json.decode(self.warnings, type=list[TextWarning])


Check = Callable[[TextRow | None], None]
"""Raises Changed if the text that is there, None if there is none, must not be replaced."""


async def put(
    db: Database, connection: Connection, job_id: str, texts: Texts, options: Options
) -> None:
    """Store every requested text; one that was not written is stored empty, with the reason.

    Nobody else writes a text of the job before the transaction ends.
    """
    await connection.execute(db.sql["hold_job"], job_id)
    written = {document.kind: document for document in texts.documents}
    wishes = msgspec.json.encode(options.text_options).decode()
    for kind in options.text_outputs:
        document = written.get(kind, Document(kind=kind, language="", text="", reason=NOTHING))
        await connection.execute(
            db.sql["put_text"],
            job_id,
            kind,
            document.text,
            msgspec.json.encode(document.blocks).decode(),
            document.author,
            document.reason,
            wishes,
        )
        await connection.execute(db.sql["drop_old_texts"], job_id, kind, MAX_VERSIONS)


async def listed(db: Database, account_id: str, job_id: str) -> list[TextRow]:
    """Return the texts of a job, in the order of TEXT_KINDS."""
    rows = await db.pool.fetch(db.sql["job_texts"], job_id, account_id)
    found = [msgspec.convert(dict(row), TextRow) for row in rows]
    return sorted(found, key=lambda row: TEXT_KINDS.index(row.kind))


async def find(db: Database, account_id: str, job_id: str, kind: TextKind) -> TextRow | None:
    """Return a text of a job; None if there is none of that kind."""
    rows = await listed(db, account_id, job_id)
    return next((row for row in rows if row.kind == kind), None)


def check_completed(job: Job) -> None:
    """Raise Conflict unless the job has completed."""
    if job.status != "completed":
        raise Conflict(
            f"{job.job_id} is {job.status}; texts exist only for completed jobs.", job_id=job.job_id
        )


@rerun
async def edit(
    db: Database,
    account_id: str,
    job_id: str,
    kind: TextKind,
    *,
    text: str,
    warnings: list[TextWarning],
    check: Check = lambda _row: None,
) -> TextRow:
    """Replace a text by the caller's own, and cancel what is about to write it again.

    What is there already may be put there once more, as after a lost answer: it is not checked
    (RFC 9110, 13.1.1), and is no new version. Raises NotFound, Conflict for a job that has not
    completed, or Changed.
    """
    check_completed(await jobs.get(db, account_id, job_id))
    async with db.pool.acquire() as connection, connection.transaction():
        await _cancel_rewriting(db, connection, job_id, kind)
        before = await _lock(db, connection, account_id, job_id, kind)
        told = msgspec.json.encode(warnings).decode()
        if before is not None and (before.author, before.text) == (USER, text):
            version = before.version
            edited = await connection.fetchrow(db.sql["renew_text"], job_id, kind, version, told)
        else:
            check(before)
            options = None if before is None else before.options
            edited = await connection.fetchrow(
                db.sql["edit_text"], job_id, account_id, kind, text, told, options
            )
        await connection.execute(db.sql["drop_old_texts"], job_id, kind, MAX_VERSIONS)
    if edited is None:  # deleted this very moment
        check_completed(await jobs.get(db, account_id, job_id))
        raise AssertionError("a completed job stays one")
    return msgspec.convert(dict(edited), TextRow)


async def versions(db: Database, account_id: str, job_id: str, kind: TextKind) -> list[TextRow]:
    """Return all versions of a text, the one that is meant first."""
    rows = await db.pool.fetch(db.sql["text_versions"], job_id, account_id, kind)
    return [msgspec.convert(dict(row), TextRow) for row in rows]


@rerun
async def restore(
    db: Database, account_id: str, job_id: str, kind: TextKind, version: int
) -> TextRow:
    """Have a version of a text be meant again, and cancel what is about to write it again.

    Raises NotFound, or Conflict for a job that has not completed.
    """
    check_completed(await jobs.get(db, account_id, job_id))
    async with db.pool.acquire() as connection, connection.transaction():
        await _cancel_rewriting(db, connection, job_id, kind)
        await connection.execute(db.sql["lock_own_job"], job_id, account_id)
        row = await connection.fetchrow(db.sql["restore_text"], job_id, kind, version)
        if row is None:
            raise NotFound(f"{job_id} has no version {version} of its {kind}.")
    return msgspec.convert(dict(row), TextRow)


async def _cancel_rewriting(
    db: Database, connection: Connection, job_id: str, kind: TextKind
) -> None:
    for row in await connection.fetch(db.sql["cancel_rewriting"], job_id, kind):
        await connection.execute(db.sql["notify"], f"canceled {row['job_id']}")


async def _lock(
    db: Database, connection: Connection, account_id: str, job_id: str, kind: TextKind
) -> TextRow | None:
    """Return a text that nobody else replaces, or adds, before the transaction ends."""
    await connection.execute(db.sql["lock_own_job"], job_id, account_id)
    row = await connection.fetchrow(db.sql["lock_text"], job_id, account_id, kind)
    return None if row is None else msgspec.convert(dict(row), TextRow)
