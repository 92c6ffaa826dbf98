"""Restricts the CPU's instructions, for `make test-isa`.

Each library has an environment variable of its own, which it reads when it is loaded. The
capabilities that torch reports are reduced, too, because the product chooses its precision by them:
on an older CPU bfloat16 is no faster, and where it is emulated it is many times slower.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

VARIABLE = "TEST_ISA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Processor:
    """A class of processors."""

    examples: str
    variables: Mapping[str, str]  # for torch, oneDNN, MKL, FBGEMM, OpenBLAS, numpy, CTranslate2
    later: tuple[str, ...]  # parts of names of the capabilities that it does not have


PROCESSORS = {
    "avx512": Processor(
        examples="Cascade Lake, Ice Lake: AVX-512 with VNNI, no bfloat16",
        variables={
            "ATEN_CPU_CAPABILITY": "avx512",
            "ONEDNN_MAX_CPU_ISA": "AVX512_CORE_VNNI",
            "OPENBLAS_CORETYPE": "SkylakeX",
            "MKL_ENABLE_INSTRUCTIONS": "AVX512_E1",
            "FBGEMM_ENABLE_INSTRUCTIONS": "AVX512_E1",
        },
        later=("amx", "bf16", "fp16", "avx_vnni"),
    ),
    "avx2": Processor(
        examples="Haswell to Skylake, Zen 1 to Zen 3: AVX2, no VNNI",
        variables={
            "ATEN_CPU_CAPABILITY": "avx2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
            "OPENBLAS_CORETYPE": "Haswell",
            "MKL_ENABLE_INSTRUCTIONS": "AVX2",
            "FBGEMM_ENABLE_INSTRUCTIONS": "AVX2",
            "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
            "CT2_FORCE_CPU_ISA": "AVX2",
        },
        later=("avx512", "amx", "vnni", "bf16", "fp16"),
    ),
    "sse4": Processor(
        examples="before Haswell, or a virtual machine that presents such a model",
        variables={
            "ATEN_CPU_CAPABILITY": "default",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
            "OPENBLAS_CORETYPE": "Nehalem",
            "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
            "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
            "CT2_FORCE_CPU_ISA": "GENERIC",
        },
        later=("avx", "amx", "vnni", "bf16", "fp16", "fma", "f16c"),
    ),
}


def environment(name: str) -> dict[str, str]:
    """Return the variables that make a new process run as on a processor of that class.

    "" is this processor. Raises KeyError if there is no such class.
    """
    return {} if not name else {VARIABLE: name, **PROCESSORS[name].variables}


def limit() -> None:
    """Apply the limits that the variable names; call this before importing numpy and torch."""
    name = os.environ.get(VARIABLE)
    if not name:
        return
    os.environ.update(PROCESSORS[name].variables)
    # Both only now, after the variables are set. The thread policy comes first: OpenMP reads its
    # variables when torch is loaded.
    import torch

    import pipeline.core.thread_policy  # noqa: F401 - see above

    full = torch.cpu.get_capabilities()
    later = PROCESSORS[name].later

    @cache
    def cut() -> Mapping[str, Any]:
        return {k: v and not any(part in k for part in later) for k, v in full.items()}

    torch.cpu.get_capabilities = cut
