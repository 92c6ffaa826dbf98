"""A language model behind an OpenAI-compatible URL (vLLM, llama.cpp, Ollama …): judge and author.

Sends one POST to /chat/completions per question, a few at once, with the JSON Schema of the answer
in `response_format`. Does not follow redirects: the key is meant for this address alone.
"""

import logging
import math
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from functools import partial
from http.client import HTTPResponse

import msgspec
from msgspec import Struct

from pipeline.core.control import Check
from pipeline.highlights import grading
from pipeline.highlights.grading import BadAnswer

log = logging.getLogger(__name__)

MAX_CONCURRENT = 4  # requests
READ_TIMEOUT_S = 30.0  # without a byte from one request
MAX_ANSWER_BYTES = 1 << 20  # a longer answer is nonsense
MAX_GRADE_TOKENS = 1024  # a grade needs twenty; some models reason before they answer
MAX_TEXT_TOKENS = 4096  # an article of 1,500 words needs half of them, in some languages all
POLL_S = 0.1  # between two checks for cancellation


class _Message(Struct):
    content: str | None = None


class _Choice(Struct):
    message: _Message


class _Completion(Struct):
    """The part of a response that is read."""

    choices: list[_Choice]


class Endpoint:
    """A model at an endpoint: `url` without /chat/completions, `model` as the endpoint names it."""

    def __init__(self, url: str, model: str, *, api_key: str, timeout_s: float) -> None:
        self.name = f"{model} at {url}"
        self.timeout_s = timeout_s
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = model
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._build_opener = _build_opener()

    def grade(self, texts: Sequence[str], check: Check) -> Sequence[float]:
        """Return the mean grade of each text.

        nan stands for an answer that cannot be read. Raises BadAnswer and OSError; calls `check`
        while waiting.
        """
        shape = grading.schema()
        requests = [partial(self._ask, grading.question(t), shape, MAX_GRADE_TOKENS) for t in texts]
        return [_read(answer) for answer in _run_requests(requests, check)]

    def complete(self, prompt: str, schema: dict[str, object], check: Check) -> str:
        """Return the model's answer, JSON of `schema`.

        Raises BadAnswer and OSError, like `grade`.
        """
        ask = partial(self._ask, prompt, schema, MAX_TEXT_TOKENS, wait_s=self.timeout_s)
        return _run_requests([ask], check)[0]

    def _ask(
        self, prompt: str, schema: dict[str, object], tokens: int, wait_s: float = READ_TIMEOUT_S
    ) -> str:
        """Send one prompt and return the answer's content.

        Waits at most `wait_s` for each byte; an endpoint sends nothing before the answer is
        complete.
        """
        body = {
            "model": self._model,
            "messages": [{"role": "user", "content": prompt}],
            "temperature": 0,
            "seed": 0,
            "max_tokens": tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "answer", "strict": True, "schema": schema},
            },
        }
        request = urllib.request.Request(
            self._url, msgspec.json.encode(body), self._headers, method="POST"
        )
        try:
            with self._build_opener.open(request, timeout=min(wait_s, self.timeout_s)) as response:
                content = _read_body(response, time.monotonic() + self.timeout_s)
        except urllib.error.HTTPError as error:
            with error:
                detail = error.read(200).decode(errors="replace")
            raise BadAnswer(f"HTTP {error.code}: {detail!r}") from error
        try:
            choices = msgspec.json.decode(content, type=_Completion).choices
        except msgspec.MsgspecError as error:
            raise BadAnswer(f"{content[:80]!r} is no chat completion: {error}") from error
        if not choices or choices[0].message.content is None:
            raise BadAnswer("a chat completion without content")
        return choices[0].message.content


def _read(answer: str) -> float:
    try:
        return grading.read(answer)
    except BadAnswer as error:
        log.info("a grade was not read: %s", error)
        return math.nan


def _run_requests(requests: Sequence[Callable[[], str]], check: Check) -> list[str]:
    """Run all requests, a few at once, and return the answers.

    Raises what a request or `check` raises.

    After an error, pending requests are left behind; each ends by its own time-out.
    """
    pool = ThreadPoolExecutor(MAX_CONCURRENT, thread_name_prefix="endpoint")
    try:
        futures = [pool.submit(ask) for ask in requests]
        waiting: set[Future[str]] = set(futures)
        while waiting:
            check()
            done, waiting = wait(waiting, POLL_S, return_when=FIRST_EXCEPTION)
            for answer in done:
                answer.result()
        return [answer.result() for answer in futures]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _build_opener() -> urllib.request.OpenerDirector:
    """Return an opener like urllib's without redirects, whose status is thus an error."""
    opener = urllib.request.OpenerDirector()
    for kind in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(kind())
    return opener


def _read_body(response: HTTPResponse, until: float) -> bytes:
    """Return the body; raises BadAnswer beyond MAX_ANSWER_BYTES and TimeoutError after `until`."""
    content = b""
    while piece := response.read1(65536):
        content += piece
        if len(content) > MAX_ANSWER_BYTES:
            raise BadAnswer(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
        if time.monotonic() > until:
            raise TimeoutError("an answer that does not end")
    return content
