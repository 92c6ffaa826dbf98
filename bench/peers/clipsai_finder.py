"""Finds clips with clipsai: reads sentences as JSON from its input, writes spans as JSON.

First the package as it is published is tried, and what stops it is reported. Then its finder alone
is loaded, without the package's other parts, with the sentences given and MiniLM in place of the
encoder that it would download.
"""

import importlib
import importlib.util
import json
import os
import re
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModel, PreTrainedTokenizerFast

BATCH = 32


def attempt(act: Callable[[], object]) -> str:
    """Return "works", or why it does not."""
    try:
        act()
    except Exception as error:  # whatever stops it is the result
        said = re.sub(r"'?https?://\S+", "its hub", str(error).strip()).splitlines()
        return f"{type(error).__name__}: {said[0] if said else ''}"
    return "works"


def encoder() -> None:
    """Load the encoder that its finder asks for."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - may be absent

    SentenceTransformer("all-roberta-large-v1")


class Sentences:
    """The part of its transcription that its finder reads."""

    def __init__(self, sentences: list[dict[str, Any]]) -> None:
        self._info, at = [], 0
        for sentence in sentences:
            self._info.append(
                {
                    "sentence": sentence["text"],
                    "start_char": at,
                    "end_char": at + len(sentence["text"]),
                    "start_time": sentence["start_s"],
                    "end_time": sentence["end_s"],
                }
            )
            at += len(sentence["text"]) + 1
        self.end_time = sentences[-1]["end_s"]

    def get_sentence_info(self) -> list[dict[str, Any]]:
        """Return the sentences in its format."""
        return self._info

    def get_char_info(self) -> range:
        """Return something as long as the text."""
        return range(self._info[-1]["end_char"])


def finder(weights: Path) -> Any:
    """Load its finder without running the package's own first module, which imports all of it."""
    found = importlib.util.find_spec("clipsai")
    if found is None or found.submodule_search_locations is None:
        raise ImportError("clipsai is not installed")
    package = types.ModuleType("clipsai")
    package.__path__ = list(found.submodule_search_locations)
    sys.modules["clipsai"] = package
    module: Any = importlib.import_module("clipsai.clip.clipfinder")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(weights / "tokenizer.json"),
        pad_token="[PAD]",  # noqa: S106 - no password
        model_max_length=256,
    )
    model = AutoModel.from_pretrained(weights)

    class Embedder:
        def embed_sentences(self, sentences: list[str]) -> torch.Tensor:
            parts = []
            with torch.inference_mode():
                for first in range(0, len(sentences), BATCH):
                    batch = tokenizer(
                        sentences[first : first + BATCH],
                        padding=True,
                        truncation=True,
                        return_tensors="pt",
                    )
                    states = model(**batch).last_hidden_state
                    mask = batch["attention_mask"].unsqueeze(-1)
                    mean = (states * mask).sum(1) / mask.sum(1)
                    parts.append(torch.nn.functional.normalize(mean, dim=1))
            return torch.cat(parts)

    module.TextEmbedder = Embedder
    return module.ClipFinder(device="cpu")


def main() -> None:
    """Answer one request."""
    request = json.loads(sys.stdin.read())
    answers, sys.stdout = sys.stdout, sys.stderr
    os.environ["HF_HUB_OFFLINE"] = "1"  # nothing is downloaded, so that no try lasts minutes
    package, own = "import clipsai, without the packages that it declares", "its sentence encoder"
    tries = [
        {"way": package, "result": attempt(lambda: importlib.import_module("clipsai"))},
        {"way": f"{own}, all-roberta-large-v1", "result": attempt(encoder)},
    ]
    for name in [name for name in sys.modules if name.split(".")[0] == "clipsai"]:
        del sys.modules[name]
    spans: list[tuple[float, float]] = []
    seconds = 0.0

    def find() -> None:
        nonlocal seconds
        loaded = finder(Path(request["weights"]))
        began = time.perf_counter()
        clips = loaded.find_clips(Sentences(request["sentences"]))
        seconds = time.perf_counter() - began
        spans.extend((float(clip.start_time), float(clip.end_time)) for clip in clips)

    tries.append({"way": "its finder alone, with MiniLM", "result": attempt(find)})
    print(json.dumps({"tries": tries, "spans": spans, "seconds": seconds}), file=answers)


if __name__ == "__main__":
    main()
