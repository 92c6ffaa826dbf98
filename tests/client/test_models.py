"""The client's types are those of docs/openapi.json, and read what a newer server answers."""

import json
import subprocess
import sys
from typing import Annotated, Literal, get_args, get_origin

import msgspec
import pytest
from project_paths import ROOT

from klipfast_client import models

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
STRUCTS = {
    name: kind
    for name, kind in vars(models).items()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct
}
CLIP_STYLE = {"base": "a style of tomorrow", "entrance": "an entrance of tomorrow"}


def test_they_are_current() -> None:
    command = [sys.executable, "-m", "tools.client_models", "--check"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("name", STRUCTS)
def test_each_answer_has_the_fields_and_types_of_the_document(name: str) -> None:
    """What msgspec says of the type as JSON Schema, beside what the document says."""
    _, found = msgspec.json.schema_components([STRUCTS[name]], ref_template="{name}")
    told, wanted = found[name], SCHEMAS[name]
    assert told["properties"].keys() == wanted["properties"].keys()
    assert set(told.get("required", ())) == set(wanted.get("required", ()))
    for field, described in wanted["properties"].items():
        assert shape(told["properties"][field]) == shape(described), field


def shape(schema: dict[str, object]) -> object:
    """What a schema takes, without what only describes or bounds it; an enumeration is a text."""
    found: object = schema.get("type")
    match schema:
        case {"$ref": str(name)}:
            found = name.rpartition("/")[2]
        case {"anyOf": list(parts)}:
            shapes = {shape(part) for part in parts}
            found = frozenset(shapes) if len(shapes) > 1 else shapes.pop()
        case {"enum": _}:
            found = "string"
        case {"type": "array", "items": dict(items)}:
            found = ("array", shape(items))
        case {"type": "object", "additionalProperties": dict(values)}:
            found = ("object", shape(values))
        case {"type": kind, "format": "date-time" | "date" as form}:
            found = (kind, form)
    return found


def test_what_a_newer_server_adds_breaks_nothing() -> None:
    clip = {
        "kind": "a kind of tomorrow",
        "title": "Its title",
        "a_field_of_tomorrow": {"deep": [1]},
    }
    read = msgspec.json.decode(json.dumps(clip), type=models.TitleVariant)
    assert (read.kind, read.title) == ("a kind of tomorrow", "Its title")
    style = msgspec.json.decode(json.dumps(CLIP_STYLE), type=models.BrandStyle)
    assert (style.base, style.entrance) == tuple(CLIP_STYLE.values())


def test_no_field_of_an_answer_is_closed() -> None:
    """A Literal as a field's own type would refuse a newer server's value."""
    for kind in STRUCTS.values():
        for field in msgspec.structs.fields(kind):
            assert not is_closed(field.type), f"{kind.__name__}.{field.name}"
    status = next(f for f in msgspec.structs.fields(models.JobDetail) if f.name == "status")
    assert get_origin(status.type) is Annotated
    assert get_args(status.type) == (str, models.Status)


def is_closed(kind: object) -> bool:
    if get_origin(kind) is Annotated:
        return is_closed(get_args(kind)[0])
    return get_origin(kind) is Literal or any(map(is_closed, get_args(kind)))


def test_what_is_left_out_is_told_from_null_and_from_empty() -> None:
    none = msgspec.json.decode(b"{}", type=models.TextOutputs)
    assert none.blog_post == ""
    assert none.newsletter is msgspec.UNSET
    assert msgspec.json.decode(b'{"newsletter":"x"}', type=models.TextOutputs).newsletter == "x"
