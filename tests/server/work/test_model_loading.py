"""Models that cannot be loaded: jobs wait in the queue, and run as soon as loading succeeds."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp.test_utils import TestServer
from caller import Client, make_caller
from fake_engine import FakeEngine
from project_paths import SAMPLE
from pulses import looks

from klipfast_server.api import app_keys
from klipfast_server.app import create_app
from klipfast_server.core.config import Config
from klipfast_server.core.engine import PipelineEngine
from klipfast_server.work import worker
from pipeline.core.errors import ModelUnavailable

PATIENCE_S = 60.0


@pytest.mark.slow  # loads the others
@pytest.mark.usefixtures("not_blocked")
async def test_a_configured_file_that_does_not_load_ends_the_server_and_no_job_is_begun(
    aiohttp_client: Callable[..., Awaitable[Client]], config: Config, tmp_path: Path
) -> None:
    file = tmp_path / "weights.model"
    file.write_bytes(b"no weights")
    models = msgspec.structs.replace(config.models, active_speaker=str(file))
    engine = await asyncio.to_thread(PipelineEngine, models, config.llm)
    assert str(engine.models_state) == "pending"
    faults: asyncio.Queue[str] = asyncio.Queue()

    def end_process(settings_fault: str = "") -> None:
        faults.put_nowait(settings_fault)

    server = TestServer(create_app(config, engine, end_process=end_process))
    await server.start_server(access_log=None)
    client: Client = await aiohttp_client(server)
    ada = await make_caller(client, plan="business")
    upload = await ada.upload(await asyncio.to_thread(SAMPLE.read_bytes))
    submitted = await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, 202)
    async with asyncio.timeout(PATIENCE_S):
        fault = await faults.get()
    assert fault.startswith(f"models.active_speaker: {file} cannot be loaded: ")
    assert str(engine.models_state).startswith(f"failed: models.active_speaker: {file} cannot")
    assert client.app is not None
    await looks(client.app[app_keys.CLAIMING])
    job = await ada.get(f"/api/v1/jobs/{submitted['job_id']}")
    assert job["status"] == "queued"


async def test_models_are_loaded_again_until_they_load_and_jobs_run_then(
    serve: Callable[[Config], Awaitable[Client]],
    engine: FakeEngine,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "FIRST_WARM_RETRY_S", 0.05)
    engine.warm_errors = [ModelUnavailable("no hub"), OSError("half a file")]
    ada = await make_caller(await serve(config), plan="business")
    job_id = await ada.submit(10)
    job = await ada.until(job_id)
    assert job["status"] == "completed"
    assert engine.warm_errors == []
    assert str(engine.models_state) == "ready"
