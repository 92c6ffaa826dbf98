"""A file cannot make FFmpeg open another one: no playlist is followed, no reference in a file.

Each is written as `talk.mp4`. A witness listens where it refers to, and a good film lies there:
whoever followed the reference would have a talk of some seconds.
"""

import io
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import av
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from caller import Caller
from fake_engine import FakeEngine
from synthetic_media import tone, write_media
from witness import Witness, listening

from pipeline.core.data import Source
from pipeline.core.errors import SourceError
from pipeline.media.container import demux, open_container
from pipeline.media.cover_art import cover_of
from pipeline.media.first_look import probe_apart
from pipeline.media.probing import probe

Server = Callable[[web.Application], Awaitable[TestServer]]

# Written with {path} of a film on the disk, {name} of one beside the file, {url} of the witness.
PLAYLISTS = {
    "hls, path": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{path}\n#EXT-X-ENDLIST\n",
    "hls, name": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{name}\n#EXT-X-ENDLIST\n",
    "hls, file URL": "#EXTM3U\n#EXTINF:10,\nfile://{path}\n#EXT-X-ENDLIST\n",
    "hls, URL": "#EXTM3U\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "hls, master": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n",
    "hls, key": '#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n#EXTINF:10,\n{name}\n',
    "hls, map": '#EXTM3U\n#EXT-X-MAP:URI="{url}"\n#EXTINF:10,\n{name}\n#EXT-X-ENDLIST\n',
    "hls, media": '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="{url}"\n',
    "hls, concat": "#EXTM3U\n#EXTINF:10,\nconcat:{path}|{path}\n#EXT-X-ENDLIST\n",
    "hls, subfile": "#EXTM3U\n#EXTINF:10,\nsubfile,,start,0,end,9999,,:{path}\n#EXT-X-ENDLIST\n",
    "hls, gopher": "#EXTM3U\n#EXTINF:10,\ngopher://127.0.0.1:{port}/_GET\n#EXT-X-ENDLIST\n",
    "hls, byte order mark": "\ufeff#EXTM3U\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "hls, lines before it": "\n\n#EXTM3U\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "concat, path": "ffconcat version 1.0\nfile '{path}'\n",
    "concat, name": "ffconcat version 1.0\nfile {name}\n",
    "concat, URL": "ffconcat version 1.0\nfile '{url}'\noption safe 0\n",
    "concat without its head": "file '{path}'\n",
    "concat, protocol": "concat:{path}|{path}\n",
    "dash": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
    'mediaPresentationDuration="PT10S"><Period><AdaptationSet mimeType="video/mp4">'
    '<Representation id="1" bandwidth="1"><BaseURL>{url}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>",
    "dash, file": '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>file://{path}</BaseURL>'
    '<Period><AdaptationSet><Representation id="1"/></AdaptationSet></Period></MPD>',
    "imf": '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/'
    '2067-3/2016"><Id>urn:uuid:0</Id><BaseURL>{url}</BaseURL></CompositionPlaylist>',
    "smooth streaming": "<SmoothStreamingMedia><StreamIndex Url='{url}'/></SmoothStreamingMedia>",
    "xspf": '<playlist version="1"><trackList><track><location>{url}</location></track>'
    "</trackList></playlist>",
    "asx": '<asx version="3.0"><entry><ref href="{url}"/></entry></asx>',
    "smil": '<smil><body><video src="{url}"/></body></smil>',
    "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
    "xml entity": '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "{url}">]><a>&b;</a>',
    "html": '<html><video src="{url}"></video></html>',
    "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=audio {port} RTP/AVP 0\n",
    "rtsp": "RTSPtext\nrtsp://127.0.0.1:{port}/a\n",
    "ram": "rtsp://127.0.0.1:{port}/a.rm\n{url}\n",
    "pls": "[playlist]\nNumberOfEntries=1\nFile1={url}\n",
    "url": "[InternetShortcut]\nURL={url}\n",
    "quicktime link": 'RTSPtextRTSP://127.0.0.1:{port}/a.mov\n<?quicktime type="a"?>',
    "metadata": ";FFMETADATA1\ntitle={url}\nfile={path}\n",
    "avisynth": 'AviSource("{path}")\n',
    "vapoursynth": 'import vapoursynth\nvapoursynth.core.ffms2.Source("{path}").set_output()\n',
    "filter": "movie={path}\n",
    "image pattern": "%d.mp4\n",
    "edl": "# mpv EDL v0\n{path},0,10\n",
    "a path": "{path}\n",
    "a URL": "{url}\n",
}


@pytest.fixture
def witness() -> Iterator[Witness]:
    """Who listens on this machine."""
    with listening() as heard:
        yield heard


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A good film, for whoever is led to it."""
    return write_media(tmp_path / "inside.mp4", sound=tone(6), size=(64, 64))


def written(film: Path, witness: Witness) -> dict[str, bytes]:
    """Every playlist, with the references in it."""
    there = {"path": film, "name": film.name, "url": witness.url, "port": witness.port}
    found = {}
    for name, text in PLAYLISTS.items():
        led = re.sub(r"\{(path|name|url|port)\}", lambda key: str(there[key[1]]), text)
        found[name] = led.encode()
    return found


def test_no_playlist_is_followed(
    tmp_path: Path,
    film: Path,
    witness: Witness,
) -> None:
    disguises = {
        "as it is": b"",
        "after a box": b"\0\0\0\x18ftypisom\0\0\0\0isommp42",
        "after RIFF": b"RIFF\xff\0\0\0AVI ",
        "after EBML": b"\x1aE\xdf\xa3\x84B\x82\x81m",
        "after ID3": b"ID3\x04\0\0\0\0\0\0",
        "after zeros": bytes(2048),
    }
    path = tmp_path / "talk.mp4"
    for name, text in written(film, witness).items():
        for disguise, head in disguises.items():
            path.write_bytes(head + text)
            with pytest.raises(SourceError) as refused:
                probe(path, min_duration_s=0.5)
            assert "inside" not in str(refused.value), (name, disguise)
    assert witness.heard == []


class Probing(FakeEngine):
    """Looks at real files, in a process of its own, as the server does."""

    def probe(self, path: Path, *, max_duration_s: float | None) -> Source:
        """As the real one does."""
        return probe_apart(path, max_duration_s=max_duration_s)


@pytest.fixture
def engine() -> FakeEngine:
    """Instead of the one that reads texts."""
    return Probing()


async def test_no_uploaded_playlist_is_followed(ada: Caller, film: Path, witness: Witness) -> None:
    some = list(written(film, witness).values())[::4]
    for text in some:
        await ada.upload(text, 422)
        response = await ada.call(
            "POST", "/api/v1/uploads?filename=talk.mp4", data=io.BytesIO(b"\0\0\0\x08free" + text)
        )
        assert response.status == 422
    assert witness.heard == []


def data_reference(film: bytes, witness: Witness, kind: bytes) -> bytes:
    """The film, which now says that its media lie elsewhere (`dref`, ISO/IEC 14496-12, 8.7.2)."""
    here = b"\0\0\0\x0curl \0\0\0\x01"  # flag 1: in this file
    assert film.count(here) == 2  # picture and sound
    if kind == b"url ":
        content = b"\0\0\0\0" + witness.url.encode() + b"\0"
    else:  # an alias of QuickTime, with the name of a file
        content = b"\0\0\0\0" + bytes(10) + b"\x0binside.mp4".ljust(140, b"\0")
    there = (8 + len(content)).to_bytes(4) + kind + content
    grown = len(there) - len(here)
    out = film.replace(here, there)
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        times = 2 if box == b"moov" else 1
        at = -1
        while (at := out.find(box, at + 1)) >= 0:
            size = int.from_bytes(out[at - 4 : at]) + times * grown
            out = out[: at - 4] + size.to_bytes(4) + out[at:]
    return out


@pytest.mark.parametrize("kind", [b"url ", b"alis", b"urn "])
def test_media_that_lie_elsewhere_are_not_fetched(
    tmp_path: Path, film: Path, witness: Witness, kind: bytes
) -> None:
    path = tmp_path / "talk.mp4"
    path.write_bytes(data_reference(film.read_bytes(), witness, kind))
    assert probe(path).duration_s == pytest.approx(6.0, abs=0.2)  # what the file itself has
    with open_container(path) as container:
        for packet in demux(container, list(container.streams)):
            packet.decode()
    assert witness.heard == []


def test_a_reference_movie_leads_nowhere(tmp_path: Path, film: Path, witness: Witness) -> None:
    """QuickTime's `rmra` names the movie to play instead."""

    def box(kind: bytes, content: bytes) -> bytes:
        return (8 + len(content)).to_bytes(4) + kind + content

    for text in (witness.url.encode(), b"file://" + bytes(film), b"inside.mp4"):
        reference = box(b"rdrf", bytes(4) + b"url " + len(text).to_bytes(4) + text + b"\0")
        moov = box(b"moov", box(b"rmra", box(b"rmda", reference)))
        path = tmp_path / "talk.mov"
        path.write_bytes(box(b"ftyp", b"qt  \0\0\0\0qt  ") + moov)
        with pytest.raises(SourceError):
            probe(path, min_duration_s=0.5)
    assert witness.heard == []


def test_a_cover_that_lies_elsewhere_is_not_fetched(
    tmp_path: Path, film: Path, witness: Witness
) -> None:
    """The MIME type "-->" of ID3 and FLAC says that the picture is a URL."""
    sound = write_media(tmp_path / "sound.mp3", sound=tone(6), size=None, sound_codec="mp3")
    for url in (witness.url, f"file://{film}", str(film)):
        text = b"\0-->\0\x03\0" + url.encode()
        frame = b"APIC" + len(text).to_bytes(4) + b"\0\0" + text
        size = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
        path = tmp_path / "talk.mp3"
        path.write_bytes(b"ID3\x03\0\0" + size + frame + sound.read_bytes())
        assert probe(path).video is None
        assert cover_of(path) is None
    assert witness.heard == []


def test_attachments_of_a_film_are_neither_written_nor_followed(
    tmp_path: Path, witness: Witness
) -> None:
    path = tmp_path / "talk.mkv"
    with av.open(str(path), "w") as out:
        track = out.add_stream("flac", rate=48_000, layout="mono")
        out.add_attachment("../../evil.ttf", "application/x-truetype-font", b"#EXTM3U\n")
        out.metadata["title"] = witness.url
        for number in range(6):
            frame = av.AudioFrame(format="s16", layout="mono", samples=48_000)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate, frame.pts = 48_000, number * 48_000
            out.mux(track.encode(frame))
        out.mux(track.encode(None))
    assert probe(path).duration_s == pytest.approx(6.0, abs=0.2)
    assert not (tmp_path.parent.parent / "evil.ttf").exists()
    assert witness.heard == []


async def test_a_playlist_behind_a_url_is_not_followed(
    tmp_path: Path, film: Path, witness: Witness
) -> None:
    """Where the pipeline opens URLs itself (the command klipfast), they lead no further."""
    path = tmp_path / "talk.mp4"
    for text in (f"file:{film}", f"concat:{film}|{film}", f"pipe:0{film}", f"data:,{film}"):
        with pytest.raises((OSError, SourceError)):
            probe(text, min_duration_s=0.5)
    shutil.copy(film, path)
    assert probe(path).duration_s == pytest.approx(6.0, abs=0.2)
    assert witness.heard == []
