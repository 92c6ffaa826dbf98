"""The log of a server that no terminal shows: each line is JSON, from the first to the last."""

import io
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import pytest
from project_paths import ROOT

from klipfast_server.telemetry.logs import Lines

START_S = 60.0


@pytest.mark.slow  # starts a server as an operator does
@pytest.mark.parametrize("supervised", [True, False])
def test_every_line_of_a_server_that_starts_and_stops_is_json(
    tmp_path: Path, supervised: bool
) -> None:
    data = tempfile.mkdtemp(prefix="kf-")  # where another user, embedded Postgres, may pass
    fonts = tmp_path / "fonts.conf"  # which Fontconfig warns of, by itself, on stderr
    fonts.write_text(
        "<?xml version='1.0'?><!DOCTYPE fontconfig SYSTEM 'fonts.dtd'>"
        "<fontconfig><nonsense/><include>/etc/fonts/fonts.conf</include></fontconfig>"
    )
    environ = os.environ | {
        "KLIPFAST_DATA_DIR": data,
        "KLIPFAST_PORT": "0",
        "FONTCONFIG_FILE": str(fonts),
    }
    command = [sys.executable, "-m", "klipfast_server", "serve"]
    command += [] if supervised else ["--no-supervisor"]
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        process = subprocess.Popen(command, env=environ, cwd=ROOT, stdout=out, stderr=err)
    try:
        address = _address(process, tmp_path / "err")
        # a style's picture is drawn by skia, which reads the configuration of the fonts
        with urllib.request.urlopen(
            f"{address}/api/v1/caption-styles/minimal/preview.png"
        ) as answer:
            assert answer.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
        shutil.rmtree(data)
    assert code == 0
    lines = [
        *(tmp_path / "out").read_text().splitlines(),
        *(tmp_path / "err").read_text().splitlines(),
    ]
    events = [json.loads(line) for line in lines]
    assert any("Fontconfig" in event["event"] for event in events)
    assert any(event["event"] == "listening" for event in events)
    assert all({"event", "level", "timestamp"} <= set(event) for event in events)


FULL_FOR_A_WHILE = """
import logging
import os
import resource
import sys

import msgspec
import structlog

from klipfast_server.core.config import load
from klipfast_server.telemetry import logs

config = msgspec.structs.replace(load(environ={}).server, log_format="json")
logs.configure(config)
log = structlog.get_logger()
with logs.native_output(config):
    log.info("before")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (os.fstat(logs.STDERR).st_size + 200, most))
    for number in range(2000):
        try:
            raise ValueError(number)
        except ValueError:
            log.error("lost", exc_info=True)
        os.write(logs.STDERR, b"said by a library\\n")
    print("answered", flush=True)
    if "at the end" not in sys.argv:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
log.info("after")
"""


@pytest.mark.parametrize("full", ["at the end", "before"])
def test_a_full_disk_costs_lines_of_the_log_and_nothing_else(tmp_path: Path, full: str) -> None:
    with (tmp_path / "log").open("w") as file:
        done = subprocess.run(
            [sys.executable, "-c", FULL_FOR_A_WHILE, full],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=file,
            timeout=60,
            check=True,
        )
    assert done.stdout == b"answered\n"
    events = [json.loads(line)["event"] for line in (tmp_path / "log").read_text().splitlines()]
    assert events[0] == "before"
    assert "after" in events
    assert sum("are lost" in event for event in events) == 1
    assert events.count("lost") < 1000


def test_a_closed_stream_costs_lines_of_the_log_and_nothing_else() -> None:
    closed, opened = io.StringIO(), io.StringIO()
    lines, log = Lines(closed), logging.getLogger("klipfast_server")
    closed.close()
    for stream in (closed, opened):
        lines.stream = stream
        lines.handle(log.makeRecord(log.name, logging.INFO, __file__, 1, "said", (), None))
    told = "1 lines of the log could not be written, and are lost"
    assert opened.getvalue() == f"said\n{told}\n"


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text().splitlines():
            if '"listening"' in line:
                address: str = json.loads(line)["addresses"][0]
                return address
        time.sleep(0.2)
    pytest.fail(f"it did not start: {log.read_text()}")
