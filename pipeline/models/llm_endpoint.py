"""A language model behind an OpenAI-compatible URL (vLLM, llama.cpp, Ollama …): judge and author.

One POST to /chat/completions for each question, a few at once, with the answer's JSON Schema in
`response_format`. Redirects are not followed: the key is meant for this address alone.
"""

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

AT_ONCE = 4  # requests
REQUEST_S = 30.0  # without a byte, of one of them
ANSWER_BYTES = 1 << 20  # of one of them; a longer one is nonsense
GRADE_TOKENS = 1024  # a grade needs twenty; some models think before they answer
TEXT_TOKENS = 4096  # an article of 1,500 words needs half of it, in some languages all
LOOK_S = 0.1  # between two looks at a cancel


class _Message(Struct):
    content: str | None = None


class _Choice(Struct):
    message: _Message


class _Completion(Struct):
    """What is read of an answer; there is more in it."""

    choices: list[_Choice]


class Endpoint:
    """`url` ends before /chat/completions; `model` is the name that the endpoint knows it by."""

    def __init__(self, url: str, model: str, *, api_key: str, timeout_s: float) -> None:
        self.name = f"{model} at {url}"
        self.timeout_s = timeout_s
        self._url = f"{url.rstrip('/')}/chat/completions"
        self._model = model
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if api_key:
            self._headers["Authorization"] = f"Bearer {api_key}"
        self._opener = _opener()

    def grade(self, texts: Sequence[str], check: Check) -> Sequence[float]:
        """Mean grade of each. Raises BadAnswer and OSError; `check` is called all the while."""
        shape = grading.schema()
        asked = [partial(self._ask, grading.question(t), shape, GRADE_TOKENS) for t in texts]
        return [grading.read(answer) for answer in _answers(asked, check)]

    def complete(self, prompt: str, schema: dict[str, object], check: Check) -> str:
        """Its answer, JSON of `schema`. Raises BadAnswer and OSError, as `grade` does."""
        ask = partial(self._ask, prompt, schema, TEXT_TOKENS, wait_s=self.timeout_s)
        return _answers([ask], check)[0]

    def _ask(
        self, prompt: str, schema: dict[str, object], tokens: int, wait_s: float = REQUEST_S
    ) -> str:
        """Waits `wait_s` at most for a next byte: nothing comes before all is written."""
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
            with self._opener.open(request, timeout=min(wait_s, self.timeout_s)) as response:
                content = _bounded(response, time.monotonic() + self.timeout_s)
        except urllib.error.HTTPError as error:
            with error:
                told = error.read(200).decode(errors="replace")
            raise BadAnswer(f"HTTP {error.code}: {told!r}") from error
        try:
            choices = msgspec.json.decode(content, type=_Completion).choices
        except msgspec.MsgspecError as error:
            raise BadAnswer(f"{content[:80]!r} is no chat completion: {error}") from error
        if not choices or choices[0].message.content is None:
            raise BadAnswer("a chat completion without content")
        return choices[0].message.content


def _answers(asked: Sequence[Callable[[], str]], check: Check) -> list[str]:
    """Of all that is asked, a few at once. Raises what one of them raises, and what `check` does.

    Requests that hang then are left behind: each ends by itself in its time.
    """
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="endpoint")
    try:
        coming = [pool.submit(ask) for ask in asked]
        waiting: set[Future[str]] = set(coming)
        while waiting:
            check()
            done, waiting = wait(waiting, LOOK_S, return_when=FIRST_EXCEPTION)
            for answer in done:
                answer.result()
        return [answer.result() for answer in coming]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _opener() -> urllib.request.OpenerDirector:
    """urllib's own but for redirects: their status is an error like any other."""
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


def _bounded(response: HTTPResponse, until: float) -> bytes:
    """The body, of at most ANSWER_BYTES, that has come by `until`."""
    content = b""
    while piece := response.read1(65536):
        content += piece
        if len(content) > ANSWER_BYTES:
            raise BadAnswer(f"an answer of more than {ANSWER_BYTES} bytes")
        if time.monotonic() > until:
            raise TimeoutError("an answer that does not end")
    return content
