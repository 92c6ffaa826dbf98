"""The notes of `make test-chaos` tell what a later start has made again."""

import asyncpg
from caller import Caller
from chaos import MADE_AGAIN, NOTES

AGAIN = """
INSERT INTO clips SELECT (c).* FROM clips c WHERE ordinal = 1
ON CONFLICT (job_id, ordinal) DO NOTHING
"""


async def test_what_a_later_start_stores_again_is_noted(ada: Caller, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(NOTES)
        job_id = await ada.submit(30)
        await ada.until(job_id)
        made = await connection.fetchval("SELECT count(*) FROM made WHERE job_id = $1", job_id)
        assert made > 0
        assert await connection.fetch(MADE_AGAIN) == []
        await connection.execute("UPDATE jobs SET lease_owner = 'a later start'")
        await connection.execute(AGAIN)
        (again,) = await connection.fetch(MADE_AGAIN)
        assert again[0] == f"{job_id}: clips 1"
    finally:
        await connection.close()
