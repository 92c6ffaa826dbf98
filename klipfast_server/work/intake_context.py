"""What feeds and watched folders work with, and the account that their settings name."""

from dataclasses import dataclass

from klipfast_server.core.config import Config, Plan
from klipfast_server.core.engine import Engine
from klipfast_server.core.turns import SharedThreads
from klipfast_server.store import accounts
from klipfast_server.store.accounts import Account
from klipfast_server.store.database import Database
from klipfast_server.telemetry.metrics import Metrics


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
