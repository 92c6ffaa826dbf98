"""Language models for tests: an endpoint with scripted answers, and random weights."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from pipeline.highlights.comparison import PAIRS
from pipeline.models.llm_endpoint import Endpoint

Answer = Callable[[dict[str, Any]], tuple[int, str]]


@dataclass
class Fake:
    """The requests that an endpoint received, and its scripted answer."""

    answer: Answer
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)


@contextmanager
def endpoint(answer: Answer) -> Iterator[Fake]:
    """Run a local server that implements the part of the protocol in use."""
    fake = Fake(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            fake.paths.append(self.path)
            fake.headers.append(dict(self.headers))
            fake.asked.append(body)
            status, text = fake.answer(body)
            self.send_response(status)
            if status in (302, 307):
                self.send_header("Location", f"{fake.url}/elsewhere")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            try:
                self.wfile.write(text.encode())
            except OSError:
                fake.hung_up.set()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def completion(content: str | None) -> str:
    return json.dumps({"id": "x", "choices": [{"index": 0, "message": {"content": content}}]})


def asking(
    fake: Fake, *, timeout_s: float = 20.0, api_key: str = "", pairs: int = PAIRS
) -> Endpoint:
    return Endpoint(fake.url, "tiny", api_key=api_key, timeout_s=timeout_s, pairs=pairs)


def random_model(folder: Path, *, chat_template: str = "", is_broken: bool = False) -> Path:
    """Save a byte-level language model with random weights, in the Hugging Face layout.

    A broken model returns NaN.
    """
    # transformers takes seconds to import, and most tests that import this module make no model
    import torch
    from tokenizers import Tokenizer, decoders, pre_tokenizers
    from tokenizers import models as tokenizer_models
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    letters_of_bytes = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: i for i, letter in enumerate(letters_of_bytes)}
    tokenizer = Tokenizer(tokenizer_models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    known = PreTrainedTokenizerFast(tokenizer_object=tokenizer)
    if chat_template:
        known.chat_template = chat_template
    known.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=8192,
        initializer_range=0.3,
    )
    network = LlamaForCausalLM(config)
    if is_broken:
        with torch.no_grad():
            network.lm_head.weight.fill_(float("nan"))
    network.save_pretrained(folder, safe_serialization=True)
    return folder
