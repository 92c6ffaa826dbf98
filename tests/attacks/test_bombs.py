"""Small inputs that ask for much: memory, time or depth. Each is refused, or costs what it is.

Pictures over the limit of pixels are in `tests/pipeline/media/test_probing.py` too, forms of many
parts in `tests/server/api/test_hostile_bytes.py`.
"""

import contextlib
import itertools
import json
import resource
import struct
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import compression_utils
from caller import Caller
from pictures import huge_png
from synthetic_media import tone, write_media

from klipfast_server.net import mp4_index
from klipfast_server.schema.writing.text_requests import MAX_TEXT_CHARS
from pipeline.alignment import transcript_reader
from pipeline.core.data import Source, Transcript
from pipeline.core.errors import SourceError
from pipeline.media.cover_art import cover_of
from pipeline.media.first_look import probe_apart
from pipeline.media.probing import probe
from pipeline.texts import checks
from pipeline.texts.grounding import Evidence

SIDE = 100_000  # pixels
MANY = 1_000_000_000  # frames, samples, entries
MAX_GROWTH_BYTES = 512 << 20  # growth of this process, for any of them


@pytest.fixture(autouse=True)
def _memory() -> object:
    """No bomb of a module may make this process grow."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown * 1024 < MAX_GROWTH_BYTES


def box(kind: bytes, content: bytes = b"", size: int | None = None) -> bytes:
    """A box of an MP4."""
    return (8 + len(content) if size is None else size).to_bytes(4) + kind + content


def jpeg(width: int, height: int) -> bytes:
    """The head of a picture of that size."""
    frame = (
        struct.pack(">BHHB", 8, height & 0xFFFF, width & 0xFFFF, 3) + b"\1\x22\0\2\x11\1\3\x11\1"
    )
    return b"\xff\xd8\xff\xc0" + (2 + len(frame)).to_bytes(2) + frame + b"\xff\xda\0\2\xff\xd9"


def pictures() -> dict[str, bytes]:
    """Files that claim to be pictures of 100,000 × 100,000."""
    return {
        "png": huge_png(SIDE),
        "jpeg": jpeg(SIDE, SIDE),
        "gif": b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0xF7, 0, 0) + bytes(768) + b";",
        "bmp": b"BM" + bytes(8) + struct.pack("<IIiiHHI", 54, 40, SIDE, SIDE, 1, 24, 0) + bytes(24),
        "tiff": b"II*\0\x08\0\0\0\2\0"
        + struct.pack("<HHII", 256, 4, 1, SIDE)
        + struct.pack("<HHII", 257, 4, 1, SIDE)
        + bytes(4),
        "webp": b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0"
        + (SIDE - 1).to_bytes(3, "little") * 2
        + bytes(8),
        "ppm": f"P6 {SIDE} {SIDE} 255\n".encode() + bytes(1000),
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg" width="{SIDE}" height="{SIDE}"/>'.encode(),
        "psd": b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 4, SIDE, SIDE, 8, 3) + bytes(12),
    }


@pytest.mark.parametrize("kind", pictures())
def test_a_huge_picture_is_no_video(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "talk.mp4"
    path.write_bytes(pictures()[kind])
    with pytest.raises(SourceError):
        probe(path, min_duration_s=0.5)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small film."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    return write_media(path, sound=tone(6), size=(64, 64)).read_bytes()


def bombed(film: bytes, kind: bytes, at: int, value: bytes) -> bytes:
    """The film with other bytes at an offset into each of its boxes of a kind."""
    out, place = bytearray(film), -1
    assert kind in film
    while (place := film.find(kind, place + 1)) >= 0:
        out[place + 4 + at : place + 4 + at + len(value)] = value
    return bytes(out)


BILLION = MANY.to_bytes(4)
HUGE = (
    ("picture", b"tkhd", 76, (SIDE << 16 & 0xFFFFFFFF).to_bytes(4) * 2),
    ("sample entry", b"avc1", 24, b"\xff\xff\xff\xff"),
    ("frames of one length", b"stts", 8, BILLION),
    ("lengths of frames", b"stts", 4, BILLION),
    ("sizes of frames", b"stsz", 8, BILLION),
    ("frames of one size", b"stsz", 4, b"\0\0\0\1" + BILLION),
    ("chunks", b"stsc", 4, BILLION),
    ("frames of a chunk", b"stsc", 12, BILLION),
    ("offsets", b"stco", 4, BILLION),
    ("key frames", b"stss", 4, BILLION),
    ("edits", b"elst", 4, BILLION),
    ("length of an edit", b"elst", 8, b"\x7f\xff\xff\xff"),
    ("sample entries", b"stsd", 4, BILLION),
    ("references", b"dref", 4, BILLION),
    ("length", b"mdhd", 16, b"\x7f\xff\xff\xff"),
    ("length of the film", b"mvhd", 16, b"\x7f\xff\xff\xff"),
)


def answer(path: Path, look: Callable[[Path], Source] = probe) -> Source | SourceError:
    """What the file is, or why it is refused."""
    try:
        return look(path)
    except SourceError as error:
        return error


def is_modest(found: Source | SourceError) -> bool:
    """Whether a file is refused, or is no more than its bytes can be."""
    return isinstance(found, SourceError) or (
        found.duration_s < 3600
        and (found.video is None or found.video.stored_width * found.video.stored_height < 1e6)
    )


@pytest.mark.parametrize("number", range(len(HUGE)), ids=[row[0] for row in HUGE])
def test_a_huge_number_in_a_film_costs_nothing(tmp_path: Path, film: bytes, number: int) -> None:
    """Such as 10^9 frames that are declared. What is told is what is in the file."""
    _, kind, at, value = HUGE[number]
    path = tmp_path / "talk.mp4"
    path.write_bytes(bombed(film, kind, at, value))
    assert is_modest(answer(path))


def ebml(identifier: bytes, content: bytes) -> bytes:
    """An element of Matroska with a size of eight bytes."""
    return identifier + b"\x01" + len(content).to_bytes(7) + content


def matroska(tmp_path: Path) -> bytes:
    """A small film."""
    film = write_media(tmp_path / "film.mkv", sound=tone(6), size=(320, 180)).read_bytes()
    assert b"\xb0\x82\x01\x40" in film
    return film


def others(tmp_path: Path) -> dict[str, bytes]:
    """Bombs in other formats."""
    mkv = matroska(tmp_path)
    wav = write_media(
        tmp_path / "a.wav", sound=tone(6), size=None, sound_codec="pcm_s16le"
    ).read_bytes()
    flac = write_media(
        tmp_path / "a.flac", sound=tone(6), size=None, sound_codec="flac"
    ).read_bytes()
    wide = mkv.replace(b"\xb0\x82\x01\x40", b"\xb0\x82\xff\xff")
    return {
        "mkv, 65535 × 65535": wide.replace(b"\xba\x82\x00\xb4", b"\xba\x82\xff\xff"),
        "mkv, endless": mkv.replace(b"D\x89\x88", b"D\x89\x88" + struct.pack(">d", 1e300), 1),
        "wav, 4 GB": wav[:40] + b"\xff\xff\xff\xff" + wav[44:],
        "wav, 65535 channels": wav[:22] + b"\xff\xff" + wav[24:],
        "wav, 4 GHz": wav[:24] + b"\xff\xff\xff\xff" * 2 + wav[32:],
        "flac, 2^36 samples": flac[:21] + b"\xff" + b"\xff" * 4 + flac[26:],
        "id3, 256 MB": b"ID3\x04\0\0\x7f\x7f\x7f\x7f" + wav,
        "avi, 10^9 frames": b"RIFF\xff\xff\xff\x7fAVI LIST\xff\xff\xff\x7fhdrlavih\x38\0\0\0"
        + struct.pack("<14I", 1, MANY, 0, 16, MANY, 0, 1, MANY, SIDE, SIDE, 0, 0, 0, 0),
        "ivf, 65535 × 65535": b"DKIF\0\0\x20\0VP90\xff\xff\xff\xff"
        + struct.pack("<IIII", 1, 1, MANY, 0)
        + b"\xff\xff\xff\x7f"
        + bytes(8)
        + b"\x82\x49\x83\x42\0" * 9,
        "y4m": f"YUV4MPEG2 W{SIDE} H{SIDE} F25:1\nFRAME\n".encode() + bytes(1000),
        "nested boxes": nested_boxes(100_000),
        "nested elements": nested_elements(20_000),
        "nested lists": b"RIFF\xff\xff\xff\x7fAVI " + b"LIST\xff\xff\xff\x7fhdrl" * 50_000,
        "nested tags": b"ID3\x04\0\0\0\0\x0f\x7f" * 100_000 + wav,
        "a million boxes": b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08free" * 500_000,
        "a million fragments": b"\0\0\0\x10ftypisom\0\0\0\0" + b"\0\0\0\x08moof" * 500_000,
        "a million tracks": box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", box(b"trak") * 200_000),
        "packets of nothing": b"\x47\x40\x00\x10" * 200_000,
    }


def nested_boxes(depth: int) -> bytes:
    """Boxes in boxes."""
    inside = b"".join((8 * (depth - n)).to_bytes(4) + b"moov" for n in range(depth))
    return b"\0\0\0\x10ftypisom\0\0\0\0" + inside


def nested_elements(depth: int) -> bytes:
    """Tags in tags of Matroska, each of unknown size."""
    head = ebml(b"\x1aE\xdf\xa3", b"\x42\x82\x88matroska")
    return head + b"\x18\x53\x80\x67\x01" + b"\xff" * 7 + (b"\x67\xc8\x01" + b"\xff" * 7) * depth


def test_a_bomb_of_another_format_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "talk.mp4"
    for name, content in others(tmp_path).items():
        path.write_bytes(content)
        assert is_modest(answer(path)), name


def test_a_huge_cover_is_left_out(tmp_path: Path) -> None:
    sound = write_media(tmp_path / "sound.mp3", sound=tone(6), size=None, sound_codec="mp3")
    for kind in ("png", "jpeg", "gif", "webp"):
        content = b"\0image/" + kind.encode() + b"\0\x03\0" + pictures()[kind]
        frame = b"APIC" + len(content).to_bytes(4) + b"\0\0" + content
        size = bytes(len(frame) >> shift & 127 for shift in (21, 14, 7, 0))
        path = tmp_path / "talk.mp3"
        path.write_bytes(b"ID3\x03\0\0" + size + frame + sound.read_bytes())
        assert probe(path).video is None
        assert cover_of(path) is None


def test_the_look_at_a_url_reads_few_boxes() -> None:
    """It runs on the event loop, over what a stranger sends."""
    assert mp4_index.index_beyond(b"\0\0\0\x08free" * 500_000) is None
    assert mp4_index.index_beyond(nested_boxes(100_000)) is None


async def test_a_bomb_is_refused_by_the_process_that_opens_it(tmp_path: Path, film: bytes) -> None:
    path = tmp_path / "talk.mp4"
    for content in (nested_boxes(100_000), bombed(film, b"stsz", 4, b"\0\0\0\1" + BILLION)):
        path.write_bytes(content)
        found = answer(path, probe_apart)
        assert is_modest(found)
        assert "made to do damage" not in str(found)  # it neither crashed nor ran on


TEXTS = {
    "tags": "<" * 600_000,
    "open tags": "<v " * 200_000,
    "voices": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v a>b" * 90_000,
    "entities": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "&amp;lt;" * 70_000,
    "times": "00:00:01,000 --> " * 30_000,
    "digits": "1" * 600_000,
    "numbers": "\n".join(["1"] * 300_000),
    "lines": "\n" * 600_000,
    "spaces": " " * 599_999 + "a",
    "arrows": "-->\n" * 150_000,
    "braces": "1\n00:00:01,000 --> 00:00:02,000\n" + "{\\" * 290_000,
    "marks": "a" + "\u0301" * 599_999,
    "ligatures": "ﷺ" * 600_000,
    "one word": "a" * 600_000,
    "a wrong time after much": "1\n" + " " * 500_000 + "-->\nword",
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_transcript_of_one_thing_is_read_or_refused(name: str) -> None:
    """In steps that grow with its length, not with the square: a minute would not do otherwise."""
    with contextlib.suppress(ValueError):
        assert len(transcript_reader.read(TEXTS[name])) <= 150_000


EVIDENCE = Evidence(Transcript(language="en", duration_s=1.0, words=(), sentences=()))
STEPS = [*(("unsaid_quotations", mark) for mark in '“„«»‹「『‘"'), ("unsaid_numbers", "one ")]


def cpu_s(check: Callable[..., object], unit: str, *others: object) -> float:
    """What a check takes of the processor for the longest text of one's own, all of one thing."""
    text = (unit * MAX_TEXT_CHARS)[:MAX_TEXT_CHARS]
    began = time.thread_time()
    check(text, *others)
    return time.thread_time() - began


@pytest.mark.parametrize(("check", "unit"), STEPS)
def test_no_step_of_a_check_keeps_the_others_waiting(check: str, unit: str) -> None:
    """Which is C, and holds the interpreter's lock: the event loop waits, whatever the thread."""
    assert min(cpu_s(getattr(EVIDENCE, check), unit) for _ in range(3)) < 0.15


@pytest.mark.parametrize("unit", ["0", "a-", "A. ", "🇩🇪", "1000 "])
def test_a_text_of_one_thing_is_checked_in_steps_that_grow_with_it(unit: str) -> None:
    assert cpu_s(checks.faults, unit, "bluesky_thread", EVIDENCE) < 2


async def test_json_in_json_is_refused(ada: Caller) -> None:
    deep = 400_000
    bodies = [
        "[" * deep,
        "[" * deep + "]" * deep,
        '{"a":' * 150_000 + "1" + "}" * 150_000,
        '{"video_url":' + "[" * deep + "]" * deep + "}",
        '{"video_url":"x","metadata":' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}",
        '{"video_url":"x","keywords":[' + ",".join(["1.0"] * 200_000) + "]}",
        '{"video_url":"x","clip_count":' + "9" * 900_000 + "}",
        '{"video_url":"x","clip_count":1e' + "9" * 900_000 + "}",
        '{"video_url":"x","clip_count":0.' + "0" * 900_000 + "1}",
        '{"video_url":"' + "\\u0000" * 150_000 + '"}',
        '{"video_url":"' + "\\ud800" * 150_000 + '"}',
        "{" + ",".join(f'"a{number}":1' for number in range(90_000)) + "}",
        '{"video_url":"x",' * 60_000,
        " " * 990_000,
        '"' + "a" * 990_000 + '"',
        "9" * 990_000,
    ]
    for path in ("/api/v1/process", "/api/v1/webhooks"):
        for body in bodies:
            answer = await ada.send("POST", path, 400, data=body.encode())
            assert len(json.dumps(answer)) < 2000, body[:50]


PACKINGS = ("gzip", "deflate", "br", "zstd", "gzip, gzip", "x-gzip")


async def test_what_is_packed_is_refused_and_not_unpacked(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unpacked(*_: object, **__: object) -> None:
        pytest.fail("unpacked")

    monkeypatch.setattr(compression_utils.ZLibDecompressor, "__init__", unpacked)
    monkeypatch.setattr(compression_utils.BrotliDecompressor, "__init__", unpacked)
    pack = zlib.compressobj(wbits=31)
    bomb = pack.compress(bytes(50_000_000)) + pack.flush()
    for packing, path in itertools.product(PACKINGS, ("/api/v1/process", "/api/v1/uploads")):
        for content in (bomb, b"none of it"):
            headers = {"Content-Encoding": packing}
            answer = await ada.send("POST", path, 415, data=content, headers=headers)
            assert answer["field"] == "Content-Encoding"
