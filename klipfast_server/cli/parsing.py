"""Commands as tables: their words, what they run, what they take."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

Argument = tuple[tuple[str, ...], Mapping[str, Any]]


def option(
    names: str, told: str | None = None, metavar: str | None = None, **more: Any
) -> Argument:
    """Return an argument as `ArgumentParser.add_argument` takes it; `told`: its help."""
    return tuple(names.split()), {"help": told, "metavar": metavar} | more


def flag(name: str, told: str, **more: Any) -> Argument:
    """Return an option without a value."""
    return (name,), {"help": told, "action": "store_true"} | more


def repeated(name: str, dest: str, metavar: str, told: str, **more: Any) -> Argument:
    """Return an option that may be given several times."""
    gathered = {"dest": dest, "action": "append", "default": []}
    return (name,), {"help": told, "metavar": metavar} | gathered | more


class Command:
    """A subcommand, or one of a group such as `keys create`: its words, and what it runs."""

    def __init__(
        self,
        words: str,
        run: Callable[..., Any],
        told: str,
        *arguments: Argument,
        extend: Callable[[argparse.ArgumentParser], None] = lambda _parser: None,
    ) -> None:
        """`told`: its help; `extend`: adds further arguments to its parser."""
        self.words, self.run, self.told = words, run, told
        self.arguments, self.extend = arguments, extend


def add(
    commands: "Subparsers",
    table: Iterable[Command],
    common: argparse.ArgumentParser,
    groups: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Add the commands of a table, each with the arguments of `common`.

    Parsed arguments have `run`, the command's. `groups`: what the first words stand for.
    """
    below: dict[str, Subparsers] = {"": commands}
    for command in table:
        group, _, name = command.words.rpartition(" ")
        if group not in below:
            parser = commands.add_parser(group, help=groups[group])
            below[group] = parser.add_subparsers(required=True, metavar="ACTION")
        parser = below[group].add_parser(
            name, help=command.told, description=command.told, parents=[common]
        )
        for names, options in command.arguments:
            parser.add_argument(*names, **options)
        command.extend(parser)
        parser.set_defaults(run=command.run)
