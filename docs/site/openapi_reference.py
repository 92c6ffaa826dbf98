"""The directive `openapi`, which writes a page of every call and type of an OpenAPI document.

    ```{openapi} openapi.json
    ```

Knows OpenAPI 3.1 as far as docs/openapi.json uses it, and fails where a part that it needs is not
there, so that a page is never made of half of a document.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

MOST_WORDS = 14  # values of an enumeration that are shown
ERRORS = ("4", "5")  # how statuses begin whose answers are all of one type


class OpenApi(SphinxDirective):
    """The calls of a document by their tags, then its types."""

    required_arguments = 1
    has_content = False

    def run(self) -> list[nodes.Node]:
        """Return the sections; the page is made again when the document has changed."""
        relative, path = self.env.relfn2path(self.arguments[0])
        self.env.note_dependency(relative)
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        return self.parse_text_to_nodes("\n".join(_page(document)), allow_section_headings=True)


def _page(document: dict[str, Any]) -> Iterator[str]:
    calls = [
        (method.upper(), path, call)
        for path, methods in document["paths"].items()
        for method, call in methods.items()
    ]
    for tag in document["tags"]:
        yield from (f"## {tag['name']}", "", _plain(tag["description"]), "")
        for method, path, call in calls:
            if tag["name"] in call["tags"]:
                yield from _call(method, path, call)
    yield from ("## Messages to webhooks", "", "What the server sends to your URLs.", "")
    for event, methods in document["webhooks"].items():
        yield from _call("", event, methods["post"])
    yield from ("## Types", "", "Every body, answer and part of one.", "")
    for name, schema in document["components"]["schemas"].items():
        yield from _type(name, schema)


def _call(method: str, path: str, call: dict[str, Any]) -> Iterator[str]:
    yield from (f"(call-{call['operationId']})=", f"### {f'{method} {path}'.strip()}", "")
    yield from (_plain(call["summary"]), "", *_paragraphs(call.get("description", "")))
    if call.get("parameters"):
        yield from ("| parameter | in | kind | |", "|---|---|---|---|")
        for parameter in call["parameters"]:
            needed = "" if not parameter.get("required") else " (required)"
            cells = (
                f"`{parameter['name']}`{needed}",
                parameter["in"],
                _kind(parameter["schema"]),
                parameter["description"],
            )
            yield _row(cells)
        yield ""
    if "requestBody" in call:
        yield from _body(call["requestBody"])
    yield from _answers(call["responses"])


def _answers(responses: dict[str, Any]) -> Iterator[str]:
    """What comes when all is well, and which errors may come instead."""
    yield from ("| status | answer | |", "|---|---|---|")
    errors = []
    for status, answer in responses.items():
        if status.startswith(ERRORS):
            errors.append(status)
            continue
        kinds = [_kind(of["schema"], media) for media, of in answer.get("content", {}).items()]
        yield _row((status, " or ".join(kinds), answer["description"]))
    yield ""
    if errors:
        yield from (f"[Errors](api.md#keys-limits-errors): {', '.join(errors)}", "")


def _body(body: dict[str, Any]) -> Iterator[str]:
    kinds = [f"{_kind(of['schema'], media)}" for media, of in body["content"].items()]
    yield from (f"Body: {' or '.join(kinds)}", "")
    example = body["content"].get("application/json", {}).get("example")
    if example is not None:
        yield from ("```json", json.dumps(example, ensure_ascii=False), "```", "")


def _type(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield from (f"(type-{name.lower()})=", f"### {name}", "")
    yield from _paragraphs(schema.get("description", ""))
    if "properties" not in schema:
        yield from (_kind(schema), "")
        return
    required = schema.get("required", ())
    yield from ("| field | kind | |", "|---|---|---|")
    for field, told in schema["properties"].items():
        needed = " (required)" if field in required else ""
        yield _row((f"`{field}`{needed}", _kind(told), told.get("description", "")))
    yield ""


def _kind(schema: dict[str, Any], media: str = "application/json") -> str:
    """A schema in a word or two, with a link to what has a name."""
    if media != "application/json":
        return f"`{media}`"
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return f"[{name}](#type-{name.lower()})"
    for many in ("anyOf", "oneOf"):
        if many in schema:
            return " or ".join(_kind(part) for part in schema[many])
    if "enum" in schema or "const" in schema:
        words = schema.get("enum") or [schema["const"]]
        some = " ".join(f"`{word}`" for word in words[:MOST_WORDS])
        return some + " …" * (len(words) > MOST_WORDS)
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items') or {})}"
    return _named(schema)


def _named(schema: dict[str, Any]) -> str:
    formats = {"date-time": "time", "date": "date"}
    name = formats.get(schema.get("format", ""), str(schema.get("type", "anything")))
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{name} {low:g}–{high:g}"
    return f"{name}, up to {schema['maxLength']:,} characters" if "maxLength" in schema else name


def _paragraphs(text: str) -> Iterator[str]:
    if text:
        yield from (_plain(text), "")


def _row(cells: tuple[str, ...]) -> str:
    plain = (" ".join(_plain(cell).split()).replace("|", r"\|") for cell in cells)
    return f"| {' | '.join(plain)} |"


def _plain(text: str) -> str:
    """No markup but code and links of our own: a star or an angle bracket is shown."""
    parts = text.split("`")
    for at in range(0, len(parts), 2):
        parts[at] = parts[at].replace("*", r"\*").replace("<", r"\<").replace("_", r"\_")
    return "`".join(parts)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("openapi", OpenApi)
    return {"version": "1", "parallel_read_safe": True}
