"""Where networks run, and with which numbers: what cannot be is said in one sentence."""

import logging
import platform

import pytest
import torch

from pipeline.core.errors import ModelMisconfigured
from pipeline.models import devices
from pipeline.models.model_config import PRECISION_VARIABLE, ModelConfig

CPU = torch.device("cpu")


@pytest.mark.parametrize("wanted", ["float16", "float8"])
def test_a_precision_that_the_processor_lacks_is_refused(wanted: str) -> None:
    with pytest.raises(ModelMisconfigured, match=f"models.precision is {wanted}.*bfloat16"):
        devices.choose_precision(wanted, CPU)


def test_a_card_without_bfloat16_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    with pytest.raises(ModelMisconfigured, match="bfloat16, which this card lacks"):
        devices.choose_precision("bfloat16", torch.device("cuda"))


def test_a_processor_without_avx2_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "DEFAULT")
    with caplog.at_level(logging.WARNING):
        devices.choose_precision("auto", CPU)
    assert caplog.messages == ["no AVX2 here: recognition is several times slower"]


def test_commands_take_the_precision_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRECISION_VARIABLE, "float32")
    assert ModelConfig().precision == "float32"
