"""A language model behind an OpenAI-compatible URL (vLLM, llama.cpp, Ollama …): judge and author.

Sends one POST to /chat/completions per question, a few at once, with the JSON Schema of the answer
in `response_format` where the server takes it (`chat_dialect`). A server that is busy is asked
again, and one whose answer is no longer wanted is hung up on, so that it stops writing. Does not
follow redirects: the key is meant for this address alone.
"""

import logging
import math
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection

import msgspec
from msgspec import Struct

from pipeline.core.control import Check
from pipeline.highlights import comparison
from pipeline.highlights.comparison import PAIRS, BadAnswer
from pipeline.models.chat_dialect import REFUSED, Dialect
from pipeline.texts.generation.author import USUAL_LIMITS, TokenLimits

log = logging.getLogger(__name__)

MAX_CONCURRENT = 4  # requests
MAX_ANSWER_BYTES = 1 << 20  # a longer answer is nonsense
MAX_DETAIL_BYTES = 400  # bytes read from an error's message
MAX_LETTER_TOKENS = 1024  # a letter needs ten; some models reason before they answer
BUSY = (429, 503)
MAX_RETRIES = 3  # retries of a request to a busy server
MAX_RETRY_WAIT_S = 20.0
POLL_S = 0.1  # interval between checks for cancellation


class _Message(Struct):
    content: str | None = None


class _Choice(Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(Struct):
    """The part of a response that is read."""

    choices: list[_Choice]


class _Refused(BadAnswer):
    """The server answered with another status than 200."""

    def __init__(self, status: int, detail: str, retry_after: str | None) -> None:
        super().__init__(f"HTTP {status}: {detail!r}")
        self.status, self.detail, self.retry_after = status, detail, retry_after


class _Line:
    """The connection of a request, on which another thread can hang up."""

    def __init__(self) -> None:
        self._connection: HTTPConnection | None = None
        self.opener = urllib.request.OpenerDirector()  # like urllib's, without redirects
        for handler in (
            urllib.request.ProxyHandler(),
            _opening("http", partial(self._connect, HTTPConnection)),
            _opening("https", partial(self._connect, HTTPSConnection)),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
        ):
            self.opener.add_handler(handler)

    def _connect(self, kind: type[HTTPConnection], host: str, *, timeout: float) -> HTTPConnection:
        self._connection = kind(host, timeout=timeout)
        return self._connection

    def hang_up(self) -> None:
        """Close the connection, if it is open."""
        if self._connection is not None and self._connection.sock is not None:
            with suppress(OSError):
                self._connection.sock.shutdown(socket.SHUT_RDWR)


Ask = Callable[[_Line], str]


class Endpoint:
    """A model at an endpoint: `url` without /chat/completions, `model` as the endpoint names it."""

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str,
        timeout_s: float,
        pairs: int = PAIRS,
        limits: TokenLimits = USUAL_LIMITS,
    ) -> None:
        self.name = model  # without the address: it stands in published documents
        self.timeout_s = timeout_s
        self.pairs = pairs
        self.context_tokens = limits.prompt
        self._max_tokens = limits.answer
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._dialect = Dialect()  # what the server has understood so far

    def compare(self, pairs: Sequence[tuple[str, str]], check: Check) -> Sequence[float]:
        """Return 1 for each pair whose first the model prefers, 0 for the others.

        nan stands for an answer that cannot be read. Raises BadAnswer and OSError; calls `check`
        while waiting.
        """
        shape, tokens = comparison.schema(), MAX_LETTER_TOKENS
        asks: list[Ask] = [
            partial(self._ask, comparison.question(pair), shape, tokens) for pair in pairs
        ]
        return [_read(answer) for answer in _run_requests(asks, check)]

    def complete(self, prompt: str, schema: dict[str, object], check: Check) -> str:
        """Return the model's answer, JSON of `schema`.

        Raises BadAnswer and OSError, like `compare`.
        """
        ask = partial(self._ask, prompt, schema, self._max_tokens)
        return _run_requests([ask], check)[0]

    def _ask(self, prompt: str, schema: dict[str, object], tokens: int, line: _Line) -> str:
        """Send one prompt and return the answer's content."""
        until = time.monotonic() + self.timeout_s
        dialect = self._dialect
        refused: _Refused | None = None
        while True:
            body = msgspec.json.encode(dialect.body(self.name, prompt, schema, tokens))
            try:
                content = self._send_patiently(body, until, line)
                break
            except _Refused as error:
                refused = refused or error
                simpler = dialect.simpler(error.detail) if error.status in REFUSED else None
                if simpler is None:
                    raise refused from error
                dialect = simpler
        if dialect != self._dialect:
            log.info("language model %s: asked with %s", self.name, dialect)
            self._dialect = dialect
        return self._content(content)

    def _send_patiently(self, body: bytes, until: float, line: _Line) -> bytes:
        """Send a request, again after a while if the server is busy, and return the response."""
        for attempt in range(MAX_RETRIES + 1):
            try:
                return self._send(body, until, line)
            except _Refused as error:
                pause_s = _pause_s(error.retry_after, attempt)
                over = time.monotonic() + pause_s > until
                if error.status not in BUSY or attempt == MAX_RETRIES or over:
                    raise
                time.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    def _send(self, body: bytes, until: float, line: _Line) -> bytes:
        """Send a request; an endpoint sends nothing before the answer is complete."""
        request = urllib.request.Request(self._url, body, self._headers, method="POST")
        try:
            with line.opener.open(request, timeout=self.timeout_s) as response:
                return _read_body(response, until)
        except urllib.error.HTTPError as error:
            with error:
                detail = error.read(MAX_DETAIL_BYTES).decode(errors="replace")
            raise _Refused(error.code, detail, error.headers.get("Retry-After")) from error

    def _content(self, response: bytes) -> str:
        try:
            choices = msgspec.json.decode(response, type=_Completion).choices
        except msgspec.MsgspecError as error:
            raise BadAnswer(f"{response[:80]!r} is no chat completion: {error}") from error
        if not choices or choices[0].message.content is None:
            raise BadAnswer("a chat completion without content")
        if choices[0].finish_reason == "length":
            log.warning("language model %s: an answer was cut off at its token limit", self.name)
        return choices[0].message.content


def _pause_s(retry_after: str | None, attempt: int) -> float:
    """Return the seconds before another attempt: as the server wishes, else 1, 2, 4."""
    try:
        wished_s = float(retry_after or "")
    except ValueError:
        wished_s = 2.0**attempt
    return min(MAX_RETRY_WAIT_S, max(0.1, wished_s)) if math.isfinite(wished_s) else 1.0


def _read(answer: str) -> float:
    try:
        return comparison.read(answer)
    except BadAnswer as error:
        log.info("an answer was not read: %s", error)
        return math.nan


def _run_requests(requests: Sequence[Ask], check: Check) -> list[str]:
    """Run all requests, a few at once, and return the answers.

    Raises what a request or `check` raises, and then hangs up on the others.
    """
    pool = ThreadPoolExecutor(MAX_CONCURRENT, thread_name_prefix="endpoint")
    lines = [_Line() for _ in requests]
    try:
        futures = [pool.submit(ask, line) for ask, line in zip(requests, lines, strict=True)]
        waiting: set[Future[str]] = set(futures)
        while waiting:
            check()
            done, waiting = wait(waiting, POLL_S, return_when=FIRST_EXCEPTION)
            for answer in done:
                answer.result()
        return [answer.result() for answer in futures]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for line in lines:
            line.hang_up()


def _opening(scheme: str, connect: Callable[..., HTTPConnection]) -> urllib.request.BaseHandler:
    """Return a handler that opens requests of a scheme with `connect`."""
    handler = urllib.request.AbstractHTTPHandler()
    setattr(handler, f"{scheme}_open", partial(handler.do_open, connect))
    setattr(handler, f"{scheme}_request", handler.do_request_)
    return handler


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
