"""Cross-attention of one decoder layer to a batch of windows.

Computed with plain products, because fused attention does not return its weights, which alignment
needs. On a CPU with bfloat16, all heads' scores of a window are one product with keys in oneDNN's
layout, where seven eighths of the query matrix are zeros: reading the keys dominates the time, and
a product of a single row reads them at half the speed.
"""

from collections.abc import Sequence

import torch

from pipeline.recognition.packed_linear import Linear


class CrossAttention:
    """Keys and values of one layer for a batch of windows, which can be dropped one by one."""

    def __init__(self, keys: torch.Tensor, values: torch.Tensor, heads: int) -> None:
        """Take keys and values (b, n, width); queries must already include the scale."""
        batch, count, width = keys.shape
        self._heads = heads
        shape = (batch, count, heads, width // heads)
        self._packed = Linear.packs(keys)
        if self._packed:
            own = torch.eye(heads, dtype=keys.dtype).repeat_interleave(width // heads, 1)
            self._own = own  # (heads, width): 1 where a channel belongs to the head
            self._row_keys = [Linear(k, None, rows=heads) for k in keys]
            self._row_values = [v.contiguous() for v in values.view(shape).transpose(1, 2)]
        else:
            self._keys = keys.view(shape).permute(0, 2, 3, 1).contiguous()
            self._values = values.view(shape).transpose(1, 2).contiguous()

    def keep(self, rows: Sequence[int]) -> None:
        """Drop every window except these (indices into the current ones)."""
        if self._packed:
            self._row_keys = [self._row_keys[row] for row in rows]
            self._row_values = [self._row_values[row] for row in rows]
        else:
            index = torch.tensor(rows, device=self._keys.device)
            self._keys, self._values = self._keys[index], self._values[index]

    def __call__(self, queries: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Attend with queries (b, t, width); return (b, t, width) and the weights (b, heads, t, n).

        b is the number of windows, or a multiple of it: several consecutive rows may share a
        window.
        """
        batch, count, width = queries.shape
        mixed, weights = self._attend(queries.view(len(self), -1, width))
        texts = batch // len(self)
        weights = (
            weights.view(len(self), self._heads, texts, count, -1).transpose(1, 2).flatten(0, 1)
        )
        return mixed.reshape(batch, count, width), weights

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self._row_keys if self._packed else self._keys)

    def _attend(self, queries: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Attend with one block of queries per window."""
        batch, count, width = queries.shape
        if self._packed:
            weights = self._scores(queries).softmax(-1)
            rows = zip(weights, self._row_values, strict=True)
            mixed = torch.stack([w @ values for w, values in rows])
        else:
            split = queries.view(batch, count, self._heads, -1).transpose(1, 2)
            weights = (split @ self._keys).softmax(-1)
            mixed = weights @ self._values
        return mixed.transpose(1, 2).reshape(batch, count, width), weights

    def _scores(self, queries: torch.Tensor) -> torch.Tensor:
        """Return scores (b, heads, t, n).

        Each head's query fills a row of its own, with zeros in the channels of the other heads.
        """
        batch, count, width = queries.shape
        alone = (queries.unsqueeze(1) * self._own.unsqueeze(1)).view(batch, -1, width)
        scores = [keys(row) for keys, row in zip(self._row_keys, alone, strict=True)]
        return torch.stack(scores).view(batch, self._heads, count, -1)
