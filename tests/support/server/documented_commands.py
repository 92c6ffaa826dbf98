"""The commands that the documentation shows, and what is wrong with one.

A command stands in a block of `bash`, or in a sentence as code. `fault` compares it with what there
is: the options of klipfast and klipfast-server, the Makefile's targets, modules, and files of the
repository. It runs nothing.
"""

import argparse
import configparser
import contextlib
import io
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token
from project_paths import ROOT

from klipfast_server.cli import commands, server_commands

PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "tests/data/README.md")
    for page in ROOT.glob(pattern)
    if page.match("README.md") or "examples" not in page.parts  # the others are printed output
)
OWN = {"klipfast": commands.build_parser(), "klipfast-server": server_commands.build_parser()}
SHELL = {"cd", "echo", "export"}  # the shell's own, and harmless
# Programs of others: why a test neither runs them nor knows their options.
FOREIGN = {
    "claude": "an assistant's own command, which needs an account",
    "curl": "calls another host than a KlipFast server; calls of one are run",
    "docker": "another engine than Podman, by which `make test-image` builds and runs the image",
    "git": "updates this very repository",
    "install": "puts files into the system, as root",
    "llama-server": "a language model's server",
    "ollama": "a language model's server",
    "pip": "installs packages; `make test-install` installs the wheel",
    "sh": "runs what an installer of others has downloaded",
    "systemctl": "needs systemd as the first process, and root",
    "useradd": "adds a user to the system, as root",
    "vllm": "a language model's server",
}
TARGETS = {
    name
    for line in re.findall(r"^([a-z][a-z -]+):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.M)
    for name in line.split()
}
FOLDERS = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name[0] != "."}
PATH = re.compile(r"[a-z_]+/[a-z0-9_./-]+")  # without placeholders, which are capitals
SERVER = re.compile(r"^(?:\$BASE|http://127\.0\.0\.1:8080)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A line of the shell as a reader types it."""

    place: str  # page:line
    text: str
    parts: tuple[tuple[str, ...], ...]  # the words of each command that it joins, by && or |

    def calls_server(self) -> bool:
        """Whether it is a curl command to a KlipFast server."""
        return any(
            part[0] == "curl" and any(SERVER.match(word) for word in part) for part in self.parts
        )


def blocks() -> Iterator[tuple[str, str | None, str]]:
    """Yield (place, language, content) of each block of code; an indented one has no language."""
    for page in PAGES:
        for token in _tokens(page.read_text(encoding="utf-8")):
            if token.type in ("fence", "code_block"):
                language = token.info.split()[0] if token.info else None
                yield _place(page.relative_to(ROOT).as_posix(), token), language, token.content


def typed() -> Iterator[Typed]:
    """Yield each line of each block of `bash`."""
    for place, language, content in blocks():
        if language == "bash":
            page, _, first = place.partition(":")
            yield from lines(content, page=page, first=int(first) + 1)


def in_sentences() -> Iterator[tuple[str, str]]:
    """Yield (place, text) of each code in a sentence."""
    for page in PAGES:
        name = page.relative_to(ROOT).as_posix()
        for token in _tokens(page.read_text(encoding="utf-8")):
            for child in token.children or ():
                if child.type == "code_inline":
                    yield _place(name, token), child.content.strip()


def lines(content: str, *, page: str, first: int) -> Iterator[Typed]:
    """Yield the lines of a block that begins at line `first`; one may go on below, or in quotes.

    Raises ValueError for quotes that never end.
    """
    text, begin = "", first
    for number, line in enumerate(content.splitlines(), start=first):
        begin = begin if text else number
        text += line
        if line.endswith("\\") or _is_open(text):
            text += "\n"
            continue
        if parts := tuple(_commands(text)):
            yield Typed(place=f"{page}:{begin}", text=text, parts=parts)
        text = ""
    if text:
        raise ValueError(f"{page}:{begin}: the quotes do not end")


def fault(words: Sequence[str]) -> str | None:
    """Return what is wrong with a command; None: nothing is."""
    words = _without_settings(words)
    if words and words[0] == "docker" and "klipfast-server" in words:  # which a container runs
        words = words[words.index("klipfast-server") :]
    program = words[0].rpartition("/")[2] if words else "echo"
    if program in OWN:
        return _misused(OWN[program], words[1:])
    if program == "make":
        return _no_target(words[1:])
    if re.fullmatch(r"python[\d.]*", program):
        return _no_module(words[1:]) or _no_file(words)
    if program not in SHELL | FOREIGN.keys():
        return f"there is no program {program} that the documentation may name"
    return _no_extra(words) or _no_file(words)


def mention_fault(text: str) -> str | None:
    """Return what is wrong with code in a sentence: a command, which need not be whole, or a path.

    Whatever else it may be is right.
    """
    try:
        program, *words = shlex.split(text)
    except ValueError:  # an apostrophe, in what is no command
        program, *words = text.split()
    if program in ("make", "python"):
        return _no_target(words) if program == "make" else _no_module(words)
    if program not in OWN:
        return _no_file(("", text)) if PATH.fullmatch(text) else None
    parser: argparse.ArgumentParser = OWN[program]
    while words and (inner := _inner(parser)) and words[0][0].islower():
        name = words.pop(0)
        if name not in inner:
            return f"{parser.prog} has no command {name}"
        parser = inner[name]
    known = {option for action in parser._actions for option in action.option_strings}
    unknown = [word for word in words if word.startswith("--") and word not in known]
    return f"{parser.prog} has no option {unknown[0]}" if unknown else None


def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(text)


def _place(page: str, token: Token) -> str:
    return f"{page}:{token.map[0] + 1 if token.map else 1}"


def _is_open(text: str) -> bool:
    try:
        shlex.split(text, comments=True)
    except ValueError:
        return True
    return False


def _commands(text: str) -> Iterator[tuple[str, ...]]:
    """Yield the words of each command of a line, without comments and redirections."""
    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words: list[str] = []
    is_target = False
    for word in lexer:
        if set(word) <= set("|&;"):
            yield tuple(words)
            words = []
        elif set(word) <= set("<>"):
            is_target = True
        elif not is_target:
            words.append(word)
        else:
            is_target = False
    if words:
        yield tuple(words)


def _without_settings(words: Sequence[str]) -> Sequence[str]:
    """Drop NAME=value at the front."""
    at = 0
    while at < len(words) and re.match(r"[A-Z_]+=", words[at]):
        at += 1
    return words[at:]


def _misused(parser: argparse.ArgumentParser, words: Sequence[str]) -> str | None:
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser.parse_args(list(words))
    except SystemExit:
        why = said.getvalue().strip().splitlines()[-1]
        return None if "No such file" in why else why  # the reader's own file
    return None


def _inner(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _no_target(words: Sequence[str]) -> str | None:
    for word in words:
        if "=" not in word and word not in TARGETS:
            return f"the Makefile has no target {word}"
    return None


def _no_module(words: Sequence[str]) -> str | None:
    """Modules of this repository are there; pytest and venv are others'."""
    if "-m" not in words:
        return None
    name = words[words.index("-m") + 1]
    path = ROOT.joinpath(*name.split("."))
    if name in ("pytest", "venv") or path.with_suffix(".py").is_file() or path.is_dir():
        return None
    return f"there is no module {name}"


def _no_extra(words: Sequence[str]) -> str | None:
    """What pip is to install beside klipfast is one of setup.cfg's extras."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(ROOT / "setup.cfg", encoding="utf-8")
    for word in words:
        found = re.fullmatch(r"klipfast\[(\w+)\]", word)
        if found and found[1] not in settings["options.extras_require"]:
            return f"klipfast has no extra {found[1]}"
    return None


def _no_file(words: Sequence[str]) -> str | None:
    """Paths below a folder of the repository, and files of compose, are there."""
    for word in words[1:]:
        is_own = word.split("/")[0] in FOLDERS and "/" in word
        if (is_own or re.fullmatch(r"compose.*\.yaml", word)) and not (ROOT / word).exists():
            return f"there is no {word} in the repository"
    return None
