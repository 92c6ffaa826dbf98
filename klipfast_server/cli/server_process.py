"""The process that serves: it runs the application, and ends even if a thread of it hangs."""

import asyncio
import faulthandler
import logging
import os
import re
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable

import structlog
from aiohttp import web

from klipfast_server.cli import ports, supervisor
from klipfast_server.cli.sign_in_box import LEAD, boxed
from klipfast_server.core import threads
from klipfast_server.core.config import Config, base_url
from klipfast_server.core.tasks import background, wait_at_most
from klipfast_server.net.addresses import is_loopback
from klipfast_server.store import sign_ins
from klipfast_server.telemetry import logs

log = structlog.get_logger()

# From the connection, or the answer before, until all headers of the next request are here: a proxy
# may keep an idle connection for 60 seconds.
HEADERS_S = 75.0
ADDRESS = re.compile(r"https?://[^\s,]+")
GREETING_S = 15.0  # maximum wait for the models, whose log lines come before the sign-in link
JOURNAL = "JOURNAL_STREAM"  # systemd sets it for what writes into its journal
THREADS_S = 2.0  # for the threads of lanes to end, after everything else has


def run(config: Config, heartbeat: int | None) -> int:
    """Serve until a signal to stop, and return the exit code; `supervisor.RESTART` after a hang.

    Where a setting names weights that do not load, it is 1, and a sentence on stderr says so.
    `heartbeat`: descriptor to write a byte to regularly. Where a thread does not end, this does not
    return: the process ends here.
    """
    with logs.native_output(config.server) as stderr:
        faulthandler.enable(stderr)
        code, fault = _serve(config, heartbeat)
        faulthandler.enable()
    _end_with_threads(code, fault)
    return code


def _serve(config: Config, heartbeat: int | None) -> tuple[int, str]:
    """Serve until a signal to stop; return the exit code, and what is wrong with the settings."""
    threads.share_interpreter()
    from klipfast_server.app import create_app  # noqa: PLC0415  (imports torch: seconds)
    from klipfast_server.core.engine import PipelineEngine  # noqa: PLC0415

    code, fault = 0, ""

    def end_process(settings_fault: str = "") -> None:
        nonlocal code, fault
        code, fault = 1 if settings_fault else supervisor.RESTART, settings_fault
        signal.raise_signal(signal.SIGTERM)

    app = create_app(config, PipelineEngine(config.models, config.llm), end_process=end_process)
    app.cleanup_ctx.append(_greeting)
    if heartbeat is not None:
        app.cleanup_ctx.insert(0, _beating(heartbeat))
    try:
        web.run_app(
            app,
            host=config.server.host,
            port=config.server.port,
            access_log=None,  # middleware.requests writes the line, with the request's id
            shutdown_timeout=config.server.shutdown_grace_s,
            keepalive_timeout=HEADERS_S,
            print=_log_addresses if logs.is_json(config.server) else print,
        )
    except OSError as error:  # such as a port that is in use
        return 1, ports.explain(config.server, error)
    return code, fault


def _log_addresses(banner: str) -> None:
    """Log the addresses in what aiohttp would print for a person."""
    log.info("listening", addresses=ADDRESS.findall(banner))


async def _greeting(app: web.Application) -> AsyncIterator[None]:
    """Tell a person how to begin, below all that the start prints.

    Who sits before the server gets a link at each start, as long as there is one account. A log,
    where a container's owner looks, gets one at the very first start; systemd's journal, which
    other users may read, gets none.
    """
    from klipfast_server.api import app_keys  # noqa: PLC0415  (imports torch: seconds)

    config = app[app_keys.CONFIG]
    is_watched = sys.stdout.isatty()

    async def greet() -> None:
        if not is_watched and JOURNAL in os.environ:
            return
        most = int(is_watched and is_loopback(config.server.host))
        await wait_at_most(app[app_keys.WARMED], GREETING_S)
        try:
            code = await sign_ins.first_code(app[app_keys.DATABASE], config, most=most)
        except Exception as error:  # the database may be away; the server goes on
            log.warning("no sign-in link", error=repr(error))
        else:
            if code is None:
                return
            link = sign_ins.link(base_url(config), code)
            if is_watched:
                print(boxed(link), flush=True)
            else:
                log.info(LEAD, link=link)

    async with background(greet()):
        yield


def _beating(descriptor: int) -> Callable[[web.Application], AsyncIterator[None]]:
    os.set_blocking(descriptor, False)

    async def beat() -> None:
        while True:
            try:
                os.write(descriptor, b"\0")
            except BlockingIOError:
                log.warning("supervisor reads no heartbeats")
            except BrokenPipeError:  # the supervisor has died
                signal.raise_signal(signal.SIGTERM)
                return
            await asyncio.sleep(supervisor.HEARTBEAT_S)

    async def beating(_app: web.Application) -> AsyncIterator[None]:
        async with background(beat()):
            yield

    return beating


def _end_with_threads(code: int, fault: str) -> None:
    """End the process where a thread goes on: the interpreter would wait for it for ever.

    `fault` is the last line in either case, for whoever looks there.
    """
    deadline = time.monotonic() + THREADS_S
    others = [t for t in threading.enumerate() if t is not threading.main_thread()]
    for thread in others:
        if not thread.daemon:
            thread.join(max(0.0, deadline - time.monotonic()))
    hanging = [thread.name for thread in others if thread.is_alive() and not thread.daemon]
    if hanging:
        log.error("threads do not end, the process ends without them", threads=hanging)
    if fault:
        print(f"klipfast-server: {fault}", file=sys.stderr)
    if hanging:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
