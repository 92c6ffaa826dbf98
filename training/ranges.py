"""Records the largest output of the norms in Whisper's encoder, channel by channel.

A few channels are ten times larger than most, and would use up the range of eight bits.
pipeline/recognition/whisper_encoder.py equalizes the channels with the recorded values
(SmoothQuant: Xiao et al. 2023, arXiv:2211.10438). The values come from the project's own sample, in
float32.

    python -m training.ranges
"""

from typing import Any

import torch
from safetensors.torch import save_file
from transformers import WhisperForConditionalGeneration

import pipeline
from bench.support.recordings import ROOT, SAMPLE
from pipeline.core.control import Control
from pipeline.models import checkpoints, pinned
from pipeline.models.model_config import ModelConfig, default_cache_dir
from pipeline.recognition import vad, windows
from pipeline.recognition.whisper import WINDOW_S
from training.judged_words import sound

OUT = ROOT / "pipeline" / "weights" / "whisper_base_ranges.safetensors"


def main() -> None:
    """Encode the sample, record the largest values, save."""
    models = pipeline.load_models(ModelConfig(device="cpu", precision="float32"))
    folder = checkpoints.resolve("auto", pinned.WHISPER_BASE, default_cache_dir())
    network = WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    encoder = network.model.encoder
    attention = [track(layer.self_attn_layer_norm) for layer in encoder.layers]
    feed_forward = [track(layer.final_layer_norm) for layer in encoder.layers]
    with torch.inference_mode():
        audio = sound(SAMPLE)
        found = vad.probabilities(audio, models.voice_activity, Control())
        for window in windows.pack(vad.find_speech(found), found):
            samples = windows.stack([window], audio, WINDOW_S)
            encoder(models.whisper.log_mel(samples))
    ranges = {
        "attention": torch.stack([largest[0] for largest in attention]),
        "feed_forward": torch.stack([largest[0] for largest in feed_forward]),
    }
    save_file(ranges, OUT)
    for name, found_largest in ranges.items():
        print(f"{name}: median {found_largest.median():.2f}, largest {found_largest.max():.2f}")
    print(f"written to {OUT.relative_to(ROOT)}")


def track(layer: torch.nn.Module) -> list[torch.Tensor]:
    """Return a list of one tensor: the largest absolute output of a layer so far, per channel."""
    largest = [torch.zeros(())]

    def note(_layer: torch.nn.Module, _given: Any, out: torch.Tensor) -> None:
        largest[0] = torch.maximum(largest[0], out.abs().amax((0, 1)))

    layer.register_forward_hook(note)
    return largest


if __name__ == "__main__":
    main()
