"""What the settings of a cluster need of this machine, and whether the cluster can be joined."""

import importlib.util

from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError


def check(config: Config) -> None:
    """Check what can be known without a network. Raises ConfigError."""
    if not config.cluster.address:
        return
    if importlib.util.find_spec("ray") is None:
        raise ConfigError(
            "cluster.address is set, and Ray is not installed: pip install 'klipfast[ray]'"
        )
    if config.storage.s3 is None:
        raise ConfigError(
            "cluster.address is set, and clips are stored in a folder, which other machines do not "
            "reach: name a bucket in [storage.s3]"
        )
