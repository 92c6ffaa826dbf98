"""The models of a machine: one that loads holds up no other, and configured weights are a must."""

import logging
import threading
from pathlib import Path

import pytest
from fake_llm import random_model

from pipeline.core.errors import ModelUnavailable
from pipeline.models import checkpoints
from pipeline.models.registry import ModelConfig, check_configured, load_models
from pipeline.vision.lip_motion import lip_motion


def test_a_language_model_that_downloads_holds_up_no_other_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def download(wanted: str, _: Path) -> Path:
        begun.set()
        assert go_on.wait(60)
        raise ModelUnavailable(f"{wanted} is not there")

    monkeypatch.setattr(checkpoints, "resolve_causal", download)
    models = load_models(ModelConfig(device="cpu", llm="someone/large"))
    judges: list[object] = []
    thread = threading.Thread(target=lambda: judges.append(models.judge))
    thread.start()
    assert begun.wait(20)
    assert models.voice_activity is models.voice_activity  # loaded, then read
    go_on.set()
    thread.join()
    assert judges == [None]


def test_a_model_that_cannot_be_had_is_asked_for_once_by_many_jobs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def download(wanted: str, _: Path) -> Path:
        asked.append(wanted)
        raise ModelUnavailable("the hub cannot be reached")

    monkeypatch.setattr(checkpoints, "resolve_causal", download)
    models = load_models(ModelConfig(device="cpu", llm="someone/large"))
    for _ in range(3):
        assert models.judge is None
        assert models.author is None
    assert asked == ["someone/large"]
    assert caplog.text.count("someone/large: the hub cannot be reached") == 6


def test_weights_that_no_source_has_leave_moving_lips_and_a_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def resolve(*_: object) -> Path:
        raise ModelUnavailable("no host has them")

    monkeypatch.setattr(checkpoints, "resolve", resolve)
    assert load_models(ModelConfig(device="cpu")).active_speaker is lip_motion
    assert "falls back to lip motion: no host has them" in caplog.text


def test_no_active_speaker_is_configured_by_an_empty_setting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO):
        assert (
            load_models(ModelConfig(device="cpu", active_speaker="")).active_speaker is lip_motion
        )
    assert "lip motion" not in caplog.text


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("models.whisper", "whisper"),
        ("models.text_encoder", "text_encoder"),
        ("models.active_speaker", "active_speaker"),
        ("llm.model", "llm"),
    ],
)
def test_a_configured_path_that_is_not_there_is_an_error_that_names_it(
    tmp_path: Path, setting: str, key: str
) -> None:
    path = str(tmp_path / "none")
    config = ModelConfig(device="cpu", **{key: path})  # type: ignore[arg-type]  # keys of strings
    with pytest.raises(ModelUnavailable, match=f"^{setting} names {path}, but there is no such"):
        check_configured(config)
    with pytest.raises(ModelUnavailable, match=f"^{setting} names {path}, but there is no such"):
        getattr(load_models(config), "judge" if key == "llm" else key)


def test_a_configured_folder_that_lacks_a_file_is_an_error_that_names_the_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelUnavailable, match=r"lacks tokenizer\.json, model\.safetensors\.$"):
        check_configured(ModelConfig(text_encoder=str(tmp_path)))
    with pytest.raises(ModelUnavailable, match=r"lacks model\.safetensors\.$"):
        check_configured(ModelConfig(llm=str(tmp_path)))


def test_a_configured_file_that_does_not_load_is_an_error_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "weights.model"
    file.write_bytes(b"no weights")
    config = ModelConfig(device="cpu", active_speaker=str(file))
    check_configured(config)  # does not read weights
    with pytest.raises(ModelUnavailable, match=rf"^models\.active_speaker: {file} cannot be"):
        _ = load_models(config).active_speaker


def test_what_is_configured_well_or_comes_from_elsewhere_is_no_error(tmp_path: Path) -> None:
    check_configured(ModelConfig())
    check_configured(
        ModelConfig(whisper="whisper-base", text_encoder="someone/encoder", llm="gpt2")
    )
    check_configured(ModelConfig(llm=str(random_model(tmp_path))))
    check_configured(ModelConfig(llm="/as/the/endpoint/names/it", llm_url="http://localhost/v1"))
