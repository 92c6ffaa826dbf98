"""Commands as tables: their words, what they run, what they take."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

Argument = tuple[tuple[str, ...], Mapping[str, Any]]


def argument(*names: str, **options: Any) -> Argument:
    """Return an argument as `ArgumentParser.add_argument` takes it."""
    return names, options


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand, or one of a group such as `keys create`."""

    words: str
    run: Callable[..., Any]
    help: str
    arguments: tuple[Argument, ...] = ()
    description: str = ""  # default: `help`
    extend: Callable[[argparse.ArgumentParser], None] | None = None  # adds further arguments


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
            name,
            help=command.help,
            description=command.description or command.help,
            parents=[common],
        )
        for names, options in command.arguments:
            parser.add_argument(*names, **options)
        if command.extend is not None:
            command.extend(parser)
        parser.set_defaults(run=command.run)
