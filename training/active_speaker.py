"""Converts the published weights of LR-ASD (MIT) to the file that the package contains.

    python -m training.active_speaker pretrain_AVA.model

The file is `weight/pretrain_AVA.model` of the authors' repository, github.com/Junhua-Liao/LR-ASD.
Only what `pipeline/vision/active_speaker_model.py` uses is kept, in float16: half the size, and
every logit of the test clips is the same within .02.
"""

import hashlib
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

from pipeline.vision.active_speaker_model import WEIGHTS

SHA256 = "85e6c77fc981595234790d1e128ebb60352d37726b2445e0ef8891e2512fe9e3"  # as published
MODULES = ("visualEncoder", "audioEncoder", "fusion", "detector")
USED = (*(f"model.{name}." for name in MODULES), "lossAV.")
OUT = Path(__file__).parents[1] / "pipeline" / "weights" / WEIGHTS


def main() -> int:
    """Convert the file named on the command line."""
    file = Path(sys.argv[1])
    if hashlib.sha256(file.read_bytes()).hexdigest() != SHA256:
        print(f"{file} is not the authors' pretrain_AVA.model.")
        return 1
    state = torch.load(file, map_location="cpu", weights_only=True)
    used = {
        key: value.half().contiguous()
        for key, value in state.items()
        if key.startswith(USED) and value.is_floating_point()
    }
    save_file(used, OUT)
    print(f"{OUT}: {len(used)} tensors, {OUT.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
