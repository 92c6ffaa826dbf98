"""What checks of a card share: a row of the report, and times and memory of work on a device."""

import logging
import time
import traceback
from collections.abc import Callable, Iterator

import torch

log = logging.getLogger(__name__)
# check; cpu and card: what was found; agrees: whether both do; reason: why there is no result;
# peak MiB: most memory of the card that torch held; failed: by an error, nothing is missing
Row = dict[str, object]


class Missing(Exception):
    """Raised by a check for what this machine does not have; that is no disagreement."""


def rows_of(name: str, check: Callable[[], Iterator[Row]]) -> list[Row]:
    """Run a check; if it raises, keep the rows until then and add one with the reason."""
    rows: list[Row] = []
    try:
        for row in check():
            rows.append(row)  # at once, so that those before an error stay
    except Missing as missing:
        rows.append({"check": name, "reason": str(missing)})
    except Exception as error:  # drivers and libraries fail in their own ways
        log.warning("%s failed", name, exc_info=True)
        last = traceback.format_exception_only(error)[-1].strip()
        rows.append({"check": name, "reason": last, "failed": True})
    return rows


def passed(rows: list[Row]) -> bool:
    """Return whether nothing disagrees and no check failed; what is missing does not count."""
    return not any(row.get("failed") or row.get("agrees") is False for row in rows)


def wait(device: torch.device) -> None:
    """Wait until the device has done everything that was asked of it."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def measured(work: Callable[[], object], device: torch.device) -> tuple[float, int]:
    """Return the seconds of a call, with what it started on a card, and torch's peak MiB there."""
    wait(device)
    if device.type == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)
    began = time.perf_counter()
    work()
    wait(device)
    seconds = time.perf_counter() - began
    return seconds, torch.cuda.max_memory_allocated(device) >> 20 if device.type == "cuda" else 0
