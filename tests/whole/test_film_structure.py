"""The fuzzer damages what it says: each format has its fields, and they lie where they should."""

from collections import Counter

import pytest
from film_structure import Part, checksum, parts
from fuzz import FORMATS, seeds

FIELDS = {
    "mp4": {"size", "type"},
    "mov": {"size", "type"},
    "mkv": {"ID", "size", "time", "track", "lacing", "frames of the lace"},
    "ts": {"sync", "PID", "continuity counter", "section length", "table", "PTS"}
    | {"PES packet length", "PES header length", "stream id", "adaptation field length"},
    "avi": {"name", "size", "scale", "rate", "length", "sample size"}
    | {"offset in the index", "size in the index"},
}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return seeds(tmp_path_factory.mktemp("films"))


def named(found: list[Part], name: str, data: bytes) -> Counter[bytes]:
    """The values of the fields of a name."""
    fields = [field for part in found for field in part.fields if field.name == name]
    return Counter(data[field.start : field.end] for field in fields)


@pytest.mark.parametrize("kind", FORMATS)
def test_wrong_values_are_as_long_as_what_they_replace(films: dict[str, bytes], kind: str) -> None:
    found = parts(films[kind], kind)
    fields = [field for part in found for field in part.fields]
    assert {field.name for field in fields} == FIELDS[kind]
    for field in fields:
        assert {len(value) for value in field.bad} == {field.end - field.start}


def test_fields_lie_where_the_formats_have_them(films: dict[str, bytes]) -> None:
    mkv = parts(films["mkv"], "mkv")
    assert {b"\x1a\x45\xdf\xa3", b"\x1f\x43\xb6\x75", b"\xa3"} <= named(
        mkv, "ID", films["mkv"]
    ).keys()
    assert named(mkv, "track", films["mkv"]).keys() == {b"\x81", b"\x82"}
    assert named(parts(films["ts"], "ts"), "sync", films["ts"]).keys() == {b"\x47"}
    avi = named(parts(films["avi"], "avi"), "name", films["avi"])
    assert {b"RIFF", b"LIST", b"avih", b"strh", b"idx1"} <= avi.keys()


def test_wrong_tables_of_mpeg_ts_have_a_right_checksum(films: dict[str, bytes]) -> None:
    fields = [field for part in parts(films["ts"], "ts") for field in part.fields]
    tables = [value for field in fields if field.name == "table" for value in field.bad]
    assert tables
    assert {checksum(table) for table in tables} == {0}
    true = next(field for field in fields if field.name == "table")
    assert checksum(films["ts"][true.start : true.end]) == 0


def test_what_is_damaged_already_is_read_as_far_as_it_goes(films: dict[str, bytes]) -> None:
    for kind, film in films.items():
        whole = parts(film, kind)
        half = parts(film[: len(film) // 2] + bytes(1000), kind)
        assert len(half) <= len(whole)
        assert all(part.start < part.end for part in half)
