"""klipfast brands: lists brands, makes, changes and deletes one, uploads its files, previews it."""

import argparse
from asyncio import to_thread
from typing import Any, get_args

import msgspec

from klipfast_client import Client
from klipfast_client.models import AspectRatio, BrandDetail, BrandFileKind
from klipfast_server.cli.client_commands import show
from klipfast_server.cli.parsing import Failed, UsageError, check_files

KINDS: tuple[BrandFileKind, ...] = get_args(BrandFileKind)


async def brands(call: argparse.Namespace, client: Client) -> None:
    """Show, make, change or delete brands.

    Raises UsageError, Failed, ApiError.
    """
    files = {kind: path for kind in KINDS if (path := getattr(call, kind)) is not None}
    check_files([*files.values(), call.settings])
    settings = await to_thread(_settings, call)
    if call.new is None and call.brand_id is None:
        if files or settings or call.out or call.delete:
            raise UsageError("which brand? Name its ID, or make one with --new NAME")
        for brand in await client.brands():
            show(call, brand, _described(brand))
        return
    if call.new is not None and call.brand_id is not None:
        raise UsageError("--new makes another brand; leave out the ID")
    if call.delete:
        await client.delete_brand(call.brand_id)
        return
    if call.new is not None:
        brand = await client.add_brand(**{"name": call.new} | settings)
    elif settings:
        brand = await client.change_brand(call.brand_id, **settings)
    else:
        brand = await client.brand(call.brand_id)
    for kind, path in files.items():
        brand = await client.put_brand_file(brand.brand_id, kind, path)
    if call.out is not None:
        shape: AspectRatio = call.aspect or "9:16"
        picture = await client.brand_preview(brand.brand_id, aspect_ratio=shape)
        await to_thread(call.out.write_bytes, picture)
    show(call, brand, _described(brand))


def _settings(call: argparse.Namespace) -> dict[str, Any]:
    """Read the settings of a JSON file. Raises Failed."""
    if call.settings is None:
        return {}
    try:
        return msgspec.json.decode(call.settings.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError) as error:
        raise Failed(f"{call.settings} cannot be read as a JSON object: {error}") from error


def _described(brand: BrandDetail) -> str:
    """Return a line: the ID, the name, and the files that it has."""
    names = ", ".join(kind for kind in KINDS if getattr(brand.files, kind) is not None)
    return f"{brand.brand_id}  {brand.name}" + (f"  ({names})" if names else "")
