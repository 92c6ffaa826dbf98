"""A backup that was damaged, or made up, changes nothing."""

import io
import json
import os
import re
import tarfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from klipfast_server.core.config import Config
from klipfast_server.operate.backup_archive import BackupError, Writer, verify

from .conftest import Operate, all_rows, members


def written(path: Path, content: dict[str, bytes], **changes: object) -> None:
    """Write an archive whose hashes are right; `changes` are of the manifest."""
    manifest = json.loads(content.pop("manifest.json"))
    del content["SHA256SUMS"]
    with path.open("w+b") as file:
        writer = Writer(file, io.BytesIO(), nobody)
        for name, body in content.items():
            writer.add(name, io.BytesIO(body))
        writer.finish(**manifest | changes)


def rewritten(path: Path, **changes: object) -> None:
    written(path, members(path), **changes)


def with_file(path: Path, *, name: str) -> None:
    written(path, members(path) | {name: b"x"})


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def nobody(_size_bytes: int) -> None:
    """Who is told of no progress."""


def flip(path: Path, *, ending: str) -> None:
    """Change one bit in the middle of the first member whose name ends like that."""
    name = next(each for each in members(path) if each.endswith(ending))
    with tarfile.open(path) as tar:
        header = tar.getmember(name)
    with path.open("r+b") as file:
        file.seek(header.offset_data + header.size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))


def behind_its_end(path: Path) -> None:
    with tarfile.open(path, "a") as tar:
        tar.addfile(tarfile.TarInfo("storage/clips/x.mp4"))


def a_link(path: Path) -> None:
    with tarfile.open(path, "w") as tar:
        header = tarfile.TarInfo("storage/link")
        header.type, header.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(header)


def of_another_moment(path: Path) -> None:
    tables = json.loads(members(path)["manifest.json"])["tables"]
    rewritten(path, tables=tables | {"jobs": 99})


def rows_cut_off(path: Path) -> None:
    content = members(path)
    dump = content["database.dump"]
    content["database.dump"] = dump[: len(dump) // 2]
    written(path, content)


def of_the_former_format(path: Path) -> None:
    with tarfile.open(path, "w") as tar:
        tar.addfile(tarfile.TarInfo("database/accounts.copy.gz"))


def no_archive(path: Path) -> None:
    path.write_bytes(b"not a backup at all " * 1000)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (partial(flip, ending=".mp4"), "has changed"),
        (partial(flip, ending="database.dump"), "database.dump has changed"),
        (partial(flip, ending="SHA256SUMS"), "damaged"),
        (cut_in_half, "cut off"),
        (partial(rewritten, version="99.0"), "newer than"),
        (partial(rewritten, migration=9999), "newer than"),
        (partial(rewritten, migration=24), "an older KlipFast: they have migration 24"),
        (partial(rewritten, postgres=99), "is of Postgres 99"),
        (partial(rewritten, format=3), "newer than"),
        (of_the_former_format, "restore it with the version that made it, .* and back up again"),
        (partial(with_file, name="storage/../../outside"), "no name that a backup has"),
        (partial(with_file, name="/tmp/outside"), "no name that a backup has"),
        (behind_its_end, "stands behind the end"),
        (a_link, "no plain file"),
        (rows_cut_off, "pg_restore failed"),
        (of_another_moment, "other rows than its manifest says"),
        (no_archive, "or no backup"),
    ],
)
async def test_a_bad_backup_is_refused_and_leaves_nothing(
    damage: Callable[[Path], None], told: str, archive: Path, fresh: Config, operate: Operate
) -> None:
    damage(archive)
    refused = await operate(fresh, "restore", "--from", str(archive))
    assert refused.returncode == 1
    last = refused.stderr.strip().splitlines()[-1]
    assert last.startswith("klipfast-server: ")
    assert re.search(told, last), refused.stderr
    assert list(fresh.server.data_dir.iterdir()) == []
    assert not (fresh.server.data_dir.parent / "outside").exists()
    assert not Path("/tmp/outside").exists()


@pytest.mark.parametrize("damage", [rows_cut_off, of_another_moment])
async def test_a_restore_that_fails_late_leaves_no_table_of_an_external_database(
    damage: Callable[[Path], None], archive: Path, bare: Config, operate: Operate
) -> None:
    damage(archive)  # hashes are right
    refused = await operate(bare, "restore", "--from", str(archive))
    assert refused.returncode == 1
    assert await all_rows(bare.database.url) == {}
    assert list(bare.server.data_dir.iterdir()) == []


def test_an_archive_that_is_cut_anywhere_is_refused_before_anything_is_written(
    archive: Path, tmp_path: Path
) -> None:
    with tarfile.open(archive) as tar:
        last = tar.getmember("SHA256SUMS")
    end = last.offset_data + last.size  # behind it are zeros, of which none is needed
    whole = archive.read_bytes()
    for length in (0, 1, 511, 512, *range(100, end, 4999), end - 1):
        (tmp_path / "cut.tar").write_bytes(whole[:length])
        with (tmp_path / "cut.tar").open("rb") as file, pytest.raises(BackupError) as refused:
            verify(file, nobody)
        assert str(refused.value).endswith("."), length
