"""Reads the episodes of an RSS 2.0 or Atom document, which may be hostile.

Expat is used directly: it expands no entities of its own accord, and a document that declares any
is refused, so that none can grow (billion laughs) or name a file or an address. Depth, the number
of episodes and the length of each tag and text are bounded; the size is bounded by whoever fetches
it.
"""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NoReturn
from urllib.parse import urljoin
from xml.parsers import expat

from msgspec import Struct

from klipfast_server.net.guarded_client import FetchError

MAX_DEPTH = 64  # depth of elements; feeds have fewer than ten
MAX_TAG_BYTES = 100_000  # expat takes all attributes of one at once, and holds the GIL meanwhile
MAX_EPISODES = 5000  # further ones, the oldest as feeds are written, are not read
# Length of a title or an identifier, which are cut off, or a link, which is left out.
MAX_TEXT_CHARS = 2000
ATOM = "http://www.w3.org/2005/Atom "
MEDIA = "http://search.yahoo.com/mrss/ "
ITEMS = ("item", f"{ATOM}entry")
ROOTS = ("rss", f"{ATOM}feed")
# Elements with a text that is read, and what it is.
TEXTS = {
    "guid": "guid",
    f"{ATOM}id": "guid",
    "title": "title",
    f"{ATOM}title": "title",
    "pubDate": "published",
    f"{ATOM}published": "published",
    f"{ATOM}updated": "updated",
    "link": "page",
}
MEDIA_TYPES = ("audio/", "video/", "application/octet-stream", "application/ogg")


class Episode(Struct, frozen=True, kw_only=True):
    """An episode: where its recording is, or, of a feed of web pages, its page."""

    guid: str
    title: str
    file_url: str  # "" if it has none
    page_url: str  # "" if it has none
    published: datetime | None


class Feed(Struct, frozen=True, kw_only=True):
    """A feed, with its episodes in the document's order."""

    title: str
    episodes: tuple[Episode, ...]


def read(document: bytes, base_url: str) -> Feed:
    """Read a document whose links start at `base_url`. Raises FetchError."""
    reader = _Reader(base_url)
    try:
        for start in range(0, len(document), MAX_TAG_BYTES):
            piece = document[start : start + MAX_TAG_BYTES]
            reader.parser.Parse(piece, False)
            if start + len(piece) - reader.parser.CurrentByteIndex > MAX_TAG_BYTES:
                raise FetchError(
                    f"The feed has a tag or a comment of more than {MAX_TAG_BYTES:,} bytes."
                )
        reader.parser.Parse(b"", True)
    except _Enough:
        pass
    except expat.ExpatError as error:
        fault = expat.ErrorString(error.code)
        raise FetchError(
            f"The feed is not well-formed XML: {fault}, line {error.lineno}."
        ) from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not know
        raise FetchError("The feed is in an unknown encoding.") from error
    return Feed(title=_line(reader.title), episodes=tuple(reader.episodes))


class _Enough(Exception):
    """The rest need not be read."""


class _Reader:
    """The state of one document."""

    def __init__(self, base_url: str) -> None:
        self.title = ""
        self.episodes: list[Episode] = []
        self._base_url = base_url
        self._open: list[str] = []
        self._item: dict[str, str] | None = None
        self._item_depth = 0
        self._text: list[str] | None = None  # text of the open element, if it is read
        self._text_chars = 0
        self.parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.EntityDeclHandler = self._entity
        parser.buffer_text = True

    def _entity(self, *_declaration: object) -> NoReturn:
        raise FetchError("The feed declares entities, which are not read.")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name not in ROOTS:
            raise FetchError("This is no RSS or Atom feed.")
        self._open.append(name)
        if len(self._open) > MAX_DEPTH:
            raise FetchError(f"The feed has more than {MAX_DEPTH} elements within each other.")
        self._text = None
        if self._item is None and name in ITEMS:
            self._item, self._item_depth = {}, len(self._open)
        elif self._item is not None:
            self._link(self._item, name, attributes)
        if name in TEXTS and self._is_read():
            self._text, self._text_chars = [], 0

    def _is_read(self) -> bool:
        """Whether the open element belongs to an episode, or to the feed, itself."""
        depth = self._item_depth if self._item is not None else 1 + (self._open[0] == "rss")
        return len(self._open) == depth + 1

    def _link(self, item: dict[str, str], name: str, attributes: dict[str, str]) -> None:
        """Take the address from an element within an episode; the first of each kind counts."""
        url, kind = attributes.get("url", ""), attributes.get("type", "")
        if name == f"{ATOM}link":
            url, relation = attributes.get("href", ""), attributes.get("rel", "alternate")
            if relation == "alternate":
                item.setdefault("page", url)
            if relation != "enclosure":
                return
        elif name not in ("enclosure", f"{MEDIA}content"):
            return
        is_medium = not kind or kind.lower().startswith(MEDIA_TYPES)
        if is_medium and 0 < len(url) < MAX_TEXT_CHARS:
            item.setdefault("file", url)

    def _characters(self, text: str) -> None:
        if self._text is not None and self._text_chars < MAX_TEXT_CHARS:
            self._text.append(text[: MAX_TEXT_CHARS - self._text_chars])
            self._text_chars += len(self._text[-1])

    def _end(self, name: str) -> None:
        if self._text is not None:
            text = "".join(self._text).strip()
            if self._item is not None:
                self._item.setdefault(TEXTS[name], text)
            elif TEXTS[name] == "title":
                self.title = self.title or text
        self._text = None
        if self._item is not None and len(self._open) == self._item_depth:
            self._add(self._item)
            self._item = None
        self._open.pop()

    def _add(self, item: dict[str, str]) -> None:
        file_url, page_url = self._absolute(item.get("file")), self._absolute(item.get("page"))
        guid = item.get("guid") or file_url or page_url
        if guid and (file_url or page_url):
            self.episodes.append(
                Episode(
                    guid=guid,
                    title=_line(item.get("title", "")),
                    file_url=file_url,
                    page_url=page_url,
                    published=_moment(item.get("published") or item.get("updated") or ""),
                )
            )
        if len(self.episodes) >= MAX_EPISODES:
            raise _Enough

    def _absolute(self, link: str | None) -> str:
        if not link or len(link) >= MAX_TEXT_CHARS:  # cut off, it would lead elsewhere
            return ""
        try:
            return urljoin(self._base_url, link.strip())
        except ValueError:
            return ""


def _line(text: str) -> str:
    """Return a text as one line without control characters."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _moment(text: str) -> datetime | None:
    """Read a date as RSS (RFC 822) or Atom (RFC 3339) has it; None for any other."""
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (TypeError, ValueError, OverflowError, IndexError):
            continue
    return None
