"""Chooses where the networks run, and with which numbers; logs why."""

import logging
import platform

from pipeline.core import thread_policy

import torch  # isort: skip - after the thread policy

from pipeline.core.errors import ModelMisconfigured

log = logging.getLogger(__name__)

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(wanted: str) -> torch.device:
    """Choose the device."""
    if wanted != "auto":
        log.info("device %s: as configured", wanted)
        return torch.device(wanted)
    if torch.cuda.is_available():
        log.info("device cuda: %s", torch.cuda.get_device_name())
        return torch.device("cuda")
    log.info("device cpu: no CUDA device, %d cores", thread_policy.cores())
    return torch.device("cpu")


def choose_precision(wanted: str, device: torch.device) -> torch.dtype:
    """Choose float16 on CUDA; on a CPU bfloat16 if it has the instructions, else float32.

    Raises ModelMisconfigured for a precision that the device lacks.
    """
    if wanted != "auto":
        _refuse_lacking(wanted, device)
        log.info("precision %s: as configured", wanted)
        return PRECISIONS[wanted]
    if device.type == "cuda":
        log.info("precision float16: CUDA")
        return torch.float16
    capability = torch.cpu.get_capabilities()
    # what torch uses, which ATEN_CPU_CAPABILITY and ONEDNN_MAX_CPU_ISA may limit
    if platform.machine() == "x86_64" and torch.backends.cpu.get_cpu_capability() == "DEFAULT":
        log.warning("no AVX2 here: recognition is several times slower")
    has_bfloat16 = capability.get("avx512_bf16") or capability.get("amx_bf16")
    if has_bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported():
        log.info("precision bfloat16: the CPU has bfloat16 instructions")
        return torch.bfloat16
    log.info("precision float32: the CPU has no bfloat16 instructions")
    return torch.float32


def _refuse_lacking(wanted: str, device: torch.device) -> None:
    usable = "auto, float32 or bfloat16"
    if wanted not in PRECISIONS:
        raise ModelMisconfigured(f"models.precision is {wanted}; it can be {usable} or float16.")
    if device.type == "cpu" and wanted == "float16":
        raise ModelMisconfigured(f"models.precision is float16, which needs a card; set {usable}.")
    if device.type == "cuda" and wanted == "bfloat16" and not torch.cuda.is_bf16_supported():
        raise ModelMisconfigured(
            "models.precision is bfloat16, which this card lacks; set auto, float32 or float16."
        )
