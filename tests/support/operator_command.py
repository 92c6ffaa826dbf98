"""Runs klipfast-server as an operator does."""

import subprocess
import sys

from project_paths import ROOT

from klipfast_server.core.config import Config


def command(config: Config, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run python -m klipfast_server against the test's database and data folder."""
    return subprocess.run(
        [sys.executable, "-m", "klipfast_server", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
        env={
            "PATH": "/usr/bin:/bin",
            "KLIPFAST_DATABASE_URL": config.database.url,
            "KLIPFAST_DATA_DIR": str(config.server.data_dir),
            **environ,
        },
    )
