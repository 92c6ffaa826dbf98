"""`make test-platforms`: every locked package has a wheel for every system and Python that we name.

uv resolves requirements.lock for each of them, with sources forbidden. A row is a package, a column
a system and a Python: its version, or a point where its markers leave it out. The macOS is 14.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = {
    "x86-64": "x86_64-manylinux_2_28",
    "ARM64": "aarch64-manylinux_2_28",
    "macOS": "aarch64-apple-darwin",
}
PYTHONS = ("3.11", "3.12", "3.13")
PACKAGE = re.compile(r"^([\w.-]+)==([^\s;]+)", re.MULTILINE)


def resolve(system: str, python: str) -> dict[str, str]:
    """Return the version of each package there. Raises SystemExit if one has no wheel."""
    command: list[str | Path] = [
        Path(sys.executable).with_name("uv"),
        "pip",
        "compile",
        "requirements.lock",
    ]
    command += ["--only-binary", ":all:", "--python-platform", system, "--python-version", python]
    done = subprocess.run(
        [*command, "--no-header", "--no-annotate", "--quiet"],
        cwd=ROOT,
        env=os.environ | {"MACOSX_DEPLOYMENT_TARGET": "14.0"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"error: Python {python} on {system}: {done.stderr.strip()}")
    return dict(PACKAGE.findall(done.stdout))


def main() -> None:
    """Print the table."""
    cells = {
        f"{name} {python}": resolve(system, python)
        for name, system in SYSTEMS.items()
        for python in PYTHONS
    }
    locked = dict(PACKAGE.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    print(f"{'':28}" + "".join(f"{name:>13}" for name in cells))
    for package in locked:
        print(
            f"{package:28}" + "".join(f"{found.get(package, '.'):>13}" for found in cells.values())
        )
    print(f"{'packages':28}" + "".join(f"{len(found):>13}" for found in cells.values()))
    if nowhere := [p for p in locked if not any(p in found for found in cells.values())]:
        print(f"on none of these systems: {', '.join(nowhere)}")


if __name__ == "__main__":
    main()
