"""Reads JSON as language models break it, where only one reading is possible.

Accepted beyond the standard: a comma before a closing bracket, single quotes, line feeds and
unescaped quotes within a string, and an end that is missing. A string ends at a quote that is
followed by a comma, a colon or a closing bracket, or by the end. Of what breaks off, the part that
is whole remains: an object of a list, or a value, that does not end is left out. Anything else is
an error: a wrong guess would put words into a text.
"""

import re
from typing import Any

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
MAX_DEPTH = 20  # levels of lists and objects; an answer has four
_WORDS = {"true": True, "false": False, "null": None}
_CLOSES = re.compile(r"\s*(?:[,:\]}]|\Z)")  # after a quote that ends a string
_SCALAR_ENDS = ",:]} \t\r\n"


class NotJson(ValueError):
    """The text cannot be read, or in more than one way."""


class _Cut(Exception):
    """The text ended; `value` is what was whole of a list or an object."""

    def __init__(self, value: Any = None, *, whole: bool = False) -> None:
        super().__init__()
        self.value, self.whole = value, whole


def read(text: str) -> Any:
    """Return the value with which a text begins; what follows is ignored. Raises NotJson."""
    try:
        return _Reader(text).value(0)
    except _Cut as cut:
        if cut.value is None:
            raise NotJson("nothing of it is whole") from None
        return cut.value


class _Reader:
    """A place in a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def value(self, depth: int) -> Any:
        """Read a value. Raises NotJson, and _Cut at the end of the text."""
        if depth > MAX_DEPTH:
            raise NotJson("too deep")
        mark = self._next()
        if mark in "\"'":
            return self._string(mark)
        if mark == "[":
            return self._list(depth)
        if mark == "{":
            return self._object(depth)
        return self._scalar()

    def _next(self) -> str:
        """Skip spaces and return the character after them."""
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        if self._at == len(self._text):
            raise _Cut
        return self._text[self._at]

    def _list(self, depth: int) -> list[Any]:
        self._at += 1
        found: list[Any] = []
        try:
            while self._next() != "]":
                found.append(self.value(depth + 1))
                self._separator("]")
        except _Cut as cut:
            # half an object is no item of a list, but half a list of a list is a list
            raise _Cut([*found, cut.value] if cut.whole else found, whole=True) from None
        self._at += 1
        return found

    def _object(self, depth: int) -> dict[str, Any]:
        self._at += 1
        found: dict[str, Any] = {}
        try:
            while (mark := self._next()) != "}":
                if mark not in "\"'":
                    raise NotJson(f"a name should stand at {self._at}")
                name = self._string(mark)
                if self._next() != ":":
                    raise NotJson(f"a colon should stand at {self._at}")
                self._at += 1
                try:
                    found[name] = self.value(depth + 1)
                except _Cut as cut:
                    if isinstance(cut.value, list) and cut.value:
                        found[name] = cut.value
                    raise
                self._separator("}")
        except _Cut:
            raise _Cut(found) from None
        self._at += 1
        return found

    def _separator(self, closing: str) -> None:
        mark = self._next()
        if mark == ",":
            self._at += 1
        elif mark != closing:
            raise NotJson(f"a comma should stand at {self._at}")

    def _string(self, quote: str) -> str:
        text, at = self._text, self._at + 1
        found: list[str] = []
        while at < len(text):
            char = text[at]
            if char == "\\" and at + 1 < len(text):
                at, char = self._escape(at)
                found.append(char)
                continue
            if char == quote and self._closes(at):
                self._at = at + 1
                return "".join(found)
            found.append(char)
            at += 1
        raise _Cut

    def _escape(self, at: int) -> tuple[int, str]:
        """Return the place after an escape at `at`, and its character."""
        mark = self._text[at + 1]
        if mark != "u":
            return at + 2, _ESCAPES.get(mark, mark)
        try:
            code = int(self._text[at + 2 : at + 6], 16)
        except ValueError:
            raise NotJson(f"no character at {at}") from None
        return at + 6, chr(code)

    def _closes(self, at: int) -> bool:
        return _CLOSES.match(self._text, at + 1) is not None

    def _scalar(self) -> Any:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in _SCALAR_ENDS:
            self._at += 1
        word = self._text[start : self._at]
        if self._at == len(self._text):
            raise _Cut  # 12 may have been 123
        if word in _WORDS:
            return _WORDS[word]
        try:
            return int(word)
        except ValueError:
            raise NotJson(f"{word[:20]!r} is no value") from None
