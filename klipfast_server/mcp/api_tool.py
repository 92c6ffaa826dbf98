"""Makes tools of functions: the types of the API's requests describe their arguments."""

from collections.abc import Mapping
from typing import Any

import msgspec
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations

from klipfast_server.schema.process_request import Process
from klipfast_server.schema.writing.text_requests import TextWishes

OWN = frozenset({"video_url", "q", "at_seconds", "width"})  # fields that tools fill themselves
# What is said in a talk must not talk an assistant into sending results elsewhere.
UNSAFE = frozenset({"webhook_url"})
RENAMED = {"texts": "text_outputs", "min_score": "min_virality_score"}  # what tools had once
DROPPED = ("$ref", "$defs", "pattern", "minLength")
ELSEWHERE = "As in "  # begins a description that is another type's

Schema = dict[str, Any]


class ApiTool(Tool):
    """A tool that refuses unknown arguments: a misspelled one must not be passed over."""

    async def run(self, arguments: Schema, context: Any, convert_result: bool = False) -> Any:
        """Run it. Raises ToolError."""
        known = self.parameters["properties"]
        further = known.get("options", {}).get("properties", {})
        for name in arguments.keys() - known.keys():
            advice = f"Known: {', '.join(known)}."
            if (option := RENAMED.get(name, name)) in further:
                advice = f'Pass it in options: {{"options": {{"{option}": …}}}}.'
            raise ToolError(f"{self.name} has no argument {name}. {advice}")
        options = arguments.get("options")
        for name in options.keys() - further.keys() if isinstance(options, dict) else ():
            advice = f"Known: {', '.join(further)}."
            if name in known:
                advice = "Pass it as an argument of its own, beside options."
            raise ToolError(f"options of {self.name} has no {name}. {advice}")
        return await super().run(arguments, context, convert_result)


def build(function: Any, title: str, annotations: ToolAnnotations, request: Any = None) -> Tool:
    """Build a tool; its docstring is the description.

    `request`: type of a body or query of the API, whose fields describe the arguments of their
    name; `options` has the others. The API checks what is passed.
    """
    lines = (line.strip() for line in function.__doc__.strip().splitlines())
    tool = ApiTool.from_function(
        function, title=title, annotations=annotations, description="\n".join(lines)
    )
    tool.parameters["additionalProperties"] = False
    arguments = tool.parameters["properties"]
    fields = {} if request is None else _fields(request)
    for name in arguments.keys() & fields.keys():
        default = arguments[name].get("default")
        arguments[name] = fields.pop(name) | ({} if default is None else {"default": default})
    if "options" in arguments:
        arguments["options"] = {
            "type": "object",
            "description": "Further options, as in the API. An unknown value, also of "
            "caption_style, is refused with a list of known ones.",
            "properties": {name: fields[name] for name in fields if name not in OWN | UNSAFE},
            "additionalProperties": False,
        }
    return tool


def given(options: Mapping[str, Any] | None, **arguments: Any) -> dict[str, Any]:
    """Return options and the arguments that were passed."""
    passed = {name: value for name, value in arguments.items() if value is not None}
    return dict(options or {}) | passed


def _fields(request: Any) -> dict[str, Schema]:
    """Return the JSON schema of each field, without references."""
    whole = msgspec.json.schema(request)
    fields: dict[str, Schema] = _short(whole, whole["$defs"])["properties"]
    for name, field in fields.items():
        if field.get("description", "").startswith(ELSEWHERE):
            meant = _fields(Process) | _fields(TextWishes)
            field["description"] = meant[name]["description"]
    return fields


def _short(schema: Any, named: dict[str, Schema]) -> Any:
    """Return a schema for a reader: what it refers to is in it, and what stands for nothing is not.

    null says no more than an argument left out, and the API checks patterns.
    """
    if isinstance(schema, list):
        return [_short(each, named) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        schema = named[schema["$ref"].rpartition("/")[2]] | schema
    kept = {key: _short(schema[key], named) for key in schema if key not in DROPPED}
    alternatives = [each for each in kept.get("anyOf", ()) if each != {"type": "null"}]
    if len(alternatives) == 1:
        kept = alternatives[0] | {key: kept[key] for key in kept if key not in ("anyOf", "default")}
    return kept | ({"type": "string"} if "enum" in kept else {})
