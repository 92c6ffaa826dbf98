"""Asks the libraries of both sides which instructions they use.

Each is asked in a process with the environment of the measured one, because each reads its variable
when it is loaded. oneDNN, MKL and CTranslate2 answer by what they log of a first product.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from older_processor import environment
from project_paths import ROOT

TIMEOUT_S = 120.0
ASKING = {"ONEDNN_VERBOSE": "1", "MKL_VERBOSE": "1", "CT2_VERBOSE": "1"}
OURS = """
import torch
print("torch:", torch.backends.cpu.get_cpu_capability())
a = torch.ones(64, 64)
a @ a
w = torch.ops.onednn.qlinear_prepack(a.to(torch.int8), [64, 64])
one, none = torch.ones(64), torch.zeros(64, dtype=torch.int32)
torch.ops.onednn.qlinear_pointwise(
    a.to(torch.uint8), 1.0, 0, w, one, none, None, 1.0, 0, torch.float32, "none", [], "")
"""
THEIRS = """
import sys
import numpy as np
import ctranslate2
network = ctranslate2.models.Whisper(sys.argv[1], compute_type="int8")
network.encode(ctranslate2.StorageView.from_array(np.zeros((1, 80, 3000), np.float32)))
"""
SAID = {
    "torch": r"^torch: (.+)$",
    "oneDNN": r"^onednn_verbose.*info,cpu,isa:(.+)$",
    "MKL": r"^MKL_VERBOSE oneMKL.* architecture (.+?)(?: enabled processors)?, Lnx",
    "CTranslate2": r"Selected ISA: (.+)$",
}


def of_ours(isa: str) -> str:
    """Return what torch, oneDNN and MKL use for the product on a processor of class `isa`."""
    return _answers([sys.executable, "-W", "ignore", "-c", OURS], environment(isa))


def of_theirs(isa: str, python: Path, weights: Path) -> str:
    """Return what CTranslate2 and its MKL, of another Python, use on a processor of class `isa`."""
    return _answers([str(python), "-c", THEIRS, str(weights)], environment(isa))


def _answers(command: list[str], variables: Mapping[str, str]) -> str:
    """Run a program and return what its libraries say; "" if none says anything."""
    run = subprocess.run(
        command,
        env=os.environ | variables | ASKING,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return ", ".join(
        f"{name} {_short(found[1])}"
        for name, pattern in SAID.items()
        if (found := re.search(pattern, run.stdout + "\n" + run.stderr, re.MULTILINE))
    )


def _short(answer: str) -> str:
    """Shorten Intel's names of instruction sets."""
    for long, short in (("(R)", ""), ("Advanced Vector Extensions ", "AVX")):
        answer = answer.replace(long, short)
    return re.sub(r"Intel (AVX\S*) \(Intel AVX\S*\)", r"\1", answer).replace("Intel ", "")
