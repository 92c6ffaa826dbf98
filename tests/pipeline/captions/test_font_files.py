"""Fonts of strangers: what is endless or huge is refused, and never set in this process."""

from collections.abc import Callable
from pathlib import Path

import hostile_fonts
import pytest

from pipeline.captions.layout.text_shaping import Letters, width_of
from pipeline.captions.styles.font_files import examine_font
from pipeline.core.errors import Corrupt

LONG = hostile_fonts.nested_composites(1, width=700)
ONE_LONG = hostile_fonts.nested_composites(1, width=700, letters="Q")
HIDDEN = hostile_fonts.hidden_composite(2, width=700)
DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf")


@pytest.fixture
def font(tmp_path: Path) -> Callable[[bytes], Path]:
    """Writes a font."""

    def write(content: bytes) -> Path:
        path = tmp_path / "font.ttf"
        path.write_bytes(content)
        return path

    return write


def set_in(font: Path, text: str) -> float:
    """The width of a text, which the font has."""
    return width_of(text, Letters((str(font),), weight=400, size=60.0, letter_spacing=0.0))


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        pytest.param(hostile_fonts.nested_composites(13), "128 parts", id="composites without end"),
        pytest.param(LONG, "128 parts", id="long composites"),
        pytest.param(ONE_LONG, "128 parts", id="one letter"),
        pytest.param(HIDDEN, "128 parts", id="only in a ligature"),
        pytest.param(hostile_fonts.nested_subroutines(), "50,000 steps", id="subroutines"),
        pytest.param(hostile_fonts.nested_subroutines(3, 40), "50,000 steps", id="few subroutines"),
        pytest.param(hostile_fonts.long_outline(20_000), "16,000 points", id="a long outline"),
        pytest.param(hostile_fonts.color_layers(2, 20), "256 color layers", id="layers of layers"),
        pytest.param(
            hostile_fonts.flat_layers(300, beside_newer=False), "256 color layers", id="layers"
        ),
        pytest.param(
            hostile_fonts.flat_layers(300, beside_newer=True), "256 color layers", id="both kinds"
        ),
        pytest.param(hostile_fonts.plain(em=16, size=32_000), "times the text", id="a huge letter"),
    ],
)
def test_a_font_that_is_endless_to_draw_is_refused(
    font: Callable[[bytes], Path], content: bytes, refusal: str
) -> None:
    with pytest.raises(Corrupt, match=refusal):
        examine_font(font(content))


def test_a_plain_font_is_taken(font: Callable[[bytes], Path]) -> None:
    facts = examine_font(font(hostile_fonts.plain()))
    assert (facts.family, facts.letters) == ("Bomb", 52)
    assert examine_font(DEJAVU).weight == 700
    assert examine_font(font(hostile_fonts.color_layers(0, 20))).letters == 52


@pytest.mark.parametrize(
    ("content", "text", "refusal"),
    [
        pytest.param(LONG, "Al", "128 parts", id="composites"),
        pytest.param(hostile_fonts.nested_subroutines(), "mB", "50,000 steps", id="subroutines"),
        pytest.param(HIDDEN, "off", "128 parts", id="a ligature"),
        pytest.param(hostile_fonts.long_outline(12_000), "Q" * 9, "too long", id="long outlines"),
        pytest.param(hostile_fonts.growing_text(), "fox", "too long", id="a text that grows"),
    ],
)
def test_no_text_is_set_here_that_is_endless_to_set(
    font: Callable[[bytes], Path], content: bytes, text: str, refusal: str
) -> None:
    path = font(content)
    assert set_in(path, "BCD") == pytest.approx(3 * 0.7 * 60)
    with pytest.raises(Corrupt, match=refusal):
        set_in(path, text)
    assert set_in(path, "DCB") == pytest.approx(3 * 0.7 * 60)  # other texts of it are set


def test_a_text_of_endless_width_is_refused(font: Callable[[bytes], Path]) -> None:
    with pytest.raises(Corrupt, match="too wide"):
        set_in(font(hostile_fonts.plain(em=16, size=16)), "on")
