"""Runs one side as a process: `python -m bench.peers NAME THREADS WEIGHTS`."""

import importlib
import sys
from functools import partial

from bench.support.line_process import answer_lines

LOADERS = {
    "ours": ("bench.peers.ours", "load"),
    "faster-whisper batched": ("bench.peers.faster", "load_batched"),
    "faster-whisper sequential": ("bench.peers.faster", "load_sequential"),
    "openai-whisper": ("bench.peers.openai", "load"),
    "whisper.cpp": ("bench.peers.whispercpp", "load"),
    "our job": ("bench.peers.our_job", "load"),
    "shorts-factory": ("bench.peers.shorts_factory", "load"),
}

if __name__ == "__main__":
    name, threads, weights = sys.argv[1:]
    module, function = LOADERS[name]
    load = getattr(importlib.import_module(module), function)
    answer_lines(partial(load, int(threads), weights))
