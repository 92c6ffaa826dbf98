"""The file of a kept source, for what shows or sends it."""

from pathlib import Path

from aiohttp import web

from klipfast_server.api import app_keys


async def path_of(request: web.Request, upload_id: str | None) -> Path:
    """Return where the file of a kept source is on this server; nothing is there if it is gone.

    Raises StorageError, DiskFull and OSError.
    """
    files = request.app[app_keys.SOURCE_FILES]
    try:
        return await files.locate(upload_id or "")
    except FileNotFoundError:
        return files.folder(upload_id or "none") / "source"
