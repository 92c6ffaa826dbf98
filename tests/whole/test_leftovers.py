"""What the long proofs look for in the end would be found if it were there."""

from pathlib import Path

import pytest
from caller import Caller
from live_server import LiveServer, leftovers

from klipfast_server.core.config import Config

TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
def server(config: Config, database_url: str) -> LiveServer:
    """The running server as the proofs see it."""
    return LiveServer(
        {
            "KLIPFAST_DATA_DIR": str(config.server.data_dir),
            "KLIPFAST_DATABASE_URL": database_url,
        }
    )


async def upload_folder(ada: Caller, server: LiveServer) -> Path:
    """Upload a file; where it lies."""
    upload_id: str = (await ada.upload(b"seconds 30"))["upload_id"]
    return server.data / "uploads" / upload_id


async def test_uploads_that_are_as_their_rows_say_are_no_leftovers(
    ada: Caller, server: LiveServer
) -> None:
    await upload_folder(ada, server)
    headers = TUS | {"Upload-Length": "1000"}
    begun = await ada.call("POST", "/api/v1/resumable-uploads", headers=headers)
    piece = TUS | {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
    await ada.call("PATCH", begun.headers["Location"], headers=piece, data=b"a piece")
    assert await leftovers(server) == []


async def test_a_file_without_a_row_is_found(ada: Caller, server: LiveServer) -> None:
    folder = await upload_folder(ada, server)
    stray = folder.with_name("upload_stray")
    stray.mkdir()
    (stray / "source").write_bytes(b"abc")
    (found,) = await leftovers(server)
    assert found == "upload without a row: upload_stray {'source': 3}"


async def test_a_row_without_its_file_is_found(ada: Caller, server: LiveServer) -> None:
    folder = await upload_folder(ada, server)
    (folder / "source").unlink()
    (found,) = await leftovers(server)
    assert folder.name in found


@pytest.mark.parametrize("name", ["part", "aside"])
async def test_a_second_file_beside_an_upload_is_found(
    ada: Caller, server: LiveServer, name: str
) -> None:
    folder = await upload_folder(ada, server)
    (folder / name).touch()
    (found,) = await leftovers(server)
    assert folder.name in found
