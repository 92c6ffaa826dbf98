"""Writes the types of klipfast_client from docs/openapi.json: what the API answers and takes.

Of the answers it makes msgspec Structs, of what may be left out of a request TypedDicts, and of
each enumeration a Literal. No generator of the field's does what these types must: an answer's
enumeration is decoded as a text, for a newer server's value must not break an older client; a
default of the document is the default of the field, and what an answer leaves out is UNSET, apart
from null; an enumeration has one name, wherever it stands. (datamodel-code-generator makes closed
Literals of them, anew at each field, or plain texts without their values, and dates texts.)
"""

import argparse
import json
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, Literal, get_args, get_origin

from klipfast_server import schema

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "openapi.json"
OUT = ROOT / "client" / "klipfast_client" / "models.py"
WIDTH = 96  # length of a docstring's line, less its indentation
# Name of an enumeration → a field or parameter that has its values.
ENUMERATIONS = {
    "ErrorCode": "ErrorBody.error",
    "Reason": "ErrorBody.reason",
    "Status": "JobDetail.status",
    "EndStatus": "EndEvent.status",
    "Stage": "JobDetail.stage",
    "MomentKind": "JobClip.kind",
    "CaptionSource": "JobClip.captions",
    "TitleHidden": "PreviewStream.title_hidden",
    "CutReason": "SuggestedCut.reason",
    "TitleKind": "TitleVariant.kind",
    "Priority": "Process.priority",
    "Mode": "Process.mode",
    "Quality": "Process.quality",
    "AspectRatio": "Process.aspect_ratio",
    "LayoutChoice": "Process.layout",
    "Motion": "Process.motion",
    "SafeArea": "Process.safe_area",
    "Tightening": "Process.remove_silences",
    "RenderTightening": "Render.remove_silences",
    "Profanity": "Process.profanity",
    "TextKind": "Process.text_outputs",
    "TextLength": "TextWishes.length",
    "WarningCode": "JobWarning.code",
    "Fate": "Candidate.fate",
    "EpisodeState": "FeedEpisode.state",
    "Verdict": "FeedbackRequest.verdict",
    "TextFormat": "JobText.format",
    "Layout": "FramedPart.layout",
    "CaptionPosition": "BrandStyle.position",
    "Entrance": "BrandStyle.entrance",
    "WordMotion": "BrandStyle.word_motion",
    "Corner": "LogoWish.corner",
    "Event": "WebhookRequest.events",
    "DeliveryStatus": "Delivery.status",
    "Scope": "KeyRequest.scopes",
    "HealthStatus": "Health.status",
    "ModelStatus": "ServerModel.status",
    "BrandFileKind": "put_brand_file.file",
    "JobOrder": "list_jobs.order",
    "ClipOrder": "list_clips.order",
    "TranscriptFormat": "get_transcript.format",
    "TimelineFormat": "get_timeline.format",
    "ChapterFormat": "get_chapters.format",
    "TextForm": "get_text.format",
    "CaptionFormat": "get_captions.format",
    "CardShape": "get_quote_card.aspect_ratio",
}
# Fields whose values depend on the server: an operator adds styles, and models know languages.
OF_A_SERVER = frozenset({"caption_style", "base", "language"})
FILTERS = {"JobFilters": "list_jobs", "ClipFilters": "list_clips"}  # TypedDict → whose query
PAGING = frozenset({"limit", "cursor"})  # parameters of the methods
SCHEMAS = "#/components/schemas/"
PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
TIMES = {"date-time": "Moment", "date": "date"}
DEFAULT = re.compile(r"\s*Default: (.*)\.$", re.DOTALL)
HEAD = '''\
"""What the API answers and takes: written by `make client-models` from docs/openapi.json.

Answers are Structs. Fields that are not known here are passed over, and an enumeration is read as
any text, with the values known here beside it: a newer server breaks no program. UNSET is a field
that an answer leaves out. Requests are TypedDicts of what may be left out.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypedDict

from msgspec import UNSET, Meta, Struct, UnsetType

Moment = Annotated[datetime, Meta(tz=True)]
'''
Schema = dict[str, Any]


def text() -> str:
    """Return the module as it is in the file."""
    return module(json.loads(DOCUMENT.read_text(encoding="utf-8")))


def module(document: Schema) -> str:
    """Return the module of a document. Raises ValueError for what has no name or no type."""
    source = HEAD + "\n".join(_Module(document).lines()) + "\n"
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(OUT), "-"]
    formatted = subprocess.run(command, input=source, text=True, capture_output=True, check=True)
    return formatted.stdout


@cache
def _declared() -> dict[frozenset[str], tuple[str, ...]]:
    """Return the values of each enumeration of the server in the order in which it has them.

    Theirs is the client's, too: `typing` takes two unions for one if they differ only in order, so
    an error of a server that has loaded the client would list the client's.
    """
    modules = [import_module(f"pipeline.core.{name}") for name in ("brand", "data", "texts")]
    modules += [
        import_module(module.name)
        for module in walk_packages(schema.__path__, f"{schema.__name__}.")
    ]
    kinds = [kind for module in modules for kind in vars(module).values()]
    return {
        frozenset(values): values
        for kind in kinds
        if get_origin(kind) is Literal and (values := get_args(kind))
    }


class _Module:
    """The module that is made of a document."""

    def __init__(self, document: Schema) -> None:
        self._document = document
        self._schemas: dict[str, Schema] = document["components"]["schemas"]
        self._operations: dict[str, Schema] = {
            operation["operationId"]: operation
            for methods in document["paths"].values()
            for operation in methods.values()
        }
        self._names = {frozenset(self._values_at(at)): name for name, at in ENUMERATIONS.items()}

    def lines(self) -> Iterator[str]:
        """Yield the lines below the imports."""
        for name, at in ENUMERATIONS.items():
            values = self._values_at(at)
            yield f"{name} = Literal{json.dumps(_declared().get(frozenset(values), values))}"
        yield from self._error_codes()
        for name in self._reached("responses", "webhooks"):
            yield from self._struct(name, self._schemas[name])
        bodies = self._reached("requestBody")
        nested = {other for name in bodies for other in self._used(self._schemas[name])}
        for name in bodies:
            yield from self._body(name, self._schemas[name], whole=name in nested)
        for name, operation in FILTERS.items():
            yield from self._filters(name, self._operations[operation])

    def _values_at(self, at: str) -> list[str]:
        place, _, name = at.partition(".")
        if place in self._schemas:
            field = self._schemas[place]["properties"][name]
            return sorted(_values(field.get("items", field)))
        parameters = self._operations[place]["parameters"]
        return next(sorted(_values(p["schema"])) for p in parameters if p["name"] == name)

    def _error_codes(self) -> Iterator[str]:
        """Yield the code that goes with each status, for answers that are no server's own."""
        codes: dict[int, str] = {}
        for operation in self._operations.values():
            for status, answer in operation["responses"].items():
                if int(status) >= 400:
                    described = _resolved(self._document, answer)["description"]
                    codes[int(status)] = described.partition(":")[0]
        yield f"ERROR_CODES: dict[int, ErrorCode] = {dict(sorted(codes.items()))}"

    def _reached(self, *parts: str) -> list[str]:
        """Return the schemas that these parts of the document use, each after those it uses."""
        found: dict[str, None] = {}

        def visit(name: str) -> None:
            if name not in found:
                for other in self._used(self._schemas[name]):
                    visit(other)
                found[name] = None

        for part in parts:
            roots = [self._document.get(part, {})]
            roots += [operation.get(part, {}) for operation in self._operations.values()]
            for name in self._used(roots):
                visit(name)
        return list(found)

    def _used(self, part: Any) -> Iterator[str]:
        """Yield the names of the schemas that a part of the document refers to."""
        for reference in _references(part):
            if reference.startswith(SCHEMAS):
                yield reference.removeprefix(SCHEMAS)
            else:
                yield from self._used(_resolved(self._document, {"$ref": reference}))

    def _struct(self, name: str, schema: Schema) -> Iterator[str]:
        yield f"\n\nclass {name}(Struct, frozen=True, kw_only=True):"
        yield _docstring(schema["description"])
        for field, described in schema["properties"].items():
            kind = self._kind(field, described, answered=True)
            said, default = _described(described, kind)
            if field in schema.get("required", ()):
                yield f"    {field}: {kind}"
            elif default is None:
                yield f"    {field}: {kind} | UnsetType = UNSET"
            else:
                yield f"    {field}: {kind} = {default}"
            yield _docstring(said)

    def _body(self, name: str, schema: Schema, *, whole: bool) -> Iterator[str]:
        """Yield the types of a body; of one that is no part of another, its options alone."""
        required = schema.get("required", ())
        optional = [field for field in schema["properties"] if field not in required]
        base = "TypedDict"
        if optional:
            base = _options(name)
            yield f"\n\nclass {base}(TypedDict, total=False):"
            yield _docstring(f"What may be left out of a {name}.")
            yield from self._keys(schema, optional)
        if required and whole:
            yield f"\n\nclass {name}Body({base}):"
            yield _docstring(schema["description"])
            yield from self._keys(schema, required)

    def _keys(self, schema: Schema, fields: Iterable[str]) -> Iterator[str]:
        for field in fields:
            described = schema["properties"][field]
            yield f"    {field}: {self._kind(field, described, answered=False)}"
            yield _docstring(described["description"])

    def _filters(self, name: str, operation: Schema) -> Iterator[str]:
        yield f"\n\nclass {name}(TypedDict, total=False):"
        yield _docstring(f"Query of {operation['operationId']}; None is no filter.")
        for parameter in (_resolved(self._document, p) for p in operation["parameters"]):
            if parameter["in"] == "query" and parameter["name"] not in PAGING:
                kind = self._kind(parameter["name"], parameter["schema"], answered=False)
                yield f"    {parameter['name']}: {kind} | None"
                yield _docstring(parameter["description"])

    def _kind(self, field: str, schema: Schema, *, answered: bool) -> str:
        """Return the annotation. Raises ValueError where a type is not known here."""
        if "$ref" in schema:
            return self._reference(schema["$ref"].rpartition("/")[2], answered=answered)
        if values := _values(schema):
            kind = self._enumeration(field, values, answered=answered)
            return kind + (" | None" if _is_nullable(schema) else "")
        if "anyOf" in schema:
            parts = (self._kind(field, part, answered=answered) for part in schema["anyOf"])
            return " | ".join(sorted(parts, key="None".__eq__))
        return self._plain(field, schema, answered=answered)

    def _plain(self, field: str, schema: Schema, *, answered: bool) -> str:
        kind = schema.get("type")
        if kind == "array":
            return f"list[{self._kind(field, schema['items'], answered=answered)}]"
        if kind == "object":
            more = schema.get("additionalProperties")
            inner = self._kind(field, more, answered=answered) if more else "Any"
            return f"dict[str, {inner}]"
        if schema.get("format") in TIMES and answered:
            return TIMES[schema["format"]]
        if kind in PLAIN:
            return PLAIN[kind]
        raise ValueError(f"{field}: no type is known for {schema}")

    def _reference(self, name: str, *, answered: bool) -> str:
        if answered:
            return name
        return f"{name}Body" if self._schemas[name].get("required") else _options(name)

    def _enumeration(self, field: str, values: set[str], *, answered: bool) -> str:
        if field in OF_A_SERVER:
            return "str"
        name = self._names.get(frozenset(values))
        if name is None:
            raise ValueError(f"{field}: give the values {sorted(values)} a name in ENUMERATIONS")
        return f"Annotated[str, {name}]" if answered else name


def _options(name: str) -> str:
    """Return the name of the TypedDict of what may be left out of a body: Clip… of ClipRequest."""
    return f"{name.removesuffix('Request')}Options"


def _values(schema: Schema) -> set[str]:
    """Return the values of an enumeration, of all its parts; empty for any other schema."""
    parts = schema.get("anyOf", [schema])
    found = [part.get("enum") for part in parts if part.get("type") != "null"]
    return set().union(*found) if None not in found else set()


def _is_nullable(schema: Schema) -> bool:
    return any(part.get("type") == "null" for part in schema.get("anyOf", ()))


def _described(schema: Schema, kind: str) -> tuple[str, str | None]:
    """Return (description, default as Python) of a field; None: it has no default."""
    said: str = schema["description"]
    found = DEFAULT.search(said)
    if found is None:
        return said, None
    value = json.loads(found[1])
    return said[: found.start()], f"{kind}()" if isinstance(value, dict) else repr(value)


def _references(part: Any) -> Iterator[str]:
    """Yield each $ref in a part of the document."""
    if isinstance(part, dict):
        for key, value in part.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(part, list):
        for value in part:
            yield from _references(value)


def _resolved(document: Schema, part: Schema) -> Schema:
    """Return what a reference names, or the part itself."""
    for name in part["$ref"].split("/")[1:] if "$ref" in part else ():
        document = document[name]
    return document if "$ref" in part else part


def _docstring(said: str) -> str:
    quoted = said.strip().replace("\\", "\\\\")
    room = WIDTH - len('"""') * 2
    text = "\n\n".join(
        textwrap.fill(paragraph, room, break_on_hyphens=False) for paragraph in quoted.split("\n\n")
    )
    return textwrap.indent(f'"""{text}' + ("\n" if "\n" in text else "") + '"""', "    ")


def main() -> int:
    """Write the file and return the exit code; with --check, 1 if it is another than is there."""
    parser = argparse.ArgumentParser(prog="python -m tools.client_models", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, compare")
    if not parser.parse_args().check:
        OUT.write_text(text(), encoding="utf-8")
    elif OUT.read_text(encoding="utf-8") != text():
        print(f"{OUT} is not what make client-models writes", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
