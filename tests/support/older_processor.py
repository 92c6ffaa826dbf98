"""Restricts the CPU's instructions, for `make test-isa`.

Each library has an environment variable of its own, which it reads when it is loaded. The
capabilities that torch reports are reduced, too, because the product chooses its precision by them:
on an older CPU bfloat16 is no faster, and where it is emulated it is many times slower.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

VARIABLE = "TEST_ISA"
LIMITS = {
    "avx2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "OPENBLAS_CORETYPE": "Haswell",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
    },
    "sse4": {
        "ATEN_CPU_CAPABILITY": "default",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
        "OPENBLAS_CORETYPE": "Nehalem",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    },
}
LATER = ("avx512", "amx", "vnni", "bf16", "fp16")  # name parts of capabilities that neither CPU has


def limit() -> None:
    """Apply the limits that the variable names; call this before importing numpy and torch."""
    name = os.environ.get(VARIABLE)
    if not name:
        return
    os.environ.update(LIMITS[name])
    import torch

    full = torch.cpu.get_capabilities()

    @cache
    def cut() -> Mapping[str, Any]:
        return {k: v and not any(part in k for part in LATER) for k, v in full.items()}

    torch.cpu.get_capabilities = cut
