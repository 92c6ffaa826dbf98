"""What several kinds of attack need."""

import pytest

from klipfast_server.api.rate_limit import RateLimit


@pytest.fixture
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests a minute are not the subject."""
    monkeypatch.setattr(RateLimit, "hit", RateLimit.standing)
