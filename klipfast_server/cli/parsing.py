"""Commands as tables: their words, what they run, what they take, and how faults are told."""

import argparse
import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

Argument = tuple[tuple[str, ...], Mapping[str, Any]]
ERRNO = re.compile(r"\[Errno \d+\] ([^:]*)(?:: '.*')?")  # the sentence names the file already


class UsageError(Exception):
    """The arguments are invalid; the text says why."""


class Failed(Exception):
    """The command failed; the text says why."""


class Parser(argparse.ArgumentParser):
    """A parser that names the command, option or value that was probably meant."""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Exit with an error for an unknown option, which the parser of its command knows best."""
        found, rest = super().parse_known_args(args, namespace)
        if unknown := [word for word in rest if word.startswith("-")]:
            shown = (action for action in self._actions if action.help != argparse.SUPPRESS)
            known = [name for action in shown for name in action.option_strings]
            meant = nearest(unknown[0].partition("=")[0], known)
            self.error(f"unrecognized arguments: {' '.join(rest)}{meant}")
        return found, rest

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            meant = nearest(str(value), map(str, action.choices or ()))
            raise argparse.ArgumentError(action, error.message + meant) from error

    def error(self, message: str) -> NoReturn:
        """Exit with a message for people."""
        super().error(ERRNO.sub(r"\1", message))


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the end of an error message: the known word that was probably meant, if any."""
    likely = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {likely[0]}?" if likely else ""


def check_files(paths: Iterable[Path | None]) -> None:
    """Raise Failed for the first file that is missing."""
    for path in paths:
        if path is not None and not path.exists():
            raise Failed(f"there is no file {path}")


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
