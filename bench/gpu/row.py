"""One line of the report, and how a check that fails costs its own line only."""

import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

log = logging.getLogger(__name__)


class Missing(Exception):
    """Raised by a check for what this machine does not have; that is no disagreement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The result of a check."""

    check: str
    cpu: object = ""
    card: object = ""
    agrees: bool | None = None  # None: nothing is compared, or it could not be checked
    reason: str = ""  # why there is no result
    failed: bool = False  # by an error, and not because something is missing
    peak_mib: float | None = None  # most memory of the card that torch held during the check

    def as_dict(self) -> dict[str, object]:
        """Return the row for the table and the JSON; what is unknown is "" there."""
        return {
            "check": self.check,
            "cpu": self.cpu,
            "card": self.card,
            "agrees": "" if self.agrees is None else self.agrees,
            "peak MiB": "" if self.peak_mib is None else round(self.peak_mib),
            "reason": self.reason,
        }


def rows_of(name: str, check: Callable[[], Iterator[Row]]) -> list[Row]:
    """Run a check; if it raises, keep the rows until then and add one with the reason."""
    rows: list[Row] = []
    try:
        for row in check():
            rows.append(row)  # at once, so that those before an error stay
    except Missing as missing:
        rows.append(Row(check=name, reason=str(missing)))
    except Exception as error:  # drivers and libraries fail in their own ways
        log.warning("%s failed", name, exc_info=True)
        last = traceback.format_exception_only(error)[-1].strip()
        rows.append(Row(check=name, reason=last, failed=True))
    return rows


def passed(rows: list[Row]) -> bool:
    """Return whether nothing disagrees and no check failed; what is missing does not count."""
    return not any(row.failed or row.agrees is False for row in rows)
