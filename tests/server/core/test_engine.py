"""The engine of the server: what it loads, it loads for good."""

import gc
from collections.abc import Iterator

import pytest
from project_paths import ROOT

from klipfast_server.core.config import load
from klipfast_server.core.engine import READY, PipelineEngine
from pipeline.models.registry import Models


@pytest.fixture
def thawed() -> Iterator[None]:
    """The collector looks at everything again afterwards."""
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("thawed")
def test_the_collector_passes_over_what_is_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A full collection over libraries and models would hold the event loop."""
    for name in ("warm", "warm_optional"):
        monkeypatch.setattr(Models, name, lambda _self: None)
    shipped = load(ROOT / "config.toml", {})
    engine = PipelineEngine(shipped.models, shipped.llm)
    before = gc.get_freeze_count()
    engine.warm()
    assert engine.models_state == READY
    assert gc.get_freeze_count() > before
