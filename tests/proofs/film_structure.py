"""Where the structure of a film lies: its parts, and the fields on which readers rely.

Knows MP4 and MOV (ISO/IEC 14496-12), Matroska (RFC 8794 and 9559), MPEG-TS (ISO/IEC 13818-1) and
AVI (RIFF). A damaged film is read for as long as it makes sense.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

MP4_CONTAINERS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"udta")
MKV_CONTAINERS = (  # EBML, Segment, SeekHead, Seek, Info, Tracks, TrackEntry, Video, Audio
    *(b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67", b"\x11\x4d\x9b\x74", b"\x4d\xbb"),
    *(b"\x15\x49\xa9\x66", b"\x16\x54\xae\x6b", b"\xae", b"\xe0", b"\xe1"),
    *(b"\x1c\x53\xbb\x6b", b"\xbb", b"\xb7"),  # Cues, CuePoint, CueTrackPositions
    *(b"\x1f\x43\xb6\x75", b"\xa0"),  # Cluster, BlockGroup
)
MKV_TIMES = (b"\xe7", b"\x9b", b"\xb3", b"\x2a\xd7\xb1")  # of clusters, blocks, cues; their scale
MKV_BLOCKS = (b"\xa3", b"\xa1")
LACINGS = (b"\x02", b"\x04", b"\x06", b"\x86")  # Xiph, fixed, EBML; EBML of a key frame
PACKET = 188  # bytes of MPEG-TS
AVI_LISTS = (b"RIFF", b"LIST")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Bytes that say something of others, and wrong values of the same length."""

    name: str
    start: int
    end: int
    bad: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Bytes that belong together: a box, an element, a packet, a chunk; with its own fields."""

    start: int
    end: int
    fields: tuple[Field, ...] = ()


def parts(data: bytes, kind: str) -> list[Part]:
    """The parts of a film by its file extension, inner ones too."""
    return list(READERS[kind](data))


def boxes(data: bytes, first: int = 0, end: int | None = None) -> Iterator[Part]:
    """The boxes of an MP4: size, type, content."""
    at, end = first, len(data) if end is None else end
    while at + 8 <= end:
        size = int.from_bytes(data[at : at + 4])
        if size < 8 or at + size > end:
            return
        fields = (_number("size", at, 4), _name("type", at + 4, 4, (b"free", b"moov", b"mdat")))
        yield Part(start=at, end=at + size, fields=fields)
        if data[at + 4 : at + 8] in MP4_CONTAINERS:
            yield from boxes(data, at + 8, at + size)
        at += size


def elements(data: bytes, first: int = 0, end: int | None = None) -> Iterator[Part]:
    """The elements of Matroska: ID, size (both of variable length), content."""
    at, end = first, len(data) if end is None else end
    while at + 2 <= end:
        content = at + _length(data[at])
        identifier = data[at:content]
        if not data[at] or content >= end or not data[content]:
            return
        start = content + _length(data[content])
        size = int.from_bytes(data[content:start]) & _most(start - content)
        is_open = size == _most(start - content)  # its size is not known: it reaches to the end
        until = end if is_open else min(start + size, end)
        fields = [
            _name("ID", at, len(identifier), (*MKV_CONTAINERS, *MKV_BLOCKS, *MKV_TIMES)),
            Field(name="size", start=content, end=start, bad=_sizes(start - content)),
        ]
        if identifier in MKV_TIMES and start < until:
            fields.append(_number("time", start, until - start))
        if identifier in MKV_BLOCKS and start + 5 <= until:
            after = start + _length(data[start])  # the number of its track
            fields += [
                Field(name="track", start=start, end=after, bad=_sizes(after - start)),
                _number("time", after, 2),
                Field(name="lacing", start=after + 2, end=after + 3, bad=LACINGS),
                _number("frames of the lace", after + 3, 1),
            ]
        yield Part(start=at, end=until, fields=tuple(fields))
        if identifier in MKV_CONTAINERS:
            yield from elements(data, start, until)
        at = until


def _length(first: int) -> int:
    """Bytes of a number of EBML, by the zeros that its first byte begins with; 0 has 9."""
    return 9 - first.bit_length()


def _most(length: int) -> int:
    """The largest number of EBML of this length, which as a size means: not known."""
    return (1 << 7 * length) - 1


def _sizes(length: int) -> tuple[bytes, ...]:
    marker = 1 << 7 * length
    return tuple((marker | n).to_bytes(length) for n in (0, 1, _most(length) - 1, _most(length)))


def packets(data: bytes) -> Iterator[Part]:
    """The packets of MPEG-TS: sync byte, PID, counter; lengths and times of what begins in them."""
    tables = {0}
    for at in range(0, len(data) - PACKET + 1, PACKET):
        pid = int.from_bytes(data[at + 1 : at + 3]) & 0x1FFF
        begins, has_field = data[at + 1] & 0x40, data[at + 3] & 0x20
        flags, counter = data[at + 3] & 0xF0, data[at + 3]
        fields = [
            Field(name="sync", start=at, end=at + 1, bad=(b"\x00", b"\xff")),
            _number("PID", at + 1, 2),
            Field(
                name="continuity counter",
                start=at + 3,
                end=at + 4,
                bad=tuple(bytes([flags | (counter + step) % 16]) for step in (1, 8, 15)),
            ),
        ]
        content = at + 4
        if has_field:
            fields.append(_number("adaptation field length", at + 4, 1))
            content += 1 + data[at + 4]
        if begins and content + 16 < at + PACKET:
            if data[content : content + 3] == b"\0\0\1":
                fields += _of_stream(data, content)
            elif pid in tables:
                section = content + 1 + data[content]
                fields += _of_table(data[: at + PACKET], section)
                if pid == 0 and section + 12 <= at + PACKET:
                    tables.add(int.from_bytes(data[section + 10 : section + 12]) & 0x1FFF)
        yield Part(start=at, end=at + PACKET, fields=tuple(fields))


def _of_stream(data: bytes, at: int) -> list[Field]:
    """Fields of the header of a PES packet."""
    fields = [
        Field(name="stream id", start=at + 3, end=at + 4, bad=(b"\xbd", b"\xbe", b"\xf0")),
        _number("PES packet length", at + 4, 2),
        _number("PES header length", at + 8, 1),
    ]
    return fields + [_number("PTS", at + 9, 5)] * bool(data[at + 7] & 0x80)


def _of_table(data: bytes, at: int) -> list[Field]:
    """Fields of a section of PAT or PMT.

    Wrong values have a right checksum: a reader that misses it looks no further.
    """
    if at + 3 > len(data):
        return []
    end = at + 3 + (int.from_bytes(data[at + 1 : at + 3]) & 0x0FFF)
    fields = [_number("section length", at + 1, 2)]
    if not at + 16 <= end <= len(data):
        return fields
    section = data[at : end - 4]
    # a program's PID or a PMT's lengths; its first stream's type, PID and length
    for place, length in ((10, 2), (12, 1), (13, 2), (15, 2)):
        bad = []
        for number in (0, 0x1FFF & _filled(length), _filled(length)):
            changed = section[:place] + number.to_bytes(length) + section[place + length :]
            if len(changed) == len(section):
                bad.append(changed + checksum(changed).to_bytes(4))
        if bad:
            fields.append(Field(name="table", start=at, end=end, bad=tuple(bad)))
    return fields


def checksum(section: bytes) -> int:
    """CRC-32 of MPEG-2 (ISO/IEC 13818-1, annex A)."""
    register = 0xFFFFFFFF
    for byte in section:
        register ^= byte << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register >> 31 else 0)) & 0xFFFFFFFF
    return register


def chunks(data: bytes, first: int = 0, end: int | None = None) -> Iterator[Part]:
    """The chunks of AVI: name, size, content; the entries of the index; scale, rate and length."""
    at, end = first, len(data) if end is None else end
    while at + 8 <= end:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > end:
            return
        fields = [
            _name("name", at, 4, (b"LIST", b"idx1", b"JUNK", b"00dc", b"99wb")),
            _number("size", at + 4, 4, "little"),
        ]
        if name == b"idx1":
            for entry in range(at + 8, at + size - 8, 16):
                fields.append(_number("offset in the index", entry + 8, 4, "little"))
                fields.append(_number("size in the index", entry + 12, 4, "little"))
        if name == b"strh" and size >= 48:
            for place, field in ((20, "scale"), (24, "rate"), (32, "length"), (44, "sample size")):
                fields.append(_number(field, at + 8 + place, 4, "little"))
        until = at + 8 + size + size % 2
        yield Part(start=at, end=min(until, end), fields=tuple(fields))
        if name in AVI_LISTS:
            yield from chunks(data, at + 12, at + 8 + size)
        at = until


def _number(name: str, start: int, length: int, order: Literal["big", "little"] = "big") -> Field:
    bad = {number & _filled(length) for number in (0, 1, 7, 8)}
    bad |= {_filled(length), _filled(length) >> 1}  # as a signed number, -1 and the largest
    return Field(
        name=name,
        start=start,
        end=start + length,
        bad=tuple(number.to_bytes(length, order) for number in sorted(bad)),
    )


def _name(name: str, start: int, length: int, others: tuple[bytes, ...]) -> Field:
    same = tuple(other for other in others if len(other) == length)
    return Field(name=name, start=start, end=start + length, bad=(bytes(length), *same))


def _filled(length: int) -> int:
    return (1 << 8 * length) - 1


READERS: dict[str, Callable[[bytes], Iterator[Part]]] = {
    "mp4": boxes,
    "mov": boxes,
    "mkv": elements,
    "ts": packets,
    "avi": chunks,
}
