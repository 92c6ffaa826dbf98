"""What tests of feeds and of watched folders look at."""

from typing import Any

from caller import Caller, Client

from klipfast_server.api import app_keys


async def jobs_of(ada: Caller) -> list[Any]:
    """The jobs, oldest first."""
    lines = (await ada.get("/api/v1/jobs?limit=100"))["jobs"]
    return [await ada.get(f"/api/v1/jobs/{line['job_id']}") for line in reversed(lines)]


def counted(client: Client, source: str, result: str) -> float:
    """How many of a feed or a folder have come to this."""
    assert client.app is not None
    registry = client.app[app_keys.METRICS].registry
    labels = {"source": source, "result": result}
    return registry.get_sample_value("klipfast_intake_total", labels) or 0.0
