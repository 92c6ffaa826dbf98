"""Matrix products with weights that are known in advance.

On a CPU with bfloat16, oneDNN multiplies weights in its own layout, and torch's plain linear layer
converts them at every call: half of the time for the few rows of a decoder step. Here the weights
are converted once. For products with many rows, int8 instead of bfloat16 halves the time on
processors with VNNI.
"""

import torch
from torch import nn
from torch.nn import functional as F


class Linear:
    """x → x · weightᵀ + bias, for x of shape (…, in) and a weight of shape (out, in)."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, *, rows: int) -> None:
        """Convert the weight to the layout that suits an x of about `rows` rows."""
        self._weight = weight.detach().contiguous()
        self._bias = None if bias is None else bias.detach().contiguous()
        self._packed = self.packs(weight)
        if self._packed:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight, rows)

    @classmethod
    def of(cls, layer: nn.Linear, *, rows: int) -> "Linear":
        """Convert a layer of a loaded network."""
        return cls(layer.weight, layer.bias, rows=rows)

    @staticmethod
    def packs(weight: torch.Tensor) -> bool:
        """Return whether oneDNN has its own layout for weights of this device and type."""
        on_cpu = weight.device.type == "cpu" and weight.dtype == torch.bfloat16
        return on_cpu and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the product, (…, out)."""
        if not self._packed:
            return F.linear(x, self._weight, self._bias)
        product: torch.Tensor = torch.ops.mkldnn._linear_pointwise(
            x, self._weight, self._bias, "none", [], ""
        )
        return product


class Int8Linear:
    """The same product in int8, with one scale per row of the weight and one for all of x.

    For an x without large outliers, such as the output of a layer norm; the product is off by about
    one percent of its size. The method is dynamic quantization as in oneDNN and PyTorch.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, *, rows: int, gelu: bool) -> None:
        """Quantize the weight; `gelu` applies GELU to the product."""
        whole = weight.detach().float()
        self._scales = whole.abs().amax(1).clamp(min=1e-8) / 127
        quantized = (whole / self._scales.unsqueeze(1)).round().to(torch.int8)
        self._weight = torch.ops.onednn.qlinear_prepack(quantized, [rows, whole.shape[1]])
        self._zeros = torch.zeros(len(whole), dtype=torch.int32)
        self._bias = bias.detach().contiguous()
        self._after = "gelu" if gelu else "none"

    @staticmethod
    def pays(weight: torch.Tensor) -> bool:
        """Return whether this processor multiplies int8 faster than the type of the weight."""
        return Linear.packs(weight) and bool(torch.cpu.get_capabilities().get("avx512_vnni"))

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the product, (…, out)."""
        low, high = (bound.item() for bound in x.aminmax())
        scale = max(high - low, 1e-8) / 255
        zero = min(255, max(0, round(-low / scale)))
        flat = torch.quantize_per_tensor(
            x.reshape(-1, x.shape[-1]).float(), scale, zero, torch.quint8
        )
        product: torch.Tensor = torch.ops.onednn.qlinear_pointwise(
            flat.int_repr(),
            scale,
            zero,
            self._weight,
            self._scales,
            self._zeros,
            self._bias,
            1.0,
            0,
            torch.bfloat16,
            self._after,
            [],
            "none" if self._after == "gelu" else "",
        )
        return product.view(*x.shape[:-1], -1)
