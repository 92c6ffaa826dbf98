"""The programs of Postgres are of its version, and no argument shows a password."""

from pathlib import Path

import pytest

from klipfast_server.operate import postgres_programs
from klipfast_server.operate.backup_archive import BackupError


@pytest.mark.parametrize("major", [16, 18])  # come with the package of the embedded Postgres
def test_a_program_is_of_the_version_of_postgres(major: int) -> None:
    assert postgres_programs.find("pg_dump", major).name == "pg_dump"
    assert postgres_programs.find("pg_restore", major).name == "pg_restore"


def test_a_missing_program_is_told_with_the_package_that_has_it() -> None:
    with pytest.raises(BackupError, match=r"pg_dump of Postgres 99 .* postgresql-client-99 has it"):
        postgres_programs.find("pg_dump", 99)


async def test_a_password_is_no_argument_and_an_error_is_told(tmp_path: Path) -> None:
    program = tmp_path / "pg_dump"
    program.write_text('#!/bin/sh\necho "pg_dump: error: $* $PGPASSWORD" >&2\nexit 1\n')
    program.chmod(0o700)
    url = "postgresql://ada:se%40cret@db.example:5432/clips?sslmode=require"
    with pytest.raises(BackupError) as failed:
        await postgres_programs.run(program, url, "--schema=public")
    assert str(failed.value) == (
        "pg_dump failed: error: --dbname=postgresql://ada@db.example:5432/clips?sslmode=require "
        "--schema=public se@cret"
    )
