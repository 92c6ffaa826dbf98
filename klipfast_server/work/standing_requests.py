"""Requests that stand in the settings: each new episode or file is submitted with them.

They are validated as the body of POST /api/v1/process is, once at the start.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from klipfast_server.core.config import Config, Feed, Folder, Sources
from klipfast_server.core.errors import BadRequest, Unprocessable
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.net.guarded_client import FetchError, check_url
from klipfast_server.schema.requests import Process
from klipfast_server.schema.vocabulary import SourceInfo
from klipfast_server.store import usage
from klipfast_server.store.jobs import Submission
from pipeline.alignment import transcript_reader
from pipeline.core.errors import SourceError, TooLong
from pipeline.media import source_range

ANY_URL = "https://example.com/"  # of a request that is only checked
MAX_VALUE_CHARS = 512  # of a value of metadata
NAMES = ("feed", "episode", "folder", "file")  # in metadata, of where a job comes from


def check(config: Config, caption_styles: tuple[str, ...]) -> None:
    """Check the feeds and folders of the settings. Raises ConfigError."""
    for number, feed in enumerate(config.feeds):
        where = f"feeds[{number}]"
        try:
            check_url(feed.url, allow_private=config.sources.allow_private)
        except FetchError as error:
            raise ConfigError(f"{where}.url: {error}") from error
        _check_request(feed, where, config.sources, caption_styles)
    for number, folder in enumerate(config.folders):
        where = f"folders[{number}]"
        if folder.path.is_relative_to(config.server.data_dir):
            raise ConfigError(f"{where}.path: lies in server.data_dir, where clips are, too.")
        _check_request(folder, where, config.sources, caption_styles)
    _check_distinct("feeds", [(feed.account, feed.url) for feed in config.feeds])
    _check_distinct("folders", [folder.path for folder in config.folders])


def submission(
    standing: Feed | Folder,
    video_url: str,
    metadata: Mapping[str, str],
    *,
    config: Config,
    caption_styles: tuple[str, ...],
    identity: str | None = None,
    source: SourceInfo | None = None,
) -> Submission:
    """Return the job of an episode or a file, with `metadata` beside that of the settings.

    `source` and `identity` are known of an upload. Raises BadRequest for a URL that cannot be
    fetched, Unprocessable where the source is too short for the range of the settings.
    """
    if identity is None:
        try:
            url = check_url(video_url, allow_private=config.sources.allow_private)
        except FetchError as error:
            raise BadRequest(str(error), field="video_url") from error
        identity = str(url.with_fragment(None))
    try:
        request = _request(standing.options, video_url)
    except msgspec.ValidationError as error:  # such as an address that is too long
        raise BadRequest(str(error), field="video_url") from error
    options = request.options(caption_styles)
    length_s = None if source is None else source.duration_seconds
    if length_s is not None:
        try:
            source_range.resolve_range(length_s, options.range)
        except SourceError as error:
            raise Unprocessable(str(error), field="range", reason=error.reason) from error
    told = {name: text[:MAX_VALUE_CHARS] for name, text in metadata.items() if text}
    return Submission(
        video_url=video_url,
        identity=identity,
        options=options,
        duration_s=usage.counted_s(length_s, options.range),
        source_json=None if source is None else msgspec.json.encode(source).decode(),
        metadata={**request.metadata, **told},
        webhook_url=request.webhook_url,
        base_url=base_url(config),
    )


def check_length(source: SourceInfo, max_source_minutes: int) -> None:
    """Raise Unprocessable for a recording that is longer than the plan allows."""
    if source.duration_seconds > max_source_minutes * 60:
        raise Unprocessable(
            f"The recording lasts {source.duration_seconds / 60:.1f} minutes; at most "
            f"{max_source_minutes} are accepted.",
            reason=TooLong.reason,
        )


def base_url(config: Config) -> str:
    """Return what links begin with where nobody has asked by an address of the server."""
    server = config.server
    return server.public_url.rstrip("/") or f"http://{server.host}:{server.port}"


def _request(options: Mapping[str, Any], video_url: str) -> Process:
    return msgspec.convert({**options, "video_url": video_url}, type=Process)


def _check_request(
    standing: Feed | Folder, where: str, sources: Sources, caption_styles: tuple[str, ...]
) -> None:
    options = standing.options
    try:
        if "video_url" in options:
            raise BadRequest("video_url is not chosen here.", field="video_url")
        told = options.get("metadata", {})
        named = {**told, **dict.fromkeys(NAMES, "")} if isinstance(told, dict) else told
        request = _request({**options, "metadata": named}, ANY_URL)
        request.options(caption_styles)
        if request.transcript is not None:
            transcript_reader.read(request.transcript)
        if request.webhook_url is not None:
            check_url(request.webhook_url, allow_private=sources.allow_private)
    except (msgspec.ValidationError, BadRequest, FetchError, ValueError) as error:
        raise ConfigError(f"{where}.options: {error}") from error


def _check_distinct(where: str, keys: list[Any]) -> None:
    for number, key in enumerate(keys):
        if key in keys[:number]:
            raise ConfigError(f"{where}[{number}]: is the same as {where}[{keys.index(key)}].")
