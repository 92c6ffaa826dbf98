"""Feeds of podcasts are read, RSS and Atom, sloppy ones too; hostile ones are refused."""

import time
from datetime import UTC, datetime

import pytest

from klipfast_server.net import feed_document
from klipfast_server.net.feed_document import MAX_EPISODES, MAX_TEXT_CHARS, Episode
from klipfast_server.net.guarded_client import FetchError

BASE = "https://example.com/feeds/talks.xml"
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
     xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<channel>
  <title>Talks &amp; Tales</title>
  <atom:link href="https://example.com/feeds/talks.xml" rel="self"/>
  <image><title>The picture</title><url>https://example.com/a.png</url></image>
  <item>
    <title>Second
      one</title>
    <itunes:title>not this</itunes:title>
    <guid isPermaLink="false">two</guid>
    <link>https://example.com/two</link>
    <pubDate>Tue, 03 Nov 2026 10:00:00 GMT</pubDate>
    <enclosure url="https://cdn.example.com/two.mp3?a=1&amp;b=2" type="audio/mpeg" length="1"/>
    <enclosure url="https://cdn.example.com/other.mp3" type="audio/mpeg" length="1"/>
  </item>
  <item>
    <title><![CDATA[<b>First</b>]]></title>
    <enclosure url="one.mp4"/>
    <pubDate>someday</pubDate>
  </item>
  <item><title>Notes only</title><enclosure url="notes.pdf" type="application/pdf"/></item>
  <item>
    <guid>three</guid>
    <media:group><media:content url="/three.mp4" type="video/mp4"/></media:group>
  </item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>A channel</title>
<entry><id>yt:video:x</id><title>A video</title>
<link rel="alternate" href="https://www.example.com/watch?v=x"/>
<published>2026-11-02T08:00:00+01:00</published><updated>2026-11-05T00:00:00Z</updated></entry>
<entry><id>b</id><title>A file</title><link href="/b"/>
<link rel="enclosure" type="video/mp4" href="https://example.com/b.mp4"/></entry>
</feed>"""


def read(text: str, encoding: str = "utf-8") -> tuple[str, list[Episode]]:
    feed = feed_document.read(text.encode(encoding), BASE)
    return feed.title, list(feed.episodes)


def test_rss_is_read() -> None:
    title, episodes = read(RSS)
    assert title == "Talks & Tales"
    assert episodes == [
        Episode(
            guid="two",
            title="Second one",
            file_url="https://cdn.example.com/two.mp3?a=1&b=2",
            page_url="https://example.com/two",
            published=datetime(2026, 11, 3, 10, tzinfo=UTC),
        ),
        Episode(
            guid="https://example.com/feeds/one.mp4",
            title="<b>First</b>",
            file_url="https://example.com/feeds/one.mp4",
            page_url="",
            published=None,
        ),
        Episode(
            guid="three",
            title="",
            file_url="https://example.com/three.mp4",
            page_url="",
            published=None,
        ),
    ]


def test_atom_is_read() -> None:
    title, episodes = read(ATOM)
    assert title == "A channel"
    assert [(e.guid, e.file_url, e.page_url, e.published) for e in episodes] == [
        (
            "yt:video:x",
            "",
            "https://www.example.com/watch?v=x",
            datetime(2026, 11, 2, 7, tzinfo=UTC),
        ),
        ("b", "https://example.com/b.mp4", "https://example.com/b", None),
    ]


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "windows-1252"])
def test_other_encodings_are_read(encoding: str) -> None:
    text = RSS.replace("UTF-8", encoding).replace("Tales", "Märchen")
    assert read(text, encoding)[0] == "Talks & Märchen"


BOMB = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not well-formed"),
        ("<html><body>Not found</body></html>", "no RSS or Atom"),
        ('{"episodes": []}', "not well-formed"),
        (RSS[:700], "not well-formed"),
        (f'<!DOCTYPE rss [<!ENTITY a0 "ha">{BOMB}]><rss>&a11;</rss>', "entities"),
        ('<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss>&x;</rss>', "entities"),
        ('<!DOCTYPE rss [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]><rss/>', "entities"),
        ("<rss>" + "<a>" * 100_000, "within each other"),
        ('<?xml version="1.0" encoding="klingon"?><rss/>', "encoding"),
    ],
)
def test_what_is_no_feed_or_a_hostile_one_is_refused(text: str, told: str) -> None:
    began = time.monotonic()
    with pytest.raises(FetchError, match=told):
        read(text)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_tag_of_very_many_attributes_is_refused(encoding: str) -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(30_000))
    with pytest.raises(FetchError, match="a tag or a comment of more than 100,000 bytes"):
        read(f"<rss><channel><item {attributes}/></channel></rss>", encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_what_is_long_but_no_tag_is_read(encoding: str) -> None:
    long = f"<notes>{'ä' * 300_000}</notes><notes><![CDATA[{'ä' * 300_000}]]></notes></item>"
    text = RSS.replace("UTF-8", encoding).replace("</item>", long) + "\n" * 300_000
    assert read(text, encoding) == read(RSS)


def test_a_dtd_elsewhere_is_not_fetched() -> None:
    text = RSS.replace("<rss", '<!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">\n<rss', 1)
    assert read(text)[0] == "Talks & Tales"


def test_a_link_that_is_too_long_is_none_rather_than_another() -> None:
    long = f"/{'x' * MAX_TEXT_CHARS}.mp4"
    _, episodes = read(
        RSS.replace("one.mp4", long).replace("https://cdn.example.com/two.mp3", long)
    )
    assert [(e.guid, e.file_url) for e in episodes] == [
        ("two", "https://cdn.example.com/other.mp3"),
        ("three", "https://example.com/three.mp4"),
    ]


def test_more_and_longer_than_any_feed_is_cut_off() -> None:
    item = f"<item><guid>%d</guid><title>{'x' * 3000}</title><enclosure url='a'/></item>"
    text = "<rss><channel>" + "".join(item % n for n in range(3000)) + "</channel></rss>"
    _, episodes = read(text)
    assert len(episodes[0].title) == MAX_TEXT_CHARS
    small = "".join(f"<item><guid>{n}</guid><enclosure url='a'/></item>" for n in range(20_000))
    _, episodes = read(f"<rss><channel>{small}</channel></rss>")
    assert len(episodes) == MAX_EPISODES


@pytest.mark.parametrize("date", ["Tue, 99 Nov 2026", "2026-13-01", "0001-01-01T00:00:00+14:00"])
def test_a_date_that_is_none_is_no_fault(date: str) -> None:
    _, episodes = read(RSS.replace("Tue, 03 Nov 2026 10:00:00 GMT", date))
    assert episodes[0].published is None
