"""Refuses British spelling, labels that read as if translated, and comments that begin with "of".

tools/english.toml has the words, with what to write instead, and what may pass.
"""

import io
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
TABLE = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
HASH = "py|toml|yaml|yml|cfg|sh|conf|Caddyfile|Makefile|Dockerfile"
SIGNS = {HASH: "#", "js|mjs|ts": "//|/[*]+", "css": "/[*]+", "html|md": "<!--", "sql": "--"}
OF = "say what the value is, then of what"


def sign(name: str) -> str | None:
    """Return how a comment begins in a file of this name, a pattern; None if it is not read."""
    suffix = re.split(r"[./]", name)[-1]
    return next((signs for kinds, signs in SIGNS.items() if suffix in kinds.split("|")), None)


def quoted(text: str) -> Iterator[tokenize.TokenInfo]:
    """Yield the strings of a Python source that are no docstrings, and no parts of one."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING and not token.line.lstrip().startswith(('"""', 'r"""')):
            yield token


def without_strings(text: str) -> str:
    """Return a Python source with its strings emptied, except docstrings."""
    lines = text.split("\n")
    for token in list(quoted(text))[::-1]:
        (first, start), (last, end) = token.start, token.end
        lines[first - 1] = lines[first - 1][:start] + '""' + lines[last - 1][end:]
        lines[first:last] = [""] * (last - first)
    return "\n".join(lines)


def findings(name: str, text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, what is wrong and what to write instead, for the text of a file."""
    python = name.endswith(".py")
    lines = text.split("\n")
    bare = without_strings(text).split("\n") if python else lines
    comment = re.compile(rf"(?:^|\s)(?:{sign(name)})\s*of\b.*", re.IGNORECASE)
    words = TABLE["spelling"] | (TABLE["labels"] if re.match(TABLE["read"], name) else {})
    may_pass = "|".join(TABLE["pass"])
    for number, (line, code) in enumerate(zip(lines, bare, strict=True), 1):
        if found := comment.search(code):
            yield number, found[0].strip(), OF
        prose = re.sub(may_pass, "", code if name.startswith("tests/") else line)
        for wrong, right in words.items():
            if found := re.search(wrong, prose, 0 if wrong in TABLE["labels"] else re.IGNORECASE):
                yield number, found[0], right


def main() -> int:
    """Print what is wrong in the tracked files; return 1 if anything is."""
    names = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    code = 0
    for name in names:
        if sign(name) is None or re.match("|".join(TABLE["exempt"]), name):
            continue
        for line, wrong, right in findings(name, (ROOT / name).read_text(encoding="utf-8")):
            print(f"{name}:{line}: {wrong} → {right}")
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
