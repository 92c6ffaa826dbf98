"""Long lists as JSON: the same as in one call, made and read in batches."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.data import Span
from pipeline.export import json_lists


@pytest.mark.parametrize("count", [0, 1, json_lists.BATCH, json_lists.BATCH + 1, 5000])
def test_a_list_is_written_and_read_as_in_one_call(count: int) -> None:
    spans = [Span(start_s=0.1 * number, end_s=1e9) for number in range(count)]
    written = json_lists.encode(iter(spans))
    assert bytes(written) == msgspec.json.encode(spans)
    assert list(json_lists.decode(written, Span)) == spans


def test_an_item_of_another_type_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        list(json_lists.decode(msgspec.Raw(b'[{"start_s": "x"}]'), Span))


def test_no_call_has_more_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """One call with all of it would stop every other thread."""
    sizes: list[int] = []
    encode = msgspec.json.encode

    def counted(items: list[int]) -> bytes:
        sizes.append(len(items))
        return encode(items)

    monkeypatch.setattr(msgspec.json, "encode", counted)
    json_lists.encode(range(3 * json_lists.BATCH + 1))
    assert sizes == [json_lists.BATCH] * 3 + [1]


class Said(msgspec.Struct, frozen=True):
    text: str


@given(
    texts=st.lists(st.text(alphabet='}, {"[]\\ab', max_size=12), max_size=40),
    size=st.integers(0, 60),
    first=st.integers(0, 40),
    length=st.integers(0, 40),
    spaces=st.booleans(),
)
def test_a_list_in_pieces_is_the_list_in_one(
    texts: list[str], size: int, first: int, length: int, spaces: bool
) -> None:
    """Wherever it is cut: also where a text looks like the end of an object."""
    items = [Said(text) for text in texts]
    written = json.dumps([{"text": text} for text in texts], ensure_ascii=False)
    array = msgspec.Raw(written.encode()) if spaces else json_lists.encode(items)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_lists, "PIECE_BYTES", size)
        assert list(json_lists.decode(array, Said)) == items
        part = json_lists.decode(array, Said, first, first + length)
        assert list(part) == items[first : first + length]
