"""The client for programs without async: each call blocks until it is done.

It drives the async client in a thread of its own, so it also works where an event loop runs
already, as in a notebook, and several threads may share one client. `on_progress` is called in
that thread.
"""

import asyncio
import functools
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from klipfast_client import api_client
from klipfast_client.api_client import PATIENCE_S

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class _LoopThread:
    """An event loop in a thread."""

    def __init__(self) -> None:
        self._started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._main()), name="klipfast-client", daemon=True
        )
        self._thread.start()
        self._loop, self._ended = self._started.result()

    async def _main(self) -> None:
        ended = asyncio.Event()
        self._started.set_result((asyncio.get_running_loop(), ended))
        await ended.wait()

    def result(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what the coroutine returns; an interruption, as by Ctrl-C, cancels it.

        Raises RuntimeError in `on_progress`, for which the coroutine waits, and after the end.
        """
        if threading.current_thread() is self._thread or not self._thread.is_alive():
            work.close()
            raise RuntimeError(
                "A blocking call cannot be made from on_progress."
                if self._thread.is_alive()
                else "This client is closed: call it within `with connected(…)`, in one process."
            )
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def end(self) -> None:
        """Cancel what still runs, and end the thread."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()


def _blocking(
    method: Callable[Concatenate[api_client.Client, Arguments], Coroutine[Any, Any, Result]],
) -> Callable[Concatenate["Client", Arguments], Result]:
    """Return a method that waits for one of the async client."""

    def call(self: "Client", /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return self._thread.result(method(self._client, *args, **kwargs))

    functools.update_wrapper(call, method)
    return call


class Client:
    """One account on one server, created by `connected`; see `klipfast_client.Client`."""

    def __init__(self, client: api_client.Client, thread: _LoopThread) -> None:
        self._client = client
        self._thread = thread

    upload = _blocking(api_client.Client.upload)
    submit = _blocking(api_client.Client.submit)
    submit_batch = _blocking(api_client.Client.submit_batch)
    uploaded = _blocking(api_client.Client.uploaded)
    delete_upload = _blocking(api_client.Client.delete_upload)
    upload_token = _blocking(api_client.Client.upload_token)
    caption_styles = _blocking(api_client.Client.caption_styles)
    caption_preview = _blocking(api_client.Client.caption_preview)
    caption_motion = _blocking(api_client.Client.caption_motion)
    job = _blocking(api_client.Client.job)
    jobs = _blocking(api_client.Client.jobs)
    cancel = _blocking(api_client.Client.cancel)
    pause = _blocking(api_client.Client.pause)
    resume = _blocking(api_client.Client.resume)
    retry = _blocking(api_client.Client.retry)
    delete = _blocking(api_client.Client.delete)
    trash = _blocking(api_client.Client.trash)
    untrash = _blocking(api_client.Client.untrash)
    delete_clip = _blocking(api_client.Client.delete_clip)
    clip = _blocking(api_client.Client.clip)
    clips = _blocking(api_client.Client.clips)
    make_clip = _blocking(api_client.Client.make_clip)
    preview = _blocking(api_client.Client.preview)
    preview_stream = _blocking(api_client.Client.preview_stream)
    framing = _blocking(api_client.Client.framing)
    editing = _blocking(api_client.Client.editing)
    clip_transcript = _blocking(api_client.Client.clip_transcript)
    candidates = _blocking(api_client.Client.candidates)
    render = _blocking(api_client.Client.render)
    versions = _blocking(api_client.Client.versions)
    restore = _blocking(api_client.Client.restore)
    reel = _blocking(api_client.Client.reel)
    transcript = _blocking(api_client.Client.transcript)
    sentences = _blocking(api_client.Client.sentences)
    overview = _blocking(api_client.Client.overview)
    talk = _blocking(api_client.Client.talk)
    source_link = _blocking(api_client.Client.source_link)
    source_picture = _blocking(api_client.Client.source_picture)
    event_link = _blocking(api_client.Client.event_link)
    feeds = _blocking(api_client.Client.feeds)
    name_speakers = _blocking(api_client.Client.name_speakers)
    corrections = _blocking(api_client.Client.corrections)
    correct = _blocking(api_client.Client.correct)
    texts = _blocking(api_client.Client.texts)
    text = _blocking(api_client.Client.text)
    put_text = _blocking(api_client.Client.put_text)
    text_versions = _blocking(api_client.Client.text_versions)
    restore_text = _blocking(api_client.Client.restore_text)
    quote_card = _blocking(api_client.Client.quote_card)
    rewrite = _blocking(api_client.Client.rewrite)
    timeline = _blocking(api_client.Client.timeline)
    chapters = _blocking(api_client.Client.chapters)
    chapter_file = _blocking(api_client.Client.chapter_file)
    captions = _blocking(api_client.Client.captions)
    add_brand = _blocking(api_client.Client.add_brand)
    brands = _blocking(api_client.Client.brands)
    brand = _blocking(api_client.Client.brand)
    change_brand = _blocking(api_client.Client.change_brand)
    delete_brand = _blocking(api_client.Client.delete_brand)
    put_brand_file = _blocking(api_client.Client.put_brand_file)
    delete_brand_file = _blocking(api_client.Client.delete_brand_file)
    brand_preview = _blocking(api_client.Client.brand_preview)
    give_feedback = _blocking(api_client.Client.give_feedback)
    feedback = _blocking(api_client.Client.feedback)
    usage = _blocking(api_client.Client.usage)
    operator = _blocking(api_client.Client.operator)
    keys = _blocking(api_client.Client.keys)
    add_key = _blocking(api_client.Client.add_key)
    delete_key = _blocking(api_client.Client.delete_key)
    sessions = _blocking(api_client.Client.sessions)
    delete_session = _blocking(api_client.Client.delete_session)
    add_webhook = _blocking(api_client.Client.add_webhook)
    ping_webhook = _blocking(api_client.Client.ping_webhook)
    webhooks = _blocking(api_client.Client.webhooks)
    delete_webhook = _blocking(api_client.Client.delete_webhook)
    deliveries = _blocking(api_client.Client.deliveries)
    job_deliveries = _blocking(api_client.Client.job_deliveries)
    replay = _blocking(api_client.Client.replay)
    replay_job_delivery = _blocking(api_client.Client.replay_job_delivery)
    job_webhook_secret = _blocking(api_client.Client.job_webhook_secret)
    wait = _blocking(api_client.Client.wait)
    download = _blocking(api_client.Client.download)
    archive = _blocking(api_client.Client.archive)


@contextmanager
def connected(base_url: str, key: str, *, patience_s: float = PATIENCE_S) -> Iterator[Client]:
    """Yield a client of the server at `base_url`, such as http://127.0.0.1:8080.

    `patience_s`: how long consecutive failures are retried, once the server has answered.
    """
    thread = _LoopThread()
    try:
        stack = AsyncExitStack()
        opening = api_client.connected(base_url, key, patience_s=patience_s)
        client = thread.result(stack.enter_async_context(opening))
        try:
            yield Client(client, thread)
        finally:
            thread.result(stack.aclose())
    finally:
        thread.end()
