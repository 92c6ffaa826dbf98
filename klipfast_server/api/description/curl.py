"""Generates a curl command for every call, as a reader would type it."""

import shlex

import msgspec

from klipfast_server.api.description.openapi import OTHERS, PATH_PARAMETERS, Call

KEY = "YOUR_API_KEY"


def command(call: Call, base_url: str) -> str:
    """Return the command, wrapped for reading."""
    operation = call.operation
    path = call.path
    for name in call.path_parameters:
        named = PATH_PARAMETERS.get(name) or OTHERS[name]
        path = path.replace(f"{{{name}}}", named[1])
    url = shlex.quote(base_url + path + operation.example_query)
    method = {"GET": "", "HEAD": "-I "}.get(call.method, f"-X {call.method} ")
    lines = [f"curl {method}{url}"]
    if operation.key:
        lines.append(f'-H "Authorization: Bearer {KEY}"')
    if operation.example is not None:
        body = msgspec.json.encode(operation.example).decode()
        lines += ['-H "Content-Type: application/json"', f"-d {shlex.quote(body)}"]
    lines += operation.example_arguments
    return " \\\n  ".join(lines)
