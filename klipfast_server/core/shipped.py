"""Paths of the files that come with the server: default settings, queries, migrations."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_BUILT = _PACKAGE / "shipped"  # in a wheel: see setup.py
_FOLDER = _BUILT if _BUILT.is_dir() else _PACKAGE.parent

SETTINGS = _FOLDER / "config.toml"
SQL = _FOLDER / "sql"
