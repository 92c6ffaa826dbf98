"""The database commands of klipfast-server: check the tables, manage keys and accounts."""

import sys
from datetime import UTC, datetime

from klipfast_server.cli.account_commands import limits
from klipfast_server.cli.operating import named, note
from klipfast_server.core.config import Config, Plan, base_url
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.store import accounts, database, sign_ins, usage
from klipfast_server.store.accounts import AccountUsage
from klipfast_server.store.database import Database

NAMED = 5  # accounts of an error message
NO_API = "No plan of the settings has api = true, so nobody can sign in."


async def migrate(loaded: Config) -> int:
    """Bring the database's tables up to date."""
    async with database.opened(loaded) as db, db.pool.acquire() as connection:
        version, number = await database.versions(connection)
    print(f"the tables in Postgres {version} are at migration {number}")
    return 0


async def create_key(loaded: Config, account: str, *, plan_name: str | None, name: str) -> int:
    """Create a key; it is shown only once, on the last line.

    A new account gets the plan with the most minutes. Raises ConfigError for an unknown plan.
    """
    async with database.opened(loaded) as db:
        plan_to_set = plan_name or await _plan_of(db, account) or sign_ins.default_plan(loaded)
        if plan_to_set is None:
            raise ConfigError(NO_API)
        _check_plan(loaded, plan_to_set)
        created = await accounts.create_key(db, account=account, plan_name=plan_to_set, name=name)
        await note(db, "keys create", account_id=created.account_id, object_id=created.key_id)
    if created.plan_before not in (None, plan_to_set):
        print(f"the plan of {account} was changed from {created.plan_before} to {plan_to_set}")
    print(f"key {created.key_id} of {account}, plan {plan_to_set}; it is shown only once:")
    print(created.key)
    return 0


async def print_link(loaded: Config, account: str | None) -> int:
    """Print a link that signs a person into the web page once.

    Without a name it is for the only account, which is made where there is none. Raises
    ConfigError.
    """
    async with database.opened(loaded) as db:
        account_id = (
            await _only_account(db, loaded)
            if account is None
            else (await named(db, account)).account_id
        )
        code = await sign_ins.create_code(db, account_id)
        await note(db, "keys link", account_id=account_id)
    print(sign_ins.link(base_url(loaded), code))
    return 0


async def _only_account(db: Database, loaded: Config) -> str:
    known = await db.pool.fetch(db.sql["first_accounts"])
    if len(known) > 1:
        names = ", ".join(row["name"] for row in known[:NAMED])
        more = " and more" if len(known) > NAMED else ""
        raise ConfigError(f"There are several accounts: {names}{more}; name one by --account.")
    account_id = await sign_ins.first_account(db, loaded)
    if account_id is None:
        raise ConfigError(NO_API)
    return account_id


async def _plan_of(db: Database, name: str) -> str | None:
    account = await accounts.by_name(db, name)
    return None if account is None else account.plan


def _check_plan(loaded: Config, name: str) -> None:
    if name not in loaded.plans:
        raise ConfigError(f"There is no plan {name!r}; {_known(loaded)}.")


def _known(loaded: Config) -> str:
    return f"known: {', '.join(loaded.plans)}"


async def list_keys(loaded: Config) -> int:
    """List all keys, without the secrets."""
    async with database.opened(loaded) as db:
        for info in await accounts.list_keys(db):
            state = f"revoked {info.revoked_at:%Y-%m-%d}" if info.revoked_at else "valid"
            used = f"used {info.last_used_at:%Y-%m-%d %H:%M}" if info.last_used_at else "never used"
            print(
                f"{info.key_id}  {info.created_at:%Y-%m-%d}  {info.plan:9} {info.account}  "
                f"{info.name or '-'}  {used}  {state}"
            )
    return 0


async def revoke_key(loaded: Config, key_id: str) -> int:
    """Revoke a key; it stops working at once."""
    async with database.opened(loaded) as db:
        account_id = await accounts.revoke_key(db, key_id)
        if account_id is not None:
            await note(db, "keys revoke", account_id=account_id, object_id=key_id)
            print(f"{key_id} is revoked")
            return 0
    print(f"klipfast-server: there is no valid key {key_id}.", file=sys.stderr)
    return 1


async def list_accounts(loaded: Config) -> int:
    """List accounts, their plans and usage."""
    first, _ = usage.period(datetime.now(UTC))
    async with database.opened(loaded) as db:
        for account in await accounts.list_accounts(db, usage.midnight(first)):
            plan = loaded.plans.get(account.plan)
            minutes, storage = limits(plan)
            used = f"{account.minutes_used:.1f}", str(usage.megabytes(account.storage_bytes))
            print(
                f"{account.account_id}  {account.plan:9} {account.name}  "
                f"{usage.used_of(used[0], minutes, 'min')}  "
                f"{usage.used_of(used[1], storage, 'MB')}  "
                f"{_credits(account, plan)} credits"
            )
    return 0


def _credits(account: AccountUsage, plan: Plan | None) -> int:
    """Return the plan's credits that are left, and those granted."""
    return max(0, (plan.credits if plan else 0) - account.credits_used) + account.credits


async def grant_credits(loaded: Config, name: str, count: int) -> int:
    """Grant credits beside those of the plan, which renew by themselves."""
    async with database.opened(loaded) as db:
        account_id = (await named(db, name)).account_id
        left = await accounts.grant_credits(db, name, count)
        await note(db, "accounts credit", account_id=account_id, object_id=f"{count:+}")
    print(f"{name} has {left} granted credits beside those of its plan")
    return 0


async def set_plan(loaded: Config, name: str, plan_name: str) -> int:
    """Change an account's plan.

    Raises ConfigError for an unknown plan or account.
    """
    _check_plan(loaded, plan_name)
    async with database.opened(loaded) as db:
        account_id = (await named(db, name)).account_id
        before = await accounts.set_plan(db, name, plan_name)
        await note(db, "accounts set-plan", account_id=account_id, object_id=plan_name)
    print(f"{name} is on {plan_name} (before: {before})")
    return 0
