"""Matrix products with weights that are known in advance.

On a CPU with bfloat16, oneDNN multiplies weights in its own layout, and torch's plain linear layer
converts them at every call: half of the time for the few rows of a decoder step. Here the weights
are converted once. On a CPU without bfloat16, the time for few rows is that of reading the weights:
FBGEMM reads float16 and multiplies float32, in half of the time. For products with many rows, int8
halves the time on processors with VNNI.
"""

import torch
from torch import nn
from torch.nn import functional as F

FEW_ROWS = 32  # with more, multiplying takes longer than reading the weight
FLOAT16_STEP = 2.0**-24  # distance between the smallest numbers of float16


class Linear:
    """x → x · weightᵀ + bias, for x of shape (…, in) and a weight of shape (out, in)."""

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, *, rows: int) -> None:
        """Convert the weight to the layout that suits an x of about `rows` rows."""
        self._weight = weight.detach().contiguous()
        self._bias = None if bias is None else bias.detach().contiguous()
        self._packed = self.packs(weight)
        self._half = None
        self.weight_bytes = weight.element_size()  # bytes per stored weight
        if self._packed:
            self._weight = torch.ops.mkldnn._reorder_linear_weight(self._weight, rows)
        elif rows <= FEW_ROWS and self.halves(weight):
            self._half = torch.ops.quantized.linear_prepack_fp16(self._weight, self._bias)
            self.weight_bytes = 2
            del self._weight

    @classmethod
    def of(cls, layer: nn.Linear, *, rows: int) -> "Linear":
        """Convert a layer of a loaded network."""
        return cls(layer.weight, layer.bias, rows=rows)

    @staticmethod
    def packs(weight: torch.Tensor) -> bool:
        """Return whether oneDNN has its own layout for weights of this device and type."""
        on_cpu = weight.device.type == "cpu" and weight.dtype == torch.bfloat16
        return on_cpu and bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())

    @staticmethod
    def halves(weight: torch.Tensor) -> bool:
        """Return whether a float32 weight can be stored as float16 here, and loses nothing by it.

        Published checkpoints of Whisper have float16 weights.
        """
        if weight.device.type != "cpu" or weight.dtype != torch.float32 or not has_fbgemm():
            return False
        return bool((weight - weight.half().float()).abs().max() < FLOAT16_STEP)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the product, (…, out)."""
        product: torch.Tensor
        if self._half is not None:
            product = torch.ops.quantized.linear_dynamic_fp16(x, self._half)
        elif self._packed:
            product = torch.ops.mkldnn._linear_pointwise(
                x, self._weight, self._bias, "none", [], ""
            )
        else:
            product = F.linear(x, self._weight, self._bias)
        return product


def has_fbgemm() -> bool:
    """Return whether torch's FBGEMM runs on this processor: x86-64 with AVX2 and float16."""
    capability = torch.cpu.get_capabilities()
    return "fbgemm" in torch.backends.quantized.supported_engines and all(
        capability.get(name) for name in ("avx2", "fma3", "f16c")
    )


def has_vnni() -> bool:
    """Return whether this processor multiplies bytes and adds the products in one instruction."""
    capability = torch.cpu.get_capabilities()
    return bool(capability.get("avx512_vnni") or capability.get("avx_vnni"))


def has_amx() -> bool:
    """Return whether this processor multiplies whole tiles of bfloat16 in one instruction."""
    return bool(torch.cpu.get_capabilities().get("amx_bf16"))


class Convolution:
    """A one-dimensional convolution as one product of all that its positions see."""

    def __init__(self, layer: nn.Conv1d, *, rows: int) -> None:
        """Convert a layer without groups or dilation, for an x that has about `rows` positions."""
        (self._size,), (self._stride,) = layer.kernel_size, layer.stride
        self._padding = int(layer.padding[0])
        self._product = Linear(layer.weight.transpose(1, 2).flatten(1), layer.bias, rows=rows)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the convolution of x (b, n, in) along n: (b, positions, out)."""
        padded = F.pad(x, (0, 0, self._padding, self._padding))
        seen = padded.unfold(1, self._size, self._stride)  # (b, positions, in, size)
        return self._product(seen.transpose(2, 3).flatten(2))


class Int8Linear:
    """The same product in int8, with one scale per row of the weight and one for all of x.

    For an x without large outliers, such as the output of a layer norm; the product is off by about
    one percent of its size. The method is dynamic quantization as in oneDNN and PyTorch. Without
    VNNI, the sum of two products of eight bits may not fit into 16, so x has seven.
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
        self._type = bias.dtype  # type of x and of the product
        self._levels = 255 if has_vnni() else 127

    @staticmethod
    def pays(weight: torch.Tensor) -> bool:
        """Return whether this processor multiplies int8 faster than the type of the weight."""
        if Linear.packs(weight):
            return has_vnni() and not has_amx()  # with AMX, quantizing takes longer than it saves
        on_cpu = weight.device.type == "cpu" and weight.dtype == torch.float32
        return on_cpu and bool(torch.cpu.get_capabilities().get("avx2"))

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Return the product, (…, out)."""
        low, high = (bound.item() for bound in x.aminmax())
        scale = max(high - low, 1e-8) / self._levels
        zero = min(self._levels, max(0, round(-low / scale)))
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
            self._type,
            self._after,
            [],
            "none" if self._after == "gelu" else "",
        )
        return product.view(*x.shape[:-1], -1)
