"""Real talks beside the checkout; tests that want one skip where it is absent."""

from pathlib import Path

import pytest
from project_paths import MEDIA


def media(name: str) -> Path:
    """Path of a file of the local test media."""
    path = MEDIA / name
    if not path.exists():
        pytest.skip(f"{path} is absent: local test media are not part of the project")
    return path
