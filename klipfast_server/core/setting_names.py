"""Names of settings in a file and in the environment, and suggestions for misspelled names.

A tree is what TOML gives: sections are dicts, and the leaves are settings. A key is dotted, such as
`server.port`.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args, get_origin

import msgspec
from msgspec import Struct

SHORT_NAMES = {
    "KLIPFAST_HOST": ("server", "host"),
    "KLIPFAST_PORT": ("server", "port"),
    "KLIPFAST_DATA_DIR": ("server", "data_dir"),
    "KLIPFAST_LOG_LEVEL": ("server", "log_level"),
    "KLIPFAST_SECRET": ("server", "secret"),
    "KLIPFAST_DATABASE_URL": ("database", "url"),
    "KLIPFAST_ALLOW_PRIVATE_SOURCES": ("sources", "allow_private"),
}
FILE_NAME = "KLIPFAST_CONFIG"  # path of the settings file
CLIENT_NAMES = ("KLIPFAST_SERVER", "KLIPFAST_KEY")  # for the klipfast command
GONE = frozenset({"learning"})  # sections that earlier versions had
PREFIX, LONG_PREFIX = "KLIPFAST_", "KLIPFAST__"

Tree = dict[str, Any]


class ConfigError(Exception):
    """A setting is unknown, missing or of the wrong type; the text names it."""


def check(tree: Tree, kind: type[Struct], where: str) -> None:
    """Raises ConfigError for the first key that `kind`, a struct of structs, does not have.

    `where` names the origin of the tree.
    """
    for key, known in _unknown_keys(tree, kind, where):
        raise ConfigError(f"{where}: there is no setting {key}; the nearest is {known}.")


def from_environment(environ: Mapping[str, str], kind: type[Struct]) -> Iterator[tuple[str, Tree]]:
    """Yield (name, setting as a tree) of each variable. Raises ConfigError for an unknown one."""
    for name, value in environ.items():
        if name.startswith(LONG_PREFIX):
            keys = tuple(name.removeprefix(LONG_PREFIX).lower().split("__"))
        elif name in SHORT_NAMES:
            keys = SHORT_NAMES[name]
        elif name.startswith(PREFIX) and name not in (FILE_NAME, *CLIENT_NAMES):
            near = _nearest_variable(name, kind)
            raise ConfigError(f"{name}: there is no such variable; the nearest is {near}.")
        else:
            continue
        tree = _nest(keys, value)
        for key, known in _unknown_keys(tree, kind, name):
            near = f"{known} ({long_name(known)})"
            raise ConfigError(f"{name}: there is no setting {key}; the nearest is {near}.")
        yield name, tree


def long_name(key: str) -> str:
    """Return the variable for a setting: KLIPFAST__SERVER__PORT for `server.port`."""
    return LONG_PREFIX + key.upper().replace(".", "__")


def merge(under: Tree, over: Tree) -> Tree:
    """Merge two trees section by section; `over` wins."""
    both = dict(under)
    for key, value in over.items():
        below = both.get(key)
        both_sections = isinstance(value, dict) and isinstance(below, dict)
        both[key] = merge(below or {}, value) if both_sections else value
    return both


def leaves(tree: Tree, prefix: str = "") -> Iterator[str]:
    """Yield the key of every setting in a tree."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _unknown_keys(tree: Tree, root: type[Struct], where: str) -> Iterator[tuple[str, str]]:
    """Yield (key, nearest valid key) for all unknown keys. Raises ConfigError."""

    def look(tree: Tree, section: Any, prefix: str) -> Iterator[tuple[str, str]]:
        for name, value in tree.items():
            inner = _inner(section, name)
            if prefix + name in GONE:
                raise ConfigError(f"{where}: the section {name} is gone, and can be deleted.")
            if inner is None:
                yield prefix + name, _nearest(name, section, prefix, root)
            elif isinstance(value, dict) and not _is_section(inner):
                raise ConfigError(f"{where}: {prefix}{name} is not a section of settings.")
            elif isinstance(value, dict):
                yield from look(value, inner, f"{prefix}{name}.")

    return look(tree, root, "")


def _nearest(name: str, section: type[Struct], prefix: str, root: type[Struct]) -> str:
    """Return a similar key of the section, else one elsewhere, else the best match."""
    beside = list(_types(section))
    close = get_close_matches(name, beside, 1)
    elsewhere: dict[str, str] = {}
    for key in _keys(root):
        elsewhere.setdefault(key.rpartition(".")[2], key)
    away = [] if close else get_close_matches(name, elsewhere, 1)
    if away:
        return elsewhere[away[0]]
    return prefix + (close or get_close_matches(name, beside, 1, cutoff=0.0))[0]


def _nearest_variable(name: str, root: type[Struct]) -> str:
    known = [*SHORT_NAMES, FILE_NAME, *CLIENT_NAMES, *map(long_name, _keys(root))]
    return get_close_matches(name, known, 1, cutoff=0.0)[0]


def _keys(section: type[Struct], prefix: str = "") -> Iterator[str]:
    """Yield the keys of all settings."""
    for name, kind in _types(section).items():
        if get_origin(kind) is dict:
            yield from _keys(get_args(kind)[1], f"{prefix}{name}.NAME.")
        elif _is_section(kind):
            yield from _keys(kind, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def _inner(section: Any, name: str) -> Any:
    """Return the type of a section's key; None if there is no such key."""
    if get_origin(section) is dict:  # [plans.NAME] accepts any name
        return get_args(section)[1]
    return _types(section).get(name)


def _types(section: type[Struct]) -> dict[str, Any]:
    return {field.name: _unwrap_section(field.type) for field in msgspec.structs.fields(section)}


def _unwrap_section(kind: Any) -> Any:
    """Return the section in `S3 | None`, and any other type unchanged."""
    sections = [part for part in get_args(kind) if _is_section(part)]
    # Not of a list of sections, [[feeds]]: its keys are not names of one setting each.
    return sections[0] if sections and get_origin(kind) not in (dict, tuple) else kind


def _is_section(kind: Any) -> bool:
    return get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, Struct))


def _nest(keys: tuple[str, ...], value: str) -> Tree:
    """Return {"server": {"port": value}} for ("server", "port")."""
    tree: Tree = {keys[-1]: value}
    for key in reversed(keys[:-1]):
        tree = {key: tree}
    return tree
