"""The models of a machine: one that loads holds up no other, and configured weights are a must."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import talks
import torch
from fake_llm import random_model
from project_paths import SAMPLE

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import Options, Talk
from pipeline.core.errors import Canceled, ModelMisconfigured, ModelUnavailable
from pipeline.media.probing import probe
from pipeline.models import checkpoints, pinned
from pipeline.models.model_config import ModelConfig, check_configured
from pipeline.models.pinned import Pinned
from pipeline.models.registry import load_models
from pipeline.models.sentence_encoder import TextEncoder
from pipeline.vision.active_speaker_model import ActiveSpeaker
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


@pytest.mark.slow  # loads all models
def test_a_model_that_jobs_can_do_without_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The speaker encoder is held up, and with it only labels."""
    begun, go_on, asked = threading.Event(), threading.Event(), threading.Event()
    resolve = checkpoints.resolve

    def download(wanted: str, default: Pinned, cache_dir: Path, mirror: str) -> Path:
        if default is not pinned.CAMPLUS:
            return resolve(wanted, default, cache_dir, mirror)
        begun.set()
        assert go_on.wait(60)
        raise ModelUnavailable("no registry has it")

    def download_language_model(wanted: str, _: Path) -> Path:
        asked.set()
        raise ModelUnavailable(f"{wanted} is not there")

    monkeypatch.setattr(checkpoints, "resolve", download)
    monkeypatch.setattr(checkpoints, "resolve_causal", download_language_model)
    models = load_models(ModelConfig(device="cpu", active_speaker="", llm="someone/large"))
    models.warm()
    assert begun.wait(20)
    rest = threading.Thread(target=models.warm_optional)
    rest.start()
    assert asked.wait(20)  # the language model is not held up either
    assert not go_on.is_set()
    go_on.set()
    rest.join()
    assert models.speaker_encoder is None


@pytest.fixture
def small_talk() -> Talk:
    """Two sentences."""
    said = [("Flour and water rise overnight.", None), ("Salt and time do the rest.", None)]
    return Talk(source=probe(SAMPLE), transcript=talks.transcript(said), highlights=())


@pytest.fixture
def held_download(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A language model whose download goes on until the event is set, and then fails."""
    go_on = threading.Event()

    def download(wanted: str, _: Path) -> Path:
        assert go_on.wait(60)
        raise ModelUnavailable(f"{wanted} is not there")

    monkeypatch.setattr(checkpoints, "resolve_causal", download)
    yield go_on
    go_on.set()


@pytest.mark.slow  # loads a model
def test_a_job_that_waits_for_a_model_shows_that_it_lives(
    held_download: threading.Event, small_talk: Talk
) -> None:
    signs = 0

    def live() -> None:
        nonlocal signs
        signs += 1
        if signs == 20:
            held_download.set()

    texts = pipeline.write_texts(
        small_talk,
        models=load_models(ModelConfig(device="cpu", llm="someone/large")),
        options=Options(),
        control=Control(on_check=live),
    )
    assert signs >= 20
    assert texts.documents  # made without the model, which is not to be had
    assert {document.author for document in texts.documents} == {"extractive"}


def test_a_job_that_waits_for_a_model_can_be_canceled(
    held_download: threading.Event, small_talk: Talk
) -> None:
    cancel = threading.Event()
    signs = 0

    def live() -> None:
        nonlocal signs
        signs += 1
        if signs == 10:
            cancel.set()

    with pytest.raises(Canceled):
        pipeline.write_texts(
            small_talk,
            models=load_models(ModelConfig(device="cpu", llm="someone/large")),
            options=Options(),
            control=Control(cancel=cancel, on_check=live),
        )
    assert not held_download.is_set()


def test_a_job_without_texts_waits_for_no_author(
    held_download: threading.Event, small_talk: Talk
) -> None:
    pipeline.write_texts(
        small_talk,
        models=load_models(ModelConfig(device="cpu", llm="someone/large")),
        options=Options(text_outputs=()),
        control=Control(),
    )
    assert not held_download.is_set()


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


def test_the_active_speaker_needs_no_download(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def resolve(*_: object) -> Path:
        raise ModelUnavailable("no host has them")

    monkeypatch.setattr(checkpoints, "resolve", resolve)
    models = load_models(ModelConfig(device="cpu", cache_dir=tmp_path))
    assert isinstance(models.active_speaker, ActiveSpeaker)


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
    with pytest.raises(ModelMisconfigured, match=rf"^models\.active_speaker: {file} cannot be"):
        _ = load_models(config).active_speaker
    with pytest.raises(ModelMisconfigured, match=rf"^models\.active_speaker: {file} cannot be"):
        load_models(config).load_configured()


def test_a_setting_at_fault_is_told_even_if_no_model_can_be_had(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def resolve(*_: object) -> Path:
        raise ModelUnavailable("no host has them")

    monkeypatch.setattr(checkpoints, "resolve", resolve)
    file = tmp_path / "weights.model"
    file.write_bytes(b"no weights")
    with pytest.raises(ModelMisconfigured, match=rf"^models\.active_speaker: {file} cannot be"):
        load_models(ModelConfig(device="cpu", active_speaker=str(file))).warm()


def test_memory_that_is_full_is_no_fault_of_a_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def load(*_: object, **__: object) -> ActiveSpeaker:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(ActiveSpeaker, "load", load)
    file = tmp_path / "weights.model"
    file.write_bytes(b"weights")
    with pytest.raises(ModelUnavailable) as refused:
        _ = load_models(ModelConfig(device="cpu", active_speaker=str(file))).active_speaker
    assert not isinstance(refused.value, ModelMisconfigured)


def test_a_network_is_not_built_of_the_type_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """While transformers builds a network, its type is the default of every thread."""
    models = load_models(ModelConfig(device="cpu"))
    detector = threading.Thread(target=lambda: models.voice_activity)

    def build(*_: object) -> object:
        torch.set_default_dtype(torch.bfloat16)
        detector.start()
        detector.join(1.0)  # it could be built by then
        torch.set_default_dtype(torch.float32)
        return object()

    monkeypatch.setattr(TextEncoder, "load", build)
    _ = models.text_encoder
    detector.join()
    assert {p.dtype for p in models.voice_activity.parameters()} == {torch.float32}


@pytest.mark.slow  # loads all models
@pytest.mark.xdist_group("recognition")  # which loads transformers
def test_what_is_configured_well_or_comes_from_elsewhere_is_no_error(tmp_path: Path) -> None:
    check_configured(ModelConfig())
    check_configured(
        ModelConfig(whisper="whisper-base", text_encoder="someone/encoder", llm="gpt2")
    )
    check_configured(ModelConfig(llm=str(random_model(tmp_path))))
    check_configured(ModelConfig(llm="/as/the/endpoint/names/it", llm_url="http://localhost/v1"))
