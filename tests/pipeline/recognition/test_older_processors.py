"""What is recognized on processors with fewer instructions, each in a process that lacks them."""

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
import torch
from older_processor import VARIABLE, environment
from project_paths import ROOT, SAMPLE

TIMEOUT_S = 600.0
USED = """
import torch
print("torch:", torch.backends.cpu.get_cpu_capability())
a = torch.ones(64, 64)
w = torch.ops.onednn.qlinear_prepack(a.to(torch.int8), [64, 64])
one, none = torch.ones(64), torch.zeros(64, dtype=torch.int32)
torch.ops.onednn.qlinear_pointwise(
    a.to(torch.uint8), 1.0, 0, w, one, none, None, 1.0, 0, torch.float32, "none", [], "")
"""
LIMITED = f"""
import sys
sys.path.append({str(ROOT / "tests" / "support")!r})
from older_processor import limit
limit()
"""
EXTREMES = """
import json, torch
from pipeline.recognition.packed_linear import Int8Linear
weight = torch.ones(64, 512)
x = torch.rand(300, 512)
x[0] = 1.0  # the largest products that there are, all with the same sign
found = Int8Linear(weight, torch.zeros(64), rows=300, gelu=False)(x)
print(json.dumps([found[0].min().item(), found[0].max().item(),
    float((found - x @ weight.T).norm() / (x @ weight.T).norm())]))
"""
HALVES = """
import json, torch
from torch.nn import functional as F
from pipeline.recognition.packed_linear import Linear
draw = torch.Generator().manual_seed(0)
weight, bias = (torch.randn(*s, generator=draw).half().float() for s in ((96, 64), (96,)))
x = torch.randn(64, 3, 2, generator=draw).permute(2, 1, 0)  # not contiguous
linear, wide = Linear(weight, bias, rows=4), Linear(weight + 2.0**-13, bias, rows=4)
print(json.dumps({
    "stored": [Linear.halves(weight), Linear.halves(weight + 2.0**-13)],
    "off": [float((linear(x) - F.linear(x, weight, bias)).abs().max()),
            float((wide(x) - F.linear(x, weight + 2.0**-13, bias)).abs().max())]}))
"""
WORDS = """
import json, sys
from pathlib import Path
from tempfile import TemporaryDirectory
import pipeline
from pipeline.core.control import Control
from pipeline.core.data import Span
from pipeline.media.probing import probe
from pipeline.media.speech_audio import load_audio
models = pipeline.load_models(pipeline.ModelConfig(device="cpu"))
with TemporaryDirectory() as folder:
    within = Span(start_s=0.0, end_s=20.0)
    sound = load_audio(probe(Path(sys.argv[1])), Path(folder), Control(), within=within)
    heard = pipeline.hear(sound, models=models, language=None, control=Control())
print(json.dumps({
    "precision": str(models.precision), "eight bits": models.whisper.eight_bits,
    "words": [w.text for w in heard.words if w.start_s < 18.0]}))
"""


def run(program: str, isa: str, *arguments: str) -> Any:
    """Run a program as on a processor of class `isa` and return what it prints as JSON."""
    plain = {k: v for k, v in os.environ.items() if k != VARIABLE}
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LIMITED + program, *arguments],
        env=plain | environment(isa),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return json.loads(found.stdout.splitlines()[-1])


def skip_without(*needed: str) -> None:
    capability = torch.cpu.get_capabilities()
    if missing := [name for name in needed if not capability.get(name)]:
        pytest.skip(f"this processor has no {', '.join(missing)}")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("isa", "needs", "torch_says", "onednn_says"),
    [
        ("avx2", "avx2", "AVX2", "AVX2"),
        ("avx512", "avx512_vnni", "AVX512", "AVX-512 with DL Boost"),
    ],
)
def test_the_limits_take_effect(isa: str, needs: str, torch_says: str, onednn_says: str) -> None:
    skip_without(needs)
    found = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", USED],
        env=os.environ | environment(isa) | {"ONEDNN_VERBOSE": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=True,
    )
    assert f"torch: {torch_says}\n" in found.stdout
    [said] = re.findall(r"^onednn_verbose.*info,cpu,isa:(.+)$", found.stdout, re.MULTILINE)
    assert re.sub(r"\(R\)|Intel ", "", said) == onednn_says


@pytest.mark.slow
@pytest.mark.parametrize(("isa", "needs"), [("avx2", "avx2"), ("avx512", "avx512_vnni")])
def test_eight_bits_without_bfloat16_do_not_overflow(isa: str, needs: str) -> None:
    skip_without(needs)
    least, most, off = run(EXTREMES, isa)
    assert 0.99 * 512 < least <= most < 1.01 * 512
    assert off < 0.01


@pytest.mark.slow  # multiplies large matrices
def test_weights_that_float16_holds_are_stored_so_and_multiply_the_same() -> None:
    """No other test stores weights so, which is worth the seconds that the process takes."""
    skip_without("avx2", "fma3", "f16c")
    found = run(HALVES, "avx2")
    assert found["stored"] == [True, False]
    assert max(found["off"]) < 1e-4


@pytest.mark.slow
def test_without_avx2_no_weight_is_stored_as_float16() -> None:
    assert run(HALVES, "sse4")["stored"] == [False, False]


@pytest.mark.slow
@pytest.mark.parametrize(("isa", "needs"), [("avx2", "avx2"), ("avx512", "avx512_vnni")])
def test_the_sample_has_its_words_on_an_older_processor(isa: str, needs: str) -> None:
    skip_without(needs)
    found = run(WORDS, isa, str(SAMPLE))
    assert found["precision"] == "torch.float32"
    assert found["eight bits"]
    truth = json.loads(SAMPLE.with_name("sample_talk.truth.json").read_text())
    said = " ".join(s["text"] for s in truth["sentences"]).lower().split()
    words = " ".join(found["words"]).lower().split()
    assert len(words) > 30
    assert words == said[: len(words)]
