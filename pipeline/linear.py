"""Matrix products with weights that are known beforehand.

On a CPU with bfloat16, oneDNN multiplies weights in a layout of its own, and torch's plain linear
layer brings them into it at every call: for the few rows of a decoder's step that is half of the
time. Here it is done once.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Linear:
    """x → x · weightᵀ + bias, for x of shape (…, in) and a weight of (out, in)."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, *, rows: int) -> None:
        """`rows`: about how many x will usually have, which the layout is chosen for."""
        self._weight = weight.detach().contiguous()
        self._bias = None if bias is None else bias.detach().contiguous()
        self._packed = weight.device.type == "cpu" and weight.dtype == torch.bfloat16
        if self._packed:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight, rows)

    @classmethod
    def of(cls, layer: nn.Linear, *, rows: int) -> "Linear":
        """One of a loaded network."""
        return cls(layer.weight, layer.bias, rows=rows)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """The product, (…, out)."""
        if not self._packed:
            return F.linear(x, self._weight, self._bias)
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            x, self._weight, self._bias, "none", [], ""
        )
        return product
