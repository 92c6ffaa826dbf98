"""A job whose clips and versions are looked at."""

from typing import Any

import pytest
from caller import Caller


@pytest.fixture
async def job(ada: Caller) -> dict[str, Any]:
    """A completed job with three clips."""
    done: dict[str, Any] = await ada.done(30)
    return done
