"""What the settings of a cluster lack is said before the server starts, and by `check`."""

import importlib.util
import sys

import pytest
from msgspec.structs import replace

from klipfast_server.cli import checks, startup_checks
from klipfast_server.core.config import S3, Config, Storage, load
from klipfast_server.core.setting_names import ConfigError

HEAD = "127.0.0.1:9"  # where nobody listens


def clustered(config: Config, *, bucket: bool) -> Config:
    s3 = S3(bucket="clips") if bucket else None
    cluster = replace(config.cluster, address=HEAD)
    return replace(config, cluster=cluster, storage=Storage(s3=s3))


@pytest.fixture
def ray_there() -> None:
    if importlib.util.find_spec("ray") is None:
        pytest.skip("Ray is not installed: pip install 'klipfast[ray]'")


def test_a_cluster_needs_ray(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    startup_checks.check_cluster(config)  # one process needs nothing
    assert checks.cluster(config) is None
    with pytest.raises(ConfigError, match=r"Ray is not installed: pip install 'klipfast\[ray\]'"):
        startup_checks.check_cluster(clustered(config, bucket=True))


@pytest.mark.usefixtures("ray_there")
def test_a_cluster_refuses_a_folder_of_clips(config: Config) -> None:
    with pytest.raises(
        ConfigError, match=r"which other machines do not reach: name a bucket in \[storage.s3\]"
    ):
        startup_checks.check_cluster(clustered(config, bucket=False))


@pytest.mark.usefixtures("ray_there")
def test_a_head_that_is_away_is_a_warning_that_names_it(config: Config) -> None:
    finding = checks.cluster(clustered(config, bucket=True))
    assert finding is not None
    assert finding.state == "warning"
    assert f"Ray's head at {HEAD} cannot be reached" in finding.text


@pytest.mark.parametrize("address", ["ray://10.0.0.1:10001", "10.0.0.1", "auto"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    environ = {"KLIPFAST__CLUSTER__ADDRESS": address}
    with pytest.raises(ConfigError, match=r"cluster: Expected an address of Ray's head"):
        load(None, environ)
