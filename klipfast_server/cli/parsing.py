"""Commands as tables: their words, what they run, what they take."""

import argparse
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

Argument = tuple[tuple[str, ...], Mapping[str, Any]]


def option(
    names: str, help_text: str | None = None, metavar: str | None = None, **more: Any
) -> Argument:
    """Return an argument as `ArgumentParser.add_argument` takes it; `names` have spaces between."""
    return tuple(names.split()), {"help": help_text, "metavar": metavar} | more


def flag(name: str, help_text: str, **more: Any) -> Argument:
    """Return an option without a value."""
    return (name,), {"help": help_text, "action": "store_true"} | more


def repeated(name: str, dest: str, metavar: str, help_text: str, **more: Any) -> Argument:
    """Return an option that may be given several times."""
    gathered = {"dest": dest, "action": "append", "default": []}
    return (name,), {"help": help_text, "metavar": metavar} | gathered | more


class Command:
    """A subcommand, or one of a group such as `keys create`: its words, and what it runs.

    The first line of what it runs describes it.
    """

    def __init__(
        self,
        words: str,
        run: Callable[..., Any],
        *arguments: Argument,
        extend: Callable[[argparse.ArgumentParser], None] = lambda _parser: None,
    ) -> None:
        """`extend` adds further arguments to its parser."""
        self.words, self.run = words, run
        summary = (run.__doc__ or "").partition("\n")[0].rstrip(".")
        self.help_text = summary[:1].lower() + summary[1:]
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
            name, help=command.help_text, description=command.help_text, parents=[common]
        )
        for names, options in command.arguments:
            parser.add_argument(*names, **options)
        command.extend(parser)
        parser.set_defaults(run=command.run)
