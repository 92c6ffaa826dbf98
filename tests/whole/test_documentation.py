"""The documentation says all there is, and nothing else: routes, codes, options, settings."""

import argparse
import json
import re
import tomllib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, get_args, get_type_hints

import jinja2
import msgspec
import pytest
from caller import Client
from fake_engine import FakeEngine
from project_paths import ROOT

from klipfast_server.api import app_keys
from klipfast_server.api.description import openapi
from klipfast_server.cli import commands, server_commands
from klipfast_server.core import config, errors, setting_names
from klipfast_server.schema import job_responses, vocabulary
from klipfast_server.schema.branding import brand_styles, brands
from klipfast_server.store.estimates import stage_shares
from klipfast_server.work import progress
from pipeline.captions.styles.style import style_names
from pipeline.core import errors as pipeline_errors

CLI = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
COMMAND = re.compile(r"^\| `(klipfast(?:-server)?(?: [a-z-]+)+)", re.MULTILINE)
IN_REFERENCE = {"expires", "signature", "token"}  # parameters of signed links
# What a person opens is no call of the API.
PAGES = ("/", "/studio/{version}/{path}", "/docs/{page}")
CALL = re.compile(r"`(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (/[^`?]*)[^`]*`")


@pytest.fixture
def calls(client: Client) -> set[tuple[str, str]]:
    """Method and path of every route."""
    return {(call.method, call.path) for call in openapi.calls(client.app)}


def test_every_route_is_in_the_guide_and_every_call_of_the_guide_is_a_route(
    calls: set[tuple[str, str]],
) -> None:
    told = {(found[1], found[2]) for found in CALL.finditer(API)}
    assert told == calls


async def test_every_route_is_on_the_page_and_in_the_document_with_an_example(
    client: Client, calls: set[tuple[str, str]]
) -> None:
    pages = client.app[app_keys.REFERENCE].pages
    paths = [f"/docs/{page}".rstrip("/") for page in pages]
    page = "".join([await (await client.get(path)).text() for path in paths])
    document = await (await client.get("/openapi.json")).json()
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert described == calls
    sections = page.split("<section")
    for _, path in calls:
        shown = [part for part in sections if path in part]
        assert any("curl " in part for part in shown), path


async def test_the_description_that_is_committed_is_the_servers(
    serve: Callable[[config.Config], Awaitable[Client]],
    config: config.Config,
    engine: FakeEngine,
) -> None:
    engine.caption_styles = style_names()  # type: ignore[assignment]  # three of them otherwise
    told = await (await (await serve(config)).get("/openapi.json")).json()
    written = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert written == told, "make openapi writes it anew"


async def test_the_description_is_made_once_and_not_for_every_caller(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = [await (await client.get(path)).read() for path in ("/docs", "/openapi.json")]

    def none(*_: object, **__: object) -> None:
        pytest.fail("made again")

    monkeypatch.setattr(jinja2.Template, "render", none)
    monkeypatch.setattr(msgspec.json, "encode", none)
    assert first == [await (await client.get(path)).read() for path in ("/docs", "/openapi.json")]


async def test_the_examples_of_the_page_call_the_server_as_the_reader_does(client: Client) -> None:
    for host in ("a.example:8080", "b.example"):
        page = await (await client.get("/docs/account", headers={"Host": host})).text()
        assert f"curl http://{host}/api/v1/usage" in page


def test_no_route_is_left_undescribed(client: Client, calls: set[tuple[str, str]]) -> None:
    for route in client.app.router.routes():
        assert route.resource is not None
        path = re.sub(r"\{(\w+):[^}]*\}", r"{\1}", route.resource.canonical)
        twin = ("GET", path) if route.method == "HEAD" else ("", "")
        if path in PAGES:
            continue
        assert (route.method, path) in calls or twin in calls


def test_every_error_code_is_in_the_guide_with_its_status() -> None:
    for status, (code, _) in errors.STATUSES.items():
        assert f"| {status} | `{code}` |" in API
    for status in errors.FURTHER:
        assert str(status) in API
    codes = get_args(vocabulary.ErrorCode)
    assert set(codes) == {code for code, _ in errors.STATUSES.values()}


def _reasons(kind: type[pipeline_errors.SourceError]) -> Iterator[str]:
    yield kind.reason
    for further in kind.__subclasses__():
        yield from _reasons(further)


def _fields(*bodies: type[msgspec.Struct] | None) -> Iterator[str]:
    for body in bodies:
        yield from body.__struct_fields__ if body is not None else ()


def test_every_option_parameter_and_format_is_in_the_guide(client: Client) -> None:
    wanted = set[str]()
    for call in openapi.calls(client.app):
        query = call.operation.query
        wanted |= {*_fields(call.operation.body, query)}
        wanted |= {*re.findall(r"'(\w+)'", str(get_type_hints(query or object).get("format")))}
    shown = {name for name in wanted if re.search(rf'[`"?&]{name}[`"=]', API)}
    assert wanted - shown == IN_REFERENCE


def test_every_setting_of_a_brand_and_every_warning_is_in_its_guide() -> None:
    guide = (ROOT / "docs" / "brands.md").read_text(encoding="utf-8")
    parts = (brand_styles.BrandStyle, brands.LogoWish, brands.ColorsWish, brands.ActionWish)
    assert [n for n in _fields(brands.BrandRequest, *parts) if f"`{n}`" not in guide] == []
    guide = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    for code in get_args(get_type_hints(job_responses.JobWarning)["code"]):
        assert f"`{code}`" in guide


async def test_every_field_and_every_parameter_is_described(client: Client) -> None:
    document = await (await client.get("/openapi.json")).json()
    bare = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, told in schema.get("properties", {}).items()
        if not told.get("description")
    ]
    bare += [
        f"{method} {path} {parameter['name']}"
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        for parameter in told["parameters"]
        if not parameter.get("description")
    ]
    assert bare == []


def test_the_reasons_of_a_422_are_those_of_the_pipeline_and_of_the_server() -> None:
    own = {"unreachable", "source_gone", "source_changed", "nothing_to_write"}
    assert set(get_args(vocabulary.Reason)) == own | set(_reasons(pipeline_errors.SourceError))
    for reason in get_args(vocabulary.Reason):
        assert f"`{reason}`" in API


def test_the_stages_of_a_job_are_those_that_are_reported() -> None:
    reported = {*stage_shares.BEFORE_CLIPS, *progress.WITHIN_CLIP, "write"}
    assert set(get_args(vocabulary.Stage)) == reported


async def test_every_event_is_in_the_guide_and_in_the_document(client: Client) -> None:
    document = await (await client.get("/openapi.json")).json()
    assert list(document["webhooks"]) == list(get_args(vocabulary.Event))
    for event, told in document["webhooks"].items():
        assert f"`{event}`" in API
        body = told["post"]["requestBody"]["content"]["application/json"]["schema"]
        name = body["properties"]["data"]["$ref"].rsplit("/", 1)[1]
        about = "webhook_id" if event == "ping" else "job_id"
        assert about in document["components"]["schemas"][name]["properties"]


def test_every_setting_is_explained_with_its_default() -> None:
    told = dict(_explained())
    wanted = dict(_settings(config.Config))
    assert told.keys() == wanted.keys()
    file = tomllib.loads((ROOT / "config.toml").read_text(encoding="utf-8"))
    for key, default in wanted.items():
        if key.startswith("plans."):
            name = key.removeprefix("plans.")
            expected = [_shown(plan[name]) for plan in file["plans"].values()]
        elif key.startswith(("storage.", "feeds.", "folders.")):  # not in the shipped settings
            expected = [_shown(default)] if default is not None else []
        else:
            section, name = key.split(".")
            expected = [_shown(file[section][name])]
        assert told[key] == [text for text in expected if text], key


def test_every_short_name_of_a_setting_is_explained_beside_it() -> None:
    for short, (section, name) in setting_names.SHORT_NAMES.items():
        [line] = [row for row in CONFIGURATION.splitlines() if f"| `{section}.{name}` |" in row]
        assert f"(`{short}`)" in line


@pytest.mark.parametrize("built", [commands.build_parser(), server_commands.build_parser()])
def test_every_command_is_explained_with_its_options(built: argparse.ArgumentParser) -> None:
    told = [name for name in COMMAND.findall(CLI) if name.split()[0] == built.prog]
    known = dict(_commands(built))
    assert sorted(told) == sorted(known)
    for name, options in known.items():
        for option in options:
            assert f"`{option}" in CLI or f" {option} " in CLI, f"{name} {option}"


def _commands(parser: argparse.ArgumentParser) -> Iterator[tuple[str, list[str]]]:
    """(name, options) of every command, those of commands too."""
    below = [action.choices for action in parser._actions if isinstance(action.choices, dict)]
    for choices in below:
        for inner in choices.values():
            yield from _commands(inner)
    if not below:
        shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]
        options = [text for action in shown for text in action.option_strings]
        yield parser.prog, [text for text in options if text not in ("-h", "--help")]


def _explained() -> Iterator[tuple[str, list[str]]]:
    """(key, the defaults beside it) of each row."""
    for line in CONFIGURATION.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        key = re.fullmatch(r"`([a-z0-9_]+\.[a-z0-9_.]+)`", cells[0])
        if key is not None:
            defaults = [cell.strip("`") for cell in cells[1:-1]]
            yield key[1], [text for text in defaults if text]


def _settings(section: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """(key, default of the code or None) of every setting."""
    for field in msgspec.structs.fields(section):
        key = f"{prefix}{field.name}"
        inner = _section_of(field.type)
        if inner is None or type(None) in get_args(field.type):
            yield key, None if field.default in (msgspec.NODEFAULT, None) else field.default
        if inner is not None:
            yield from _settings(inner, f"{key}.")


def _section_of(kind: Any) -> type[msgspec.Struct] | None:
    for part in (kind, *get_args(kind)):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            return part
    return None


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return " ".join(map(str, value))
    return str(value)
