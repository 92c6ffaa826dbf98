"""Several networks in one file, trained from different beginnings, which vote."""

from collections.abc import Callable, Mapping
from importlib import resources
from typing import TypeVar

import torch
from safetensors.torch import load
from torch import nn

N = TypeVar("N", bound=nn.Module)
Tensors = Mapping[str, torch.Tensor]


def load_voters(
    name: str, build: Callable[[Tensors, Tensors], N], device: torch.device
) -> tuple[tuple[N, ...], Tensors]:
    """Return the networks of `weights/<name>.safetensors` and all tensors, float32 on a device.

    build: makes a network of the right size of its own tensors and all of the file.
    """
    file = resources.files("pipeline").joinpath(f"weights/{name}.safetensors")
    tensors = {key: value.float().to(device) for key, value in load(file.read_bytes()).items()}
    networks = []
    for k in range(1 + max(int(n.split(".")[1]) for n in tensors if n.startswith("network."))):
        own = f"network.{k}."
        state = {n.removeprefix(own): v for n, v in tensors.items() if n.startswith(own)}
        network = build(state, tensors).to(device)
        network.load_state_dict(state)
        networks.append(network.eval())
    return tuple(networks), tensors
