"""The multilingual encoder: what is said counts, not the language; and its packed weights."""

from pathlib import Path

import numpy as np
import pytest
from real_models import models

from pipeline.core.errors import Canceled
from pipeline.models import packed_e5

PAIRS = (
    ("The oven died the night before we opened.", "Am Abend vor der Eröffnung ging der Ofen aus."),
    ("Drink more water in the summer.", "夏天要多喝水。"),
    ("My brother lied to our father.", "Mon frère a menti à notre père."),
)


def test_a_sentence_is_nearest_to_its_translation() -> None:
    encode = models().multilingual_encoder
    ours, theirs = (encode(texts).meaning for texts in zip(*PAIRS, strict=True))
    assert (ours @ theirs.T).argmax(1).tolist() == [0, 1, 2]


def test_how_a_sentence_begins_is_read() -> None:
    encode = models().multilingual_encoder
    found = encode(["But then it rained.", "It rained.", "", "But then it snowed."])
    assert found.meaning.shape == (4, 384)
    assert found.opening.shape == (4, 768)
    apart = np.linalg.norm(found.opening - found.opening[0], axis=1)
    assert apart[3] < apart[1]


def test_the_words_of_each_sentence_are_read() -> None:
    encode = models().multilingual_encoder
    both = encode(["Then it rained hard.", "", "The dough needs sixteen hours."])
    assert both.lengths[1] <= 1
    assert both.words.shape == (both.lengths.sum(), 384)
    alone = encode(["The dough needs sixteen hours."])
    own = both.words[-int(both.lengths[2]) :].astype(np.float32)
    assert own == pytest.approx(alone.words.astype(np.float32), abs=0.5)  # up to 40 in size
    apart = np.abs(own - both.words[: len(own)].astype(np.float32)).mean()
    assert apart > 5 * np.abs(own - alone.words.astype(np.float32)).mean()


def test_an_embedding_does_not_depend_on_its_batch() -> None:
    encode = models().multilingual_encoder
    one = encode(["The dough needs sixteen hours."])
    many = encode(["The dough needs sixteen hours.", "word " * 90, "Yes."])
    assert one.meaning[0] == pytest.approx(many.meaning[0], abs=0.02)
    assert one.opening[0] == pytest.approx(many.opening[0], abs=0.2)


def test_a_canceled_talk_is_not_encoded() -> None:
    def check() -> None:
        raise Canceled

    with pytest.raises(Canceled):
        models().multilingual_encoder(["One.", "Two."], check)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"WhisperSpec" * 9)
    assert not packed_e5.is_packed(path)
    with pytest.raises(ValueError, match=r"model\.bin"):
        packed_e5.read(path)
