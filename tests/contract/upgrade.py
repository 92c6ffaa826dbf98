"""`make test-upgrade`: a server takes over the data of the release before, which then refuses them.

The older server, with embedded Postgres in an empty folder, gets an account and a job, which waits.
This version migrates the folder, has the account, its key and the job, and completes it. The older
server then refuses the newer tables in one line.

PREVIOUS names what is older: a ref of git, or wheels (server and client, with a space between). By
default it is the tag before this commit; where there is none, the commit before the oldest of the
migrations that an upgrade may run. It runs with the packages of this environment.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import serving
from live_server import QUICK, LiveServer

from klipfast_server.store.database import FIRST_MIGRATION

ROOT = serving.ROOT
PATIENCE_S = 600.0  # for a small job, on a machine that does other things


def main() -> None:
    """Fill, upgrade, read, refuse; the first thing that is wrong ends it."""
    with tempfile.TemporaryDirectory(prefix="klipfast-upgrade-") as name:
        top = Path(name)
        top.chmod(0o755)  # embedded Postgres does not run as root
        older = _unpacked(os.environ.get("PREVIOUS") or _before(), top / "older")
        data = top / "data"
        data.mkdir()
        asyncio.run(_prove(data, older))
        _refused(data, older)


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _before() -> str:
    """Return the release before this commit, or a commit with the oldest tables that are upgraded.

    Raises SystemExit.
    """
    if tag := _git("describe", "--tags", "--abbrev=0", "--match=v*", "HEAD^"):
        return tag
    migration = f"sql/migrations/{FIRST_MIGRATION + 1:04}*"
    if added := _git("log", "-1", "--diff-filter=A", "--format=%H", "--", migration):
        return f"{added}^"
    raise SystemExit("error: the history has no older version; PREVIOUS names a ref or wheels")


def _unpacked(previous: str, folder: Path) -> Path:
    """Lay an older version into a folder. Raises SystemExit."""
    folder.mkdir()
    if wheels := [str(Path(word).resolve()) for word in previous.split() if ".whl" in word]:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
        subprocess.run([*pip, str(folder), *wheels], check=True)
    else:
        archive = subprocess.run(
            ["git", "archive", previous], cwd=ROOT, capture_output=True, check=False
        )
        if archive.returncode != 0:
            raise SystemExit(f"error: {archive.stderr.decode().strip()}")
        subprocess.run(["tar", "-x", "-C", str(folder)], input=archive.stdout, check=True)
    print(f"older: {previous}")
    return folder


def _environ(data: Path, tree: Path) -> dict[str, str]:
    """Return what runs the code of a tree, with its client, on the data."""
    path = f"{tree}{os.pathsep}{tree / 'client'}"
    return serving.environment(str(data), PYTHONPATH=path, **{serving.TREE: str(tree)})


async def _prove(data: Path, older: Path) -> None:
    live = LiveServer(_environ(data, older))
    await live.start()
    try:
        live.key = await asyncio.to_thread(serving.new_key, live.environ)
        await asyncio.to_thread(_operate, live.environ, "drain")  # so that the job waits
        wanted = QUICK | {"video_url": await live.upload()}
        job_id = (await live.call("POST", "/api/v1/process", json=wanted))["job_id"]
        before = await live.call("GET", "/api/v1/usage")
        await live.stop()
        print(f"the older server has an account, and {job_id}, which waits")
        live.environ = _environ(data, ROOT)
        await live.start()
        after = await live.call("GET", "/api/v1/usage")
        assert {**after, **before} == after, (before, after)
        job = await live.call("GET", f"/api/v1/jobs/{job_id}")
        assert job["status"] == "queued", job
        await asyncio.to_thread(_operate, live.environ, "resume")
        async with asyncio.timeout(PATIENCE_S):
            while job["status"] not in ("completed", "failed"):
                await asyncio.sleep(0.5)
                job = await live.call("GET", f"/api/v1/jobs/{job_id}")
        assert job["status"] == "completed", job
        assert job["clip_count"] == 1, job
    finally:
        await live.stop()
    print("this version has the account and its key, and completes the job")


def _operate(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "klipfast_server", *words],
        cwd=environ[serving.TREE],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def _refused(data: Path, older: Path) -> None:
    """Start the older server on the newer tables."""
    if _newest(older) == _newest(ROOT):
        print("the tables are the same: an older server may go on with them")
        return
    done = _operate(_environ(data, older), "serve")
    [line] = done.stderr.splitlines()[-1:]
    assert done.returncode == 1, done
    assert "The database is of a newer KlipFast" in line, done.stderr
    print(f"the older server: {line}")


def _newest(tree: Path) -> str:
    return max(path.name for path in tree.rglob("migrations/*.sql"))


if __name__ == "__main__":
    main()
