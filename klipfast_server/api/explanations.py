"""Says in a sentence what is wrong with a body or a query, and what would be right.

msgspec validates and tells where; its message is written for programmers, so each kind of it has a
sentence here, with the fields and values that the caller may have meant.
"""

import difflib
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from msgspec import Struct

from klipfast_server.core.errors import BadRequest

MAX_ERROR_CHARS = 1000  # longest msgspec error that is explained; the search takes quadratic time
MAX_LISTED = 30  # limit on listed values or fields
MIN_LIKENESS = 0.6  # minimum difflib ratio between a name and the one that was meant
PLACE = re.compile(r" - at (?:`(key)` in )?`\$\.?(.*)`$")
TYPES = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
    "datetime": "a time such as 2026-04-15T10:00:00Z",
}
BOUNDS = {
    ">=": "must be {0} or more",
    "<=": "must be {0} or less",
    ">": "must be above {0}",
    "<": "must be below {0}",
}
GONE = {  # fields that earlier versions took, and what to use instead
    "captions_layer": "clean_video, and the clip's captions as a file: its captions_url"
}
LENGTHS = {
    ("str", ">=", "1"): "must not be empty",
    ("array", ">=", "1"): "must not be empty",
    ("str", ">="): "must have {0} characters or more",
    ("str", "<="): "must have {0} characters or fewer",
    ("array", ">="): "must have {0} items or more",
    ("array", "<="): "must have {0} items or fewer",
    ("object", "<="): "must have {0} entries or fewer",
}


def explain(text: str, kind: type[Struct], whole: str) -> BadRequest:
    """Return the error for a message of msgspec about a value that is no `kind`.

    `whole`: what the value is, such as "The body".
    """
    if len(text) > MAX_ERROR_CHARS:  # it quotes a name of the body's, which may be a megabyte
        return BadRequest(f"{whole} has a field whose name is too long to be one.")
    found = PLACE.search(text)
    path, said = (found[2], text[: found.start()]) if found else ("", text)
    is_key = found is not None and found[1] is not None
    hint = _hint(kind, path)
    if (unknown := re.fullmatch(r"Object contains unknown field `(.*)`", said)) is not None:
        return _unknown(unknown[1], path, hint, whole)
    if (missing := re.fullmatch(r"Object missing required field `(.*)`", said)) is not None:
        field = ".".join(filter(None, (_field(path), missing[1])))
        return BadRequest(f"{field} is missing; {whole.lower()} needs it.", field=field)
    field = _field(path)
    name = path or whole
    if "[...]" in path:
        name = f"A value in {field}"
    if is_key:
        name = f"A name in {field or whole}"
    return BadRequest(f"{name} {_predicate(said, hint)}.", field=field or None)


def _unknown(name: str, path: str, hint: Any, whole: str) -> BadRequest:
    """Return the error for a field that there is not, with the one that was meant."""
    if name in GONE:
        return BadRequest(f"{name} was removed; use {GONE[name]}.", field=_field(name))
    known = list(_fields(hint))
    where = f"{_field(path)} has" if path else f"{whole} has"
    likely = difflib.get_close_matches(name, known, n=1, cutoff=MIN_LIKENESS)
    advice = f" Did you mean {likely[0]}?" if likely else ""
    if not likely and known:
        advice = f" Known: {_listed(known)}."
    field = ".".join(filter(None, (_field(path), name)))
    return BadRequest(f"{where} no field {name}.{advice}", field=field)


def _predicate(said: str, hint: Any) -> str:
    """Return what a value must be, to follow its name."""
    for pattern, sentence in SENTENCES:
        if (found := re.fullmatch(pattern, said, re.DOTALL)) is not None:
            return sentence(found, hint)
    return f"is not valid: {said}"


def _bound(found: re.Match[str], _hint: Any) -> str:
    return BOUNDS[found[2]].format(found[3].removesuffix(".0"))


def _length(found: re.Match[str], _hint: Any) -> str:
    kind, bound, size = found.groups()
    sentence = LENGTHS.get((kind, bound, size)) or LENGTHS.get((kind, bound))
    return (sentence or "has a length that is not allowed").format(size)


def _type(found: re.Match[str], hint: Any) -> str:
    values = list(dict.fromkeys(_values(hint)))
    known = f". Known: {_listed(values)}" if values else ""
    return f"must be {_named(found[1])}, not {_named(found[2])}{known}"


def _value(found: re.Match[str], hint: Any) -> str:
    return _not_one_of(found[1], list(dict.fromkeys(_values(hint))))


SENTENCES: tuple[tuple[str, Callable[[re.Match[str], Any], str]], ...] = (
    (r"Expected `(\w+)` ([<>]=?) (\S+)", _bound),
    (r"Expected `(\w+)` of length ([<>]=) (\d+)", _length),
    (r"Invalid enum value '(.*)'", _value),
    (r"Expected `(.+?)`, got `(.+)`", _type),
    (r".*matching regex.*", lambda *_: "must not contain a NUL character"),
    (r".*timezone.*", lambda *_: "needs a time zone, as in 2026-04-15T10:00:00Z"),
    (r".*RFC3339.*", lambda *_: f"must be {TYPES['datetime']}"),
)


def _not_one_of(wrong: str, values: list[str]) -> str:
    likely = difflib.get_close_matches(wrong, values, n=1, cutoff=MIN_LIKENESS)
    advice = f" Did you mean {likely[0]}?" if likely else ""
    return f"is {wrong!r}, which is not known.{advice} Known: {_listed(values)}"


def _named(types: str) -> str:
    """Return msgspec's names of types in words."""
    return " or ".join(TYPES.get(name, name) for name in types.split(" | "))


def _listed(names: list[str]) -> str:
    more = ", …" if len(names) > MAX_LISTED else ""
    return ", ".join(names[:MAX_LISTED]) + more


def _field(path: str) -> str:
    """Return the field of a path: that of `videos[0].quality` is itself, of `keywords[3]` the list.

    That of `metadata[...]`, a value under some name, is `metadata`.
    """
    return re.sub(r"\[\.\.\.\].*$|\[\d+\]$", "", path)


def _hint(kind: Any, path: str) -> Any:
    """Return the type at a path of a `kind`, such as `text_options.hook` or `videos[0]`."""
    hint: Any = kind
    for step in re.findall(r"[^.\[\]]+|\[[^\]]*\]", path):
        inside = [part for part in _parts(hint) if step.startswith("[") or _is_struct(part)]
        if step.startswith("["):
            items = [get_args(part) for part in inside if get_args(part)]
            hint = items[-1][-1 if get_origin(inside[-1]) is dict else 0] if items else None
        else:
            known = [get_type_hints(part, include_extras=True) for part in inside]
            hint = next((names[step] for names in known if step in names), None)
    return hint


def _parts(hint: Any) -> Iterator[Any]:
    """Yield the types of a union, without what is annotated."""
    if get_origin(hint) is Annotated:
        yield from _parts(get_args(hint)[0])
    elif get_origin(hint) in (tuple, list, dict, Literal) or not get_args(hint):
        yield hint
    else:
        for part in get_args(hint):
            yield from _parts(part)


def _is_struct(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, Struct)


def _fields(hint: Any) -> Iterator[str]:
    for part in _parts(hint):
        if _is_struct(part):
            yield from part.__struct_encode_fields__


def _values(hint: Any) -> Iterator[str]:
    """Yield the allowed values of a field, where they can be listed."""
    for part in _parts(hint):
        if get_origin(part) is Literal:
            yield from map(str, get_args(part))
        elif get_origin(part) in (tuple, list):
            yield from _values(get_args(part)[0])
