"""Fonts that are not installed are forgotten, and a copy of a file is no other font."""

import os
from pathlib import Path

import hostile_fonts
import pytest

from pipeline.captions.layout.text_shaping import Letters, width_of
from pipeline.captions.styles import font_shelf

LARGE_BYTES = 10_000_000  # a brand's font may have so many


def resident_bytes() -> int:
    """Memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def write_in(path: Path) -> float:
    """The width of a text in the font of a file."""
    return width_of("Hello", Letters((str(path),), weight=400, size=90.0, letter_spacing=0.0))


def large_font(path: Path, number: int) -> Path:
    """A font of the largest size, unlike any other."""
    font = hostile_fonts.plain()
    path.write_bytes(font + os.urandom(LARGE_BYTES - len(font) - 4) + number.to_bytes(4, "big"))
    return path


@pytest.mark.slow  # starts a process for each font
def test_many_large_fonts_do_not_stay_in_memory(tmp_path: Path) -> None:
    for number in range(8):  # as many are kept open
        write_in(large_font(tmp_path / f"{number}.ttf", number))
    before = resident_bytes()
    for number in range(8, 40):
        write_in(large_font(tmp_path / f"{number}.ttf", number))
    assert resident_bytes() - before < 10 * LARGE_BYTES


def test_a_copy_of_a_file_is_not_another_font(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = list[int]()
    monkeypatch.setattr(font_shelf.FontMemory, "open", lambda _, size: opened.append(size))
    font = large_font(tmp_path / "a.ttf", 1000).read_bytes()
    for number in range(20):  # each picture has a copy of its own
        (copy := tmp_path / f"{number}.ttf").write_bytes(font)
        write_in(copy)
    assert opened == [len(font)]
