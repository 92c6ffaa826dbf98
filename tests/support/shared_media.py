"""Real talks beside the checkout; a test that needs a missing one is skipped."""

from pathlib import Path

import pytest
from project_paths import MEDIA


def media(name: str) -> Path:
    """Return the path of a local test file; skip the test if the file is missing."""
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{path} is absent: local test media are not part of the project")
    return path
