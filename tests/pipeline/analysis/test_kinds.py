"""What kind of moment a span is, in talks that nothing was trained on, and picks of a kind."""

import numpy as np
import pytest
from real_models import embed_any, text_models

from pipeline.analysis import kinds
from pipeline.core.control import Control
from pipeline.core.data import MOMENT_KINDS, MomentKind, Options
from pipeline.highlights import selection
from training import scripts
from training.scripts import Script


def told(script: Script) -> list[bool]:
    """Whether the kind of each planted moment is told right."""
    said = script.talk.sentences
    meaning = embed_any([s.text for s in said])
    first, last = np.array([(m.first, m.last) for m in script.moments]).T
    found = kinds.chances(said, meaning, first, last).argmax(1)
    return [MOMENT_KINDS[k] == m.kind for k, m in zip(found, script.moments, strict=True)]


@pytest.mark.slow  # embeds whole talks
def test_most_kinds_are_told_right_in_unseen_talks() -> None:
    unseen = scripts.read_all("test", "en")[::2]
    right = [r for script in unseen for r in told(script)]
    assert np.mean(right) > 0.5  # chance: one in ten


def test_the_chances_of_a_span_add_up_and_do_not_depend_on_the_others() -> None:
    script = scripts.read(scripts.FOLDER / "test" / "en" / "founder-1.txt")
    said = script.talk.sentences
    meaning = embed_any([s.text for s in said])
    first, last = np.array([(m.first, m.last) for m in script.moments]).T
    together = kinds.chances(said, meaning, first, last)
    assert together.shape == (len(first), len(MOMENT_KINDS))
    assert together.sum(1) == pytest.approx(1.0)
    for k, (a, b) in enumerate(zip(first, last, strict=True)):
        alone = kinds.chances(said, meaning, np.array([a]), np.array([b]))
        assert alone[0] == pytest.approx(together[k])


@pytest.mark.parametrize("kind", [pytest.param("story", marks=pytest.mark.slow), "confession"])
def test_a_kind_that_is_asked_for_comes_first(kind: MomentKind) -> None:
    script = scripts.read(scripts.FOLDER / "test" / "en" / "founder-1.txt")
    options = Options(clip_count=1, kinds=(kind,))
    (found,) = selection.choose(script.talk, None, text_models, options, Control())
    moment = next(m for m in script.moments if m.kind == kind)
    assert moment.first <= (found.first_sentence + found.last_sentence) // 2 <= moment.last
    assert found.kind == kind
