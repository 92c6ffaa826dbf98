"""Clocks: every module that reads one is in docs/design/clocks.md, with what it is for."""

import re

from project_paths import ROOT

CLOCK = re.compile(
    r"monotonic|perf_counter|thread_time|process_time|RLIMIT_CPU"
    r"|asyncio\.(timeout|wait_for)\b|\btimeout="
)
MODULE = re.compile(r"`((?:pipeline|klipfast_server|client)/[\w/]+\.py)`")


def test_the_table_has_every_module_that_reads_a_clock() -> None:
    reads = {
        str(path.relative_to(ROOT))
        for top in ("pipeline", "klipfast_server", "client/klipfast_client")
        for path in (ROOT / top).rglob("*.py")
        if CLOCK.search(path.read_text(encoding="utf-8"))
    }
    named = MODULE.findall((ROOT / "docs/design/clocks.md").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(reads)
