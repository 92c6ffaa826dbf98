"""Requests that stand in the settings: each new episode or file is submitted with them.

They are validated as the body of POST /api/v1/process is, once at the start.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from klipfast_server.core import config as settings
from klipfast_server.core.config import Config, Feed, Folder, Sources
from klipfast_server.core.errors import BadRequest, Unprocessable
from klipfast_server.core.setting_names import ConfigError
from klipfast_server.files import upload_acceptance
from klipfast_server.net.guarded_client import FetchError, check_url
from klipfast_server.schema.process_request import Process
from klipfast_server.schema.vocabulary import PRIORITIES, SourceInfo
from klipfast_server.store import usage
from klipfast_server.store.intake.uploads import Upload
from klipfast_server.store.jobs import Submission
from pipeline.alignment import transcript_reader
from pipeline.core.data import Options
from pipeline.core.errors import SourceError, TooLong
from pipeline.media import source_range

ANY_URL = "https://example.com/"  # placeholder in a request that is only checked
MAX_VALUE_CHARS, MAX_TITLE_CHARS = 512, 200  # lengths of a metadata value and of a talk's title
NAMES = ("feed", "episode", "folder", "file")  # metadata keys that say where a job comes from


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
    title: str = "",
    upload: Upload | None = None,
) -> Submission:
    """Return the job of an episode or a file, with `metadata` beside that of the settings.

    `title` is that of the talk, unless the settings have one; `upload` is what `video_url` leads
    to, if it is one. Raises BadRequest for a URL that cannot be fetched, Unprocessable where the
    upload is too short for the range of the settings.
    """
    try:
        request = _request(standing.options, video_url)
    except msgspec.ValidationError as error:  # such as an address that is too long
        raise BadRequest(str(error), field="video_url") from error
    options = request.options(caption_styles)
    told = {name: text[:MAX_VALUE_CHARS] for name, text in metadata.items() if text}
    found = _address(video_url, config.sources) if upload is None else _content(upload, options)
    return Submission(
        video_url=video_url,
        file_name=found.file_name,
        identity=found.identity,
        options=options,
        duration_s=usage.counted_s(found.length_s, options.range),
        source_json=found.source_json,
        metadata={**request.metadata, **told},
        webhook_url=request.webhook_url,
        base_url=settings.base_url(config),
        title=request.title.strip() or title[:MAX_TITLE_CHARS] or None,
        priority=PRIORITIES[request.priority],
        keep_source=request.keep_source,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What is known of a source before it is fetched."""

    file_name: str
    identity: str
    length_s: float | None = None
    source_json: str | None = None


def _address(video_url: str, sources: Sources) -> _Found:
    try:
        url = check_url(video_url, allow_private=sources.allow_private)
    except FetchError as error:
        raise BadRequest(str(error), field="video_url") from error
    return _Found(
        file_name=upload_acceptance.base_name(url.path.rstrip("/"), otherwise=""),
        identity=str(url.with_fragment(None)),
    )


def _content(upload: Upload, options: Options) -> _Found:
    length_s = upload.info.duration_seconds
    try:
        source_range.resolve_range(length_s, options.range)
    except SourceError as error:
        raise Unprocessable(str(error), field="range", reason=error.reason) from error
    return _Found(
        file_name=upload.file_name,
        identity=f"sha256:{upload.sha256.hex()}",
        length_s=length_s,
        source_json=msgspec.json.encode(upload.info).decode(),
    )


def check_length(source: SourceInfo, max_source_minutes: int) -> None:
    """Raise Unprocessable for a recording that is longer than the plan allows."""
    if source.duration_seconds > max_source_minutes * 60:
        raise Unprocessable(
            f"The recording lasts {source.duration_seconds / 60:.1f} minutes; at most "
            f"{max_source_minutes} are accepted.",
            reason=TooLong.reason,
        )


def _request(options: Mapping[str, Any], video_url: str) -> Process:
    return msgspec.convert({**options, "video_url": video_url}, type=Process)


def _check_request(
    standing: Feed | Folder, where: str, sources: Sources, caption_styles: tuple[str, ...]
) -> None:
    options = standing.options
    try:
        if "video_url" in options:
            raise BadRequest("video_url cannot be set here.", field="video_url")
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
