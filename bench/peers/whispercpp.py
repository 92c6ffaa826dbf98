"""whisper.cpp through pywhispercpp: float16 weights, defaults, one segment per word."""

from typing import Any

import _pywhispercpp as native
from faster_whisper.audio import decode_audio
from pywhispercpp.model import Model

from bench.peers import Loaded, facts

TICK_S = 0.01  # time unit of whisper.cpp


def load(threads: int, weights: str) -> Loaded:
    """Load the model. PyAV decodes the files, because whisper.cpp reads samples only."""
    model = Model(
        weights,
        n_threads=threads,
        redirect_whispercpp_logs_to=None,
        print_progress=False,
        print_timestamps=False,
        token_timestamps=True,
        max_len=1,
        split_on_word=True,
        language="auto",
    )

    def hear(file: str) -> dict[str, Any]:
        segments = model.transcribe(decode_audio(file))
        words = [(s.text, s.t0 * TICK_S, s.t1 * TICK_S) for s in segments if s.text]
        code = native.whisper_lang_str(native.whisper_full_lang_id(model._ctx))
        return {"text": " ".join(w[0] for w in words), "words": words, "language": code}

    return hear, facts("float16, greedy, no speech detection", "pywhispercpp", "av")
