"""Long lists as JSON: the same as in one call, made and read in batches."""

import msgspec
import pytest

from pipeline.core import json_lists
from pipeline.core.data import Span


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
