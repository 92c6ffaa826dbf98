"""What tests of jobs share."""

import pytest
from caller import Client

from klipfast_server.api import app_keys
from klipfast_server.files.storage import LocalStorage


@pytest.fixture
def storage(client: Client) -> LocalStorage:
    """The running server's folder."""
    assert client.app is not None
    found = client.app[app_keys.STORAGE]
    assert isinstance(found, LocalStorage)
    return found
