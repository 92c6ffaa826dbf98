"""The processor of `make test-isa`: this one, with fewer instructions than it has.

Each library is told by an environment variable of its own, which it reads when it is loaded. What
torch tells of the hardware is cut down too, since the product chooses its precision by that: on an
older processor bfloat16 is no faster, and where it is only imitated many times slower.
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
LATER = ("avx512", "amx", "vnni", "bf16", "fp16")  # parts of names of what neither of them has


def limit() -> None:
    """Where the variable names a processor, be that one; before numpy and torch are loaded."""
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
