"""Where the index of an MP4 is, by its boxes."""

from klipfast_server.net import mp4_index


def box(kind: bytes, size: int, body: bytes = b"") -> bytes:
    """With a size of 32 bits, or of 64 where it needs them."""
    if size < 1 << 32:
        return size.to_bytes(4) + kind + body
    return (1).to_bytes(4) + kind + size.to_bytes(8) + body


def test_an_index_is_looked_for_where_the_boxes_before_it_end() -> None:
    front = box(b"ftyp", 16, b"isommp42")
    moov = box(b"moov", 20, b"trak" + bytes(8))
    parts = box(b"moov", 20, b"mvex" + bytes(8))
    assert mp4_index.has_index(front + moov)
    assert not mp4_index.has_index(front + parts)
    assert not mp4_index.has_index(front + moov[:-1])
    assert mp4_index.index_beyond(front + moov) is None
    assert mp4_index.index_beyond(front + box(b"mdat", 1000, bytes(99))) == 1016
    assert mp4_index.index_beyond(front + box(b"mdat", 9 << 32, bytes(99))) == 16 + (9 << 32)
    for no_way_on in (box(b"mdat", 0, bytes(99)), box(b"free", 8) * 10_000, b""):
        assert mp4_index.index_beyond(front[:16] * bool(no_way_on) + no_way_on) is None
