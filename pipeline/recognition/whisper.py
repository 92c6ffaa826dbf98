"""The Whisper network as the recogniser wants it: mel, encoder, one decoder step for a batch.

The weights are an ordinary Hugging Face checkpoint. The decoder is stepped here, over the modules'
weights: query, key and value in one product, a cache of fixed size, cross-attention keys and
values computed once per window, rows dropped as they finish.

Whisper: Radford et al. 2022, arXiv:2212.04356.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torchaudio
from torch import nn
from torch.nn import functional as F
from transformers import WhisperForConditionalGeneration

from pipeline.core.control import Check, unchecked
from pipeline.core.data import SAMPLE_RATE
from pipeline.recognition.checkpoint_facts import known
from pipeline.recognition.cross_attention import CrossAttention
from pipeline.recognition.packed_linear import Linear
from pipeline.recognition.tokenizer import Vocabulary
from pipeline.recognition.whisper_encoder import AudioEncoder

WINDOW_S = 30  # the network hears exactly this much
N_FFT = 400
HOP_SAMPLES = 160  # samples: 10 ms
N_FRAMES = WINDOW_S * SAMPLE_RATE // HOP_SAMPLES  # 3000 mel frames
N_STATES = N_FRAMES // 2  # 1500 encoder states, 20 ms each
STATE_S = WINDOW_S / N_STATES

CPU_WINDOWS = 11  # decoded at once in each part: more would hardly be faster, and take 18 MB each
CPU_PARTS = 4  # batches side by side; with more cores each has several
CUDA_WINDOWS = 32
CUDA_SHARE = 0.5  # of the memory that is free: others use the card too


@dataclass(frozen=True, slots=True)
class _Layer:
    """One decoder layer's weights, query/key/value stacked and the scale folded into the query."""

    self_norm: nn.LayerNorm
    qkv: Linear
    self_out: Linear
    cross_norm: nn.LayerNorm
    cross_q: Linear
    cross_kv: tuple[Linear, Linear]
    cross_out: Linear
    final_norm: nn.LayerNorm
    fc1: Linear
    fc2: Linear


class Whisper:
    """A loaded checkpoint. Nothing in it changes, so several threads may use it."""

    def __init__(
        self,
        network: WhisperForConditionalGeneration,
        vocabulary: Vocabulary,
        heads: list[list[int]],
        name: str,
        *,
        eight_bits: bool,
    ) -> None:
        config = network.config
        self.name = name  # tells checkpoints apart
        self.vocabulary = vocabulary
        self.device = network.device
        self.dtype = network.dtype
        self.n_heads: int = config.decoder_attention_heads
        self.head_size: int = config.d_model // self.n_heads
        self.max_tokens: int = config.max_target_positions
        facts = known(heads)
        self.alignment_heads = facts.onset_heads or heads
        self._encoder = AudioEncoder(
            network.model.encoder,
            config.encoder_attention_heads,
            facts.largest() if eight_bits else None,
        )
        decoder = network.model.decoder
        self._embedding: torch.Tensor = decoder.embed_tokens.weight
        self.n_tokens: int = self._embedding.shape[0]
        self._scores = Linear(self._embedding, None, rows=CPU_WINDOWS)
        self._positions: torch.Tensor = decoder.embed_positions.weight
        self._final_norm: nn.LayerNorm = decoder.layer_norm
        self.layers = [_stacked(layer, self.head_size) for layer in decoder.layers]
        self._window = torch.hann_window(N_FFT, device=self.device)
        self._filters = torchaudio.functional.melscale_fbanks(
            N_FFT // 2 + 1,
            0.0,
            SAMPLE_RATE / 2,
            config.num_mel_bins,
            SAMPLE_RATE,
            "slaney",
            "slaney",
        ).T.to(self.device)

    @classmethod
    def load(
        cls, folder: Path, device: torch.device, precision: torch.dtype, *, eight_bits: bool = False
    ) -> "Whisper":
        """From a folder in the Hugging Face layout (with generation_config.json).

        `eight_bits`: where that is faster and holds well, a part of the encoder may have them.
        """
        network = WhisperForConditionalGeneration.from_pretrained(
            folder, dtype=precision, attn_implementation="sdpa"
        )
        generation = json.loads((folder / "generation_config.json").read_text())
        vocabulary = Vocabulary.load(folder, generation)
        return cls(
            network.to(device).eval(),
            vocabulary,
            generation["alignment_heads"],
            folder.name,
            eight_bits=eight_bits,
        )

    @property
    def eight_bits(self) -> bool:
        """Whether a part of the encoder has them."""
        return self._encoder.eight_bits

    def parts_at_once(self) -> int:
        """How many batches are best heard side by side: on a CPU one a core, to so many."""
        return min(CPU_PARTS, torch.get_num_threads()) if self.device.type == "cpu" else 1

    def windows_at_once(self) -> int:
        """How many windows are best decoded together, by the memory that is free on a card."""
        if self.device.type != "cuda":
            return CPU_WINDOWS
        free, _ = torch.cuda.mem_get_info(self.device)
        width, size = self.n_heads * self.head_size, self._embedding.element_size()
        memory = 2 * len(self.layers) * width * (N_STATES + self.max_tokens) * size
        encoding = 16 * N_STATES * width * size  # the widest that stands at one time in a layer
        return max(1, min(CUDA_WINDOWS, int(free * CUDA_SHARE / (memory + encoding))))

    @torch.inference_mode()
    def log_mel(self, windows: npt.NDArray[np.float32]) -> torch.Tensor:
        """Log-mel of windows (b, 480000), float32 → (b, bins, 3000), as the paper scales it."""
        samples = torch.from_numpy(windows).to(self.device)
        spectrum = torch.stft(
            samples, N_FFT, HOP_SAMPLES, window=self._window, return_complex=True
        )[..., :-1]
        mel = self._filters @ spectrum.abs().square()
        log = mel.clamp(min=1e-10).log10()
        log = torch.maximum(log, log.amax((1, 2), keepdim=True) - 8.0)
        return ((log + 4.0) / 4.0).to(self.dtype)

    def encode(self, mel: torch.Tensor, check: Check = unchecked) -> torch.Tensor:
        """Encoder states (b, 1500, width) of a log-mel; `check` is called before each layer."""
        return self._encoder(mel, check)

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Scores over the vocabulary (b, v), float32, of the last layer's output (b, width)."""
        return self._scores(self._final_norm(hidden)).float()

    def embed(self, tokens: torch.Tensor, position: int) -> torch.Tensor:
        """Decoder input (b, t, width) of tokens (b, t) that begin at `position`."""
        positions = self._positions[position : position + tokens.shape[1]]
        return F.embedding(tokens, self._embedding) + positions


class DecoderState:
    """The decoder's memory for one batch of windows: what was heard and what was said so far.

    A window has one text, and so one row in what goes in and out, unless `branch` made more.
    """

    def __init__(
        self, model: Whisper, states: torch.Tensor, max_tokens: int, check: Check = unchecked
    ) -> None:
        """Of encoder states (b, 1500, width); `check` is called before each layer."""
        self._model = model
        self._cross: list[CrossAttention] = []
        for layer in model.layers:
            check()
            keys, values = (project(states) for project in layer.cross_kv)
            self._cross.append(CrossAttention(keys, values, model.n_heads))
        cache = (states.shape[0], model.n_heads, max_tokens, model.head_size)
        self._keys = [
            torch.zeros(cache, dtype=states.dtype, device=states.device) for _ in model.layers
        ]
        self._values = [torch.zeros_like(k) for k in self._keys]
        self.position = 0

    def keep(self, windows: Sequence[int]) -> None:
        """Forget every window but these (indices into the current ones), with its texts."""
        texts = self._keys[0].shape[0] // len(self._cross[0])
        for heard in self._cross:
            heard.keep(windows)
        self.branch([window * texts + i for window in windows for i in range(texts)])

    def branch(self, rows: Sequence[int]) -> None:
        """Go on with the texts of these rows, in this order and as often as they are named.

        Every window must have as many of them as the others, next to each other.
        """
        index = torch.tensor(rows, device=self._model.device)
        self._keys = [self._taken(k, index) for k in self._keys]
        self._values = [self._taken(v, index) for v in self._values]

    def _taken(self, cache: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
        """Rows of a cache; what was not written yet is not copied."""
        taken = cache.new_empty(len(index), *cache.shape[1:])
        taken[:, :, : self.position] = cache[index, :, : self.position]
        return taken

    def step(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Feed tokens (b, t); scores after the last one (b, v), and the alignment heads' attention.

        The attention is that of the last token, (b, heads, 1500), each row summing to 1.
        """
        hidden = self._advance(tokens)
        return self._model.logits(hidden[:, -1]), self.attention

    def prompt(self, tokens: torch.Tensor) -> torch.Tensor:
        """Feed the prompt (b, t); scores after each of its tokens (b, t, v)."""
        hidden = self._advance(tokens)
        return self._model.logits(hidden)

    def read(self, tokens: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Feed tokens (b, t); the last layer's output (b, t, width) and the attention of each.

        The attention is that of the alignment heads, (b, t, heads, 1500).
        """
        hidden = self._advance(tokens)
        return hidden, self._attended.transpose(1, 2)

    @property
    def attention(self) -> torch.Tensor:
        """Alignment heads' attention of the token fed last."""
        return self._attended[:, :, -1]

    def _advance(self, tokens: torch.Tensor) -> torch.Tensor:
        """Run all layers over new tokens, extending the cache; hidden states (b, t, width)."""
        model, start = self._model, self.position
        end = start + tokens.shape[1]
        hidden = model.embed(tokens, start)
        wanted: dict[int, list[int]] = {}
        for layer_index, head in model.alignment_heads:
            wanted.setdefault(layer_index, []).append(head)
        attended = []
        for i, layer in enumerate(model.layers):
            hidden = hidden + self._self_attention(i, layer, hidden, start, end)
            update, weights = self._cross_attention(i, layer, hidden)
            hidden = hidden + update
            hidden = hidden + layer.fc2(F.gelu(layer.fc1(layer.final_norm(hidden))))
            if i in wanted:
                attended.append(weights[:, wanted[i]])
        self._attended = torch.cat(attended, dim=1)
        self.position = end
        return hidden

    def _self_attention(
        self, i: int, layer: _Layer, hidden: torch.Tensor, start: int, end: int
    ) -> torch.Tensor:
        batch, count, width = hidden.shape
        heads, size = self._model.n_heads, self._model.head_size
        qkv = layer.qkv(layer.self_norm(hidden))
        q, k, v = qkv.view(batch, count, 3, heads, size).permute(2, 0, 3, 1, 4)
        self._keys[i][:, :, start:end] = k
        self._values[i][:, :, start:end] = v
        scores = q @ self._keys[i][:, :, :end].transpose(-1, -2)
        if count > 1:
            future = torch.ones(count, end, dtype=torch.bool, device=scores.device)
            scores = scores.masked_fill(future.triu(start + 1), float("-inf"))
        mixed = scores.softmax(-1) @ self._values[i][:, :, :end]
        out: torch.Tensor = layer.self_out(mixed.transpose(1, 2).reshape(batch, count, width))
        return out

    def _cross_attention(
        self, i: int, layer: _Layer, hidden: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        mixed, weights = self._cross[i](layer.cross_q(layer.cross_norm(hidden)))
        return layer.cross_out(mixed), weights


def _stacked(layer: Any, head_size: int) -> _Layer:  # transformers has no types here
    """A transformers decoder layer, with what is multiplied together stored together."""
    scale = head_size**-0.5
    attention, cross = layer.self_attn, layer.encoder_attn
    q, k, v = attention.q_proj, attention.k_proj, attention.v_proj
    qkv = torch.cat((q.weight * scale, k.weight, v.weight))
    qkv_bias = torch.cat((q.bias * scale, torch.zeros_like(q.bias), v.bias))
    few, many = CPU_WINDOWS, CPU_WINDOWS * N_STATES
    return _Layer(
        self_norm=layer.self_attn_layer_norm,
        qkv=Linear(qkv, qkv_bias, rows=few),
        self_out=Linear.of(attention.out_proj, rows=few),
        cross_norm=layer.encoder_attn_layer_norm,
        cross_q=Linear(cross.q_proj.weight * scale, cross.q_proj.bias * scale, rows=few),
        cross_kv=(Linear.of(cross.k_proj, rows=many), Linear.of(cross.v_proj, rows=many)),
        cross_out=Linear.of(cross.out_proj, rows=few),
        final_norm=layer.final_layer_norm,
        fc1=Linear.of(layer.fc1, rows=few),
        fc2=Linear.of(layer.fc2, rows=few),
    )
