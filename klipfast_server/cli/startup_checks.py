"""What `serve` looks at before it starts, and `check` with it. Each raises ConfigError."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from klipfast_server.core.config import Config
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.net import page_settings
from pipeline.captions.styles.style import BrokenStyle, add_styles, style_names
from pipeline.core import system_libraries


def check_settings(config: Config) -> None:
    """Check what settings say beyond their types."""
    _add_styles(config)
    page_settings.check(config.sources)
    with _naming_missing_library():
        from klipfast_server.work import configured_requests  # noqa: PLC0415  (slow)
    configured_requests.check(config, style_names())
    check_cluster(config)


def check_cluster(config: Config) -> None:
    """Check what can be known of a cluster without a network."""
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


def check_weights(config: Config, *, load: bool = False) -> None:
    """Check that weights named by a path are there; with `load`, load them.

    Raises also ModelUnavailable.
    """
    with _naming_missing_library():
        from klipfast_server.core import engine  # noqa: PLC0415  (imports torch: seconds)
    engine.check_weights(config.models, config.llm, load=load)


def _add_styles(config: Config) -> None:
    """Read the operator's caption styles; an error names the file and the key."""
    if not config.captions.styles_dir:
        return
    try:
        add_styles(Path(config.captions.styles_dir))
    except (BrokenStyle, OSError) as error:
        raise ConfigError(f"captions.styles_dir: {error}") from error


@contextmanager
def _naming_missing_library() -> Iterator[None]:
    """Raise ConfigError where an import in the block lacks a library of the system."""
    try:
        yield
    except ImportError as error:
        if (missing := system_libraries.missing(error)) is None:
            raise
        raise ConfigError(missing) from error
