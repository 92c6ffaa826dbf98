"""What feeds and watched folders work with, and the account that their settings name."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from klipfast_server.core.config import Config, Plan
from klipfast_server.core.engine import Engine
from klipfast_server.core.turns import SharedThreads
from klipfast_server.files.source_files import SourceFiles
from klipfast_server.store import accounts
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Database
from klipfast_server.telemetry.metrics import Metrics

FAULT_S = 60.0  # until the next look after a fault of this server or its settings

Kind = Literal["feed", "folder"]


class NoSuchAccount(Exception):
    """The settings name an account that does not exist, or whose plan is no longer offered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeContext:
    """The parts of the server that intake uses."""

    db: Database
    config: Config
    engine: Engine
    probes: SharedThreads
    metrics: Metrics
    files: SourceFiles

    async def account(self, name: str) -> tuple[Account, Plan]:
        """Return the account of this name, as it is now, and its plan. Raises NoSuchAccount."""
        account = await accounts.by_name(self.db, name)
        if account is None:
            raise NoSuchAccount(
                f"There is no account {name}; klipfast-server keys create makes one."
            )
        plan = self.config.plans.get(account.plan)
        if plan is None:
            raise NoSuchAccount(f"The plan of {name}, {account.plan}, is no longer offered.")
        return account, plan

    def count(self, kind: Kind, result: str) -> None:
        """Count what has become of an episode, a file or a look."""
        self.metrics.intake.labels(kind, result).inc()

    async def watch(self, kind: Kind, log: Any, look: Callable[[], Awaitable[float]]) -> None:
        """Look again and again; `look` returns the seconds until the next look. Never returns."""
        while True:
            try:
                pause_s = await look()
            except (NoSuchAccount, OSError) as error:
                self.count(kind, "failed")
                log.error(f"{kind} not read", error=str(error))
                pause_s = FAULT_S
            except Exception:  # whatever it is, the next look may succeed
                self.count(kind, "failed")
                log.warning(f"{kind} not read", exc_info=True)
                pause_s = FAULT_S
            await asyncio.sleep(pause_s)
