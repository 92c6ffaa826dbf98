"""The newest version of KlipFast, as a URL of the settings tells it when somebody wants to know."""

import asyncio
import re

import msgspec
import structlog
from msgspec import Struct

from klipfast_server.core.config import Config
from klipfast_server.net.guarded_client import client, follow_redirects, whole

log = structlog.get_logger()

AGAIN_S = 86_400.0  # seconds between two questions
TOTAL_S = 5.0
MAX_BYTES = 10_000_000  # an index may tell of every file of every version
FORM = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(\+.*)?(.*)", re.DOTALL)


class Info(Struct, frozen=True):
    """A part of an answer."""

    version: str = ""


class Told(Info, frozen=True):
    """An answer: the version is in one of these places."""

    info: Info = Info()
    tag_name: str = ""


def order(version: str) -> tuple[int, int, int, bool]:
    """Return what orders versions; a pre-release comes before its release. Raises ValueError."""
    match = FORM.fullmatch(version.strip())
    if match is None:
        raise ValueError(f"{version!r} is no version.")
    major, minor, patch, _build, rest = match.groups()
    return int(major), int(minor or 0), int(patch or 0), not rest


class NewestVersion:
    """What is known of the newest version."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.wanted = asyncio.Event()  # whoever wants to know sets it, and does not wait
        self.known: str | None = None

    def is_after(self, version: str) -> bool:
        """Whether a release is known that is newer than `version`."""
        return self.known is not None and order(self.known) > order(version)

    async def watch(self) -> None:
        """Ask when somebody wants to know, at most once a day; return where no URL is set."""
        while self._config.server.updates_url:
            await self.wanted.wait()
            try:
                self.known = await self._asked()
            except Exception as error:  # whatever is answered there, the server goes on
                log.debug("newest version not known", error=repr(error))
            await asyncio.sleep(AGAIN_S)
            self.wanted.clear()

    async def _asked(self) -> str:
        sources, url = self._config.sources, self._config.server.updates_url
        headers = {"Accept": "application/json"}
        async with (
            asyncio.timeout(TOTAL_S),
            client(sources, total_s=TOTAL_S) as session,
            follow_redirects(session, url, sources, headers) as response,
        ):
            body = await whole(response, MAX_BYTES, "The answer")
        told = await asyncio.to_thread(msgspec.json.decode, body, type=Told)
        version = (told.info.version or told.version or told.tag_name)[:40]
        if not order(version)[3]:
            raise ValueError(f"{version} is a pre-release.")
        return version.strip().removeprefix("v")
