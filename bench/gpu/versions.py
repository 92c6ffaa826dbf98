"""The versions that figures of a card depend on."""

import shutil
import subprocess
from importlib.metadata import version

import torch

TIMEOUT_S = 20.0


def versions(device: torch.device) -> dict[str, str]:
    """Return card, memory, driver, CUDA and packages; a value may be why it is not known."""
    found = {name: version(name) for name in ("torch", "av", "transformers")}
    found["CUDA of torch"] = torch.version.cuda or "built without CUDA"
    found["driver"] = driver()
    if device.type == "cuda":
        card = torch.cuda.get_device_properties(device)
        found["card"] = card.name
        found["memory GiB"] = f"{card.total_memory / 2**30:.1f}"
        found["compute capability"] = f"{card.major}.{card.minor}"
    return found


def driver() -> str:
    """Return the driver's version as nvidia-smi tells it, or why it is not known."""
    if (tool := shutil.which("nvidia-smi")) is None:
        return "unknown: nvidia-smi is not there"
    asked = [tool, "--query-gpu=driver_version", "--format=csv,noheader"]
    try:
        said = subprocess.run(
            asked, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        return f"unknown: {error}"
    return said.splitlines()[0].strip() if said.strip() else "unknown: nvidia-smi says nothing"
