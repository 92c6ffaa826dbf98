"""Calls of the API in any order, while jobs run, fail and stand still: the books must balance.

Hypothesis chooses the calls, some of them at the same moment. Each answer must be one that is
documented for what the caller knows, and in the end minutes, storage, rows and files must be those
of the jobs that are there.
`make test-any-order` tries more of them.
"""

import asyncio
import os
import time
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import hypothesis
from aiohttp import ClientResponse
from caller import ENDED, Caller, Client, files_below, make_caller
from fake_engine import FakeEngine
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from klipfast_server.core.config import Config
from klipfast_server.store.database import Database
from pipeline.core.errors import NoSpeech

EXAMPLES = int(os.environ.get("KLIPFAST_ORDERS", "5"))
PROCESS = "/api/v1/process"
STEPS = 30
PATIENCE_S = 30.0
STAGES = ("listen", "clip 0", "clip 1", "write")
picks = st.integers(0, 1000)  # place in a list, modulo its length
lengths = st.sampled_from((10, 20, 40))  # seconds of a talk; a clip for every ten


async def together(calls: Sequence[Coroutine[Any, Any, Any]]) -> list[Any]:
    """What calls that are made at the same moment return."""
    return await asyncio.gather(*calls)


class Server:
    """The running server, as threads use it."""

    def __init__(self, client: Client, engine: FakeEngine, db: Database, config: Config) -> None:
        self.engine, self.db, self.config = engine, db, config
        self.accounts = 0
        self._client, self._loop = client, asyncio.get_running_loop()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run it on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def new_caller(self) -> Caller:
        """An account that nobody has used."""
        self.accounts += 1
        name = f"account{self.accounts}"
        caller: Caller = self.run(make_caller(self._client, account=name, plan="business"))
        return caller


class AnyOrder(RuleBasedStateMachine):
    """What one caller does, and what it knows.

    Rules have no preconditions: those would depend on how far the server has come, and Hypothesis
    wants the same choices to lead to the same rules. A rule without anything to work on does
    nothing.
    """

    server: Server

    def __init__(self) -> None:
        super().__init__()
        self.ada = self.server.new_caller()
        self.uploads: list[tuple[str, int]] = []  # (id, seconds)
        self.jobs: dict[str, int] = {}  # id → clips that it makes; deleted ones are gone
        self.minutes: dict[str, float] = {}  # id → of each job, deleted ones, too
        self.charged: set[str] = set()  # jobs that have been completed
        self.deleted: set[str] = set()
        self.unseen: set[str] = set()  # deleted jobs whose end nobody has seen
        self.lost_clips: set[int] = set()  # ordinals that a fault of the file may have cost a job

    def call(self, method: str, path: str, *allowed: int, **options: Any) -> tuple[int, Any]:
        """(status, JSON) of a call, whose status must be allowed."""
        answer: tuple[int, Any] = self.server.run(self._called(method, path, allowed, **options))
        return answer

    async def _called(
        self, method: str, path: str, allowed: Sequence[int], **options: Any
    ) -> tuple[int, Any]:
        response: ClientResponse = await self.ada.call(method, path, **options)
        body = None if response.status == 204 else await response.json()
        assert response.status in allowed, (method, path, response.status, body)
        return response.status, body

    def look(self, job_id: str) -> Any:
        """The job; a completed one stays so, with all its clips but those of which it was told."""
        _, job = self.call("GET", f"/api/v1/jobs/{job_id}", 200)
        if job["status"] == "completed":
            wanted = self.jobs[job_id]
            lost = sum(ordinal < wanted for ordinal in self.lost_clips)
            assert max(1, wanted - lost) <= len(job["clips"]) <= wanted
            self.charged.add(job_id)
        assert (job_id in self.charged) <= (job["status"] == "completed"), job
        assert (job["finished_at"] is not None) == (job["status"] in ENDED)
        return job

    @rule(seconds=lengths)
    def upload(self, seconds: int) -> None:
        """Send a talk."""
        _, sent = self.call("POST", "/api/v1/uploads", 201, data=f"seconds {seconds}".encode())
        self.uploads.append((sent["upload_id"], seconds))

    @rule(pick=picks)
    def remove_upload(self, pick: int) -> None:
        """Delete an upload, unless a job needs it."""
        if not self.uploads:
            return
        upload_id, _ = self.uploads[pick % len(self.uploads)]
        status, _ = self.call("DELETE", f"/api/v1/uploads/{upload_id}", 204, 404, 409)
        if status != 409:
            self.uploads = [one for one in self.uploads if one[0] != upload_id]

    @rule(pick=picks, style=st.sampled_from(("karaoke", "none")))
    def submit(self, pick: int, style: str) -> None:
        """Make clips of an upload; the same work is refused while it is in progress."""
        if not self.uploads:
            return
        upload_id, seconds = self.uploads[pick % len(self.uploads)]
        body = {"video_url": f"upload://{upload_id}", "caption_style": style}
        status, job = self.call("POST", PROCESS, 202, 404, 409, 422, json=body)
        if status == 202:
            self.jobs[job["job_id"]] = seconds // 10
            self.minutes[job["job_id"]] = seconds / 60

    @rule(pick=picks)
    def cancel(self, pick: int) -> None:
        """Cancel a job; nothing of it remains."""
        if not self.jobs:
            return
        job_id = list(self.jobs)[pick % len(self.jobs)]
        before = self.look(job_id)["status"]
        status, job = self.call("POST", f"/api/v1/jobs/{job_id}/cancel", 200, 409)
        assert (status == 409) >= (before in ENDED)
        if status == 200:
            assert (job["status"], job["clips"]) == ("canceled", [])

    @rule(pick=picks)
    def retry(self, pick: int) -> None:
        """Try a failed or canceled job again."""
        if not self.jobs:
            return
        job_id = list(self.jobs)[pick % len(self.jobs)]
        before = self.look(job_id)["status"]
        status, _ = self.call("POST", f"/api/v1/jobs/{job_id}/retry", 202, 409, 422)
        # One that has not ended may have failed since; the same work may be in progress elsewhere.
        assert (status == 409) >= (before == "completed")

    @rule(pick=picks)
    def delete(self, pick: int) -> None:
        """Delete an ended job; its clips are gone at once."""
        if not self.jobs:
            return
        job_id = list(self.jobs)[pick % len(self.jobs)]
        job = self.look(job_id)
        clips = job["clips"]
        status, _ = self.call("DELETE", f"/api/v1/jobs/{job_id}", 204, 409)
        if status == 409:
            return
        if job["finished_at"] is None:  # it has ended since: completed, or not
            self.unseen.add(job_id)
        self.jobs.pop(job_id)
        self.deleted.add(job_id)
        self.call("GET", f"/api/v1/jobs/{job_id}", 404)
        for clip in clips:
            self.call("GET", f"/api/v1/clips/{clip['clip_id']}", 404)

    @rule(pick=picks, title=st.sampled_from(("One", "Two")))
    def render(self, pick: int, title: str) -> None:
        """Render a clip again, for free."""
        if not self.jobs:
            return
        job_id = list(self.jobs)[pick % len(self.jobs)]
        clips = self.look(job_id)["clips"]
        if clips:
            address = f"/api/v1/clips/{clips[0]['clip_id']}/renders"
            status, job = self.call("POST", address, 202, 404, 409, 422, json={"title": title})
            if status == 202:
                self.jobs[job["job_id"]] = 1
                self.minutes[job["job_id"]] = 0.0

    @rule(chosen=st.lists(picks, min_size=4, max_size=16))
    def at_once(self, chosen: list[int]) -> None:
        """Submit new work and cancel and delete other jobs, all at the same moment."""
        known = [job_id for job_id in self.jobs if self.look(job_id)["status"] in ENDED]
        work: list[tuple[str, int]] = []  # (job to end, or "", and seconds)
        calls = []
        for number, pick in enumerate(chosen):
            if number % 2 and self.uploads:
                upload_id, seconds = self.uploads[pick % len(self.uploads)]
                body = {"video_url": f"upload://{upload_id}", "clip_count": 1 + pick % 20}
                calls.append(self._called("POST", PROCESS, (202, 404, 409, 422), json=body))
                work.append(("", seconds))
            elif number % 4 == 0 and known:
                job_id = known.pop()
                calls.append(self._called("DELETE", f"/api/v1/jobs/{job_id}", (204, 409)))
                work.append((job_id, 0))
            elif self.jobs:
                job_id = list(self.jobs)[pick % len(self.jobs)]
                path = f"/api/v1/jobs/{job_id}/cancel"
                calls.append(self._called("POST", path, (200, 404, 409)))
                work.append((job_id, -1))
        answers = self.server.run(together(calls))
        for (status, job), (ended, seconds) in zip(answers, work, strict=True):
            if status == 202:
                self.jobs[job["job_id"]] = seconds // 10
                self.minutes[job["job_id"]] = seconds / 60
            elif status == 204:
                self.jobs.pop(ended)
                self.deleted.add(ended)

    @rule(stage=st.sampled_from(STAGES))
    def hold(self, stage: str) -> None:
        """Let jobs stand still at a stage, or go on."""
        if stage in self.server.engine.holds:
            self.server.engine.let_go(stage)
        else:
            self.server.engine.hold(stage)

    @rule(stage=st.sampled_from(STAGES))
    def break_stage(self, stage: str) -> None:
        """Let a stage fail, or not any more."""
        if self.server.engine.errors.pop(stage, None) is None:
            self.server.engine.errors[stage] = NoSpeech("Nobody speaks.")
            if stage.startswith("clip"):  # costs this clip alone, unless it is the only one
                self.lost_clips.add(int(stage.removeprefix("clip ")))

    @rule(seconds=st.sampled_from((0.01, 0.1, 0.4)))
    def wait(self, seconds: float) -> None:
        """Let the jobs run."""
        time.sleep(seconds)

    @invariant()
    def jobs_are_listed(self) -> None:
        """Exactly the jobs that are there are listed."""
        _, page = self.call("GET", "/api/v1/jobs?limit=100", 200)
        assert {line["job_id"] for line in page["jobs"]} == set(self.jobs)

    def teardown(self) -> None:
        """Let all jobs end, balance the books, delete everything, and look for what is left."""
        engine = self.server.engine
        for stage in list(engine.holds):
            engine.let_go(stage)
        engine.errors.clear()
        for job_id in self.jobs:
            self.server.run(self.ada.until(job_id, patience_s=PATIENCE_S - 1))
            self.look(job_id)
        self._balance()
        for job_id in list(self.jobs):
            self.call("DELETE", f"/api/v1/jobs/{job_id}", 204)
        for upload_id, _ in self.uploads:
            self.call("DELETE", f"/api/v1/uploads/{upload_id}", 204, 404)
        _, usage = self.call("GET", "/api/v1/usage", 200)
        assert usage["storage_used_mb"] == 0
        assert self._counts() == {"jobs": 0, "clips": 0, "talks": 0, "uploads": 0, "trash": 0}
        data = self.server.config.server.data_dir
        deadline = time.monotonic() + PATIENCE_S
        while left := [f for part in ("storage", "uploads", "work") for f in _below(data / part)]:
            assert time.monotonic() < deadline, left  # a canceled stage ends after its job
            time.sleep(0.05)

    def _balance(self) -> None:
        """Each completed job is charged once, and the files are those of the clips."""
        rows = self._fetch(
            "SELECT c.job_id, c.minutes FROM charges c JOIN api_keys USING (account_id) "
            "JOIN accounts a USING (account_id) WHERE a.name = $1",
            self.account,
        )
        expected = {job: self.minutes[job] for job in self.charged if self.minutes[job]}
        charged = {row["job_id"]: row["minutes"] for row in rows if row["minutes"]}
        for job in self.unseen & charged.keys():
            assert charged.pop(job) == self.minutes[job]
        assert charged == expected
        names = self._fetch(
            "SELECT unnest(array[file_key, thumbnail_key] || more_thumbnail_keys) FROM clips"
        )
        keys = sorted(Path(key).name for row in names for key in row.values())
        assert files_below(self.server.config.server.data_dir / "storage") == keys

    @property
    def account(self) -> str:
        """The name of this example's account."""
        return f"account{self.server.accounts}"

    def _counts(self) -> dict[str, int]:
        tables = ("jobs", "clips", "talks", "uploads", "trash")
        return {name: self._fetch(f"SELECT count(*) FROM {name}")[0][0] for name in tables}

    def _fetch(self, sql: str, *arguments: str) -> Any:
        return self.server.run(self.server.db.pool.fetch(sql, *arguments))


def _below(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


async def test_calls_in_any_order_leave_the_books_balanced(
    client: Client, engine: FakeEngine, db: Database, config: Config
) -> None:
    class Machine(AnyOrder):
        server = Server(client, engine, db, config)

    settings = hypothesis.settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        derandomize="KLIPFAST_ORDERS" not in os.environ,
        database=None,
    )
    await asyncio.to_thread(run_state_machine_as_test, Machine, settings=settings)
    assert Machine.server.accounts
