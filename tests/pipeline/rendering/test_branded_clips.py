"""Brands in finished clips: the logo, what comes before and after, in step and equally loud."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skia
from films import RATE, frame_of, frames_of, plain, speech_like, write_film
from meter import metered, sound_of
from rendered_clips import FAST, SHRUNK, beeps, flashes, rendered, seen_and_heard

from pipeline.captions.styles.style import BrokenStyle
from pipeline.captions.styles.style import branded as branded_style
from pipeline.core.brand import Brand, CallToAction, CardColors, Corner, LogoPlace, OwnStyle
from pipeline.core.data import Clip, Word
from pipeline.core.errors import Corrupt

AT = [0.4, 1.4, 2.4, 3.4]  # s: a flash and a beep
NAVY, RED = (20, 30, 90), (200, 40, 40)
FONT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif-Bold.ttf"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A talk, and the files of a brand: a logo, and videos of other shapes and rates."""
    at = tmp_path_factory.mktemp("brand")
    write_film(at / "talk.mp4", flashes(4, AT), sound=beeps(4, AT))
    write_film(at / "intro.mp4", [plain(NAVY)] * 30, sound=speech_like(1.0, level=0.02), fps=30)
    write_film(at / "outro.mp4", [plain(RED, (180, 320))] * 25)
    surface = skia.Surface(200, 100)
    surface.getCanvas().clear(skia.Color(255, 0, 0))
    (at / "logo.png").write_bytes(bytes(surface.makeImageSnapshot().encodeToData(skia.kPNG, 100)))
    shutil.copy(FONT, at / "font.ttf")
    return at


def branded(
    folder: Path, stem: str, brand: Brand, end_s: float = 4.0, shrunk: int = SHRUNK, **options: Any
) -> Clip:
    """The talk as a clip of the brand."""
    given = replace(FAST, brand=brand.located(folder), **options)
    return rendered(
        folder / "talk.mp4",
        folder / stem,
        end_s=end_s,
        options=given,
        title="A habit takes time",
        shrunk=shrunk,
    )


def test_what_comes_before_and_after_is_there_and_the_talk_stays_in_step(folder: Path) -> None:
    brand = Brand(
        intro="intro.mp4",
        outro="outro.mp4",
        title_card_s=2.0,
        colors=CardColors(background="#145A28"),
        call_to_action=CallToAction(text="Link in bio", seconds=1.0),
    )
    clip = branded(folder, "all", brand)
    assert clip.lead_in_s == pytest.approx(3.0, abs=0.021)
    assert clip.duration_s == pytest.approx(4 + 3 + 1 + 1, abs=0.1)
    seen, heard = seen_and_heard(clip)
    of_talk = [t - clip.lead_in_s for t in heard if 3.2 < t < 7]
    assert of_talk == pytest.approx(AT, abs=0.02)
    assert set(np.round(np.array(AT) + clip.lead_in_s, 2)) <= set(np.round(seen, 2))
    pictures = frames_of(clip.path)
    assert np.diff([t for t, _ in pictures]) == pytest.approx(1 / 25, abs=1e-3)

    def corner(at_s: float) -> list[float]:
        picture = min(pictures, key=lambda frame: abs(frame[0] - at_s))[1]
        return list(picture[-15:-5, 5:15].mean(axis=(0, 1)))

    assert corner(2.0) == pytest.approx((0x14, 0x5A, 0x28), abs=4)
    assert corner(7.6) == pytest.approx((0x14, 0x5A, 0x28), abs=4)
    assert corner(8.6) == pytest.approx(RED, abs=6)  # upright already: it fills the clip
    middle = min(pictures, key=lambda frame: abs(frame[0] - 0.5))[1][155:165, 85:95]
    assert middle.mean(axis=(0, 1)) == pytest.approx(NAVY, abs=6)


def test_an_intro_is_as_loud_as_the_talk_and_a_card_is_silent(folder: Path) -> None:
    brand = Brand(intro="intro.mp4", title_card_s=1.0)
    sound = sound_of(branded(folder, "loud", brand).path)
    assert metered(sound[:, :RATE])[0] == pytest.approx(-14.0, abs=1.5)
    assert np.abs(sound[:, round(1.05 * RATE) : round(1.95 * RATE)]).max() < 1e-3


def test_the_logo_is_in_its_corner_and_the_clean_clip_has_none(folder: Path) -> None:
    place = LogoPlace(corner="bottom_left", opacity=0.5, width=0.25)
    brand = Brand(logo="logo.png", logo_place=place)
    clip = branded(folder, "logo", brand, end_s=0.4, shrunk=1, clean_video=True)
    assert clip.clean is not None
    drawn, clean = frame_of(clip.path, 5), frame_of(clip.clean, 5)
    changed = np.abs(drawn.astype(int) - clean).max(axis=2) > 30
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert np.ptp(columns) == pytest.approx(0.25 * 720, abs=3)
    assert np.ptp(rows) == pytest.approx(0.125 * 720, abs=3)
    assert columns[0] == pytest.approx(119 / 1080 * 720, abs=4)  # inside the safe area
    assert rows[-1] == pytest.approx(1280 * (1 - 384 / 1920), abs=4)
    middle = drawn[round(rows.mean()), round(columns.mean())].astype(int)
    assert middle == pytest.approx((255 + 60) / 2 * np.array([1, 0, 0]) + (0, 30, 30), abs=12)


@pytest.mark.parametrize("corner", ["top_left", "bottom_right"])
def test_nothing_is_written_over_the_logo(folder: Path, corner: Corner) -> None:
    """Captions that stand at the top or the bottom go out of its way."""
    place = LogoPlace(corner=corner, opacity=1.0, width=0.3)
    position = corner.partition("_")[0]
    style = OwnStyle(base="white_bold", tables={"text": {"position": position}})
    brand = Brand(logo="logo.png", logo_place=place, style=style).located(folder)
    words = tuple(
        Word(text="Captions", start_s=t, end_s=t + 0.3, probability=1.0) for t in (0.1, 0.4, 0.7)
    )
    look = branded_style("white_bold", brand)
    with_words, without = (
        rendered(
            folder / "talk.mp4",
            folder / f"{corner}{len(said)}",
            end_s=0.72,
            words=said,
            style=look,
            shrunk=1,
            options=replace(FAST, brand=brand),
        )
        for said in (words, ())
    )
    captioned, plain_one = frame_of(with_words.path, 15), frame_of(without.path, 15)
    red = (plain_one[..., 0] > 200) & (plain_one[..., 1] < 60)
    written = np.abs(captioned.astype(int) - plain_one).max(axis=2) > 60
    assert red.sum() > 5000
    assert written.sum() > 2000
    assert not (red & written).any()


def test_a_style_of_ones_own_has_its_colors_and_its_font(folder: Path) -> None:
    tables = {"colour": {"text": "#00FF00", "spoken": "#00FF00"}, "shadow": None}
    brand = Brand(style=OwnStyle(base="white_bold", tables=tables))
    said = (Word(text="Habit", start_s=0.1, end_s=0.9, probability=1.0),)
    greens = []
    for name, own in (("plain", brand), ("serif", replace(brand, font="font.ttf"))):
        look = branded_style("minimal", own.located(folder))
        stem = folder / f"style{name}"
        clip = rendered(folder / "talk.mp4", stem, end_s=1.0, words=said, style=look, shrunk=2)
        picture = frame_of(clip.path, 18).astype(int)
        greens.append((picture[..., 1] - picture[..., 0]) > 120)
    assert min(green.sum() for green in greens) > 500
    assert (greens[0] != greens[1]).sum() > 250  # letters of another shape


def test_a_style_that_is_none_says_what_is_wrong() -> None:
    brand = Brand(style=OwnStyle(base="boxed", tables={"text": {"size": 3}}))
    with pytest.raises(BrokenStyle, match=r"text\.size.*<= 0\.2"):
        branded_style("boxed", brand)


def test_a_video_without_pictures_leaves_no_clip(folder: Path) -> None:
    (folder / "broken.mp4").write_bytes((folder / "intro.mp4").read_bytes()[:2000])
    with pytest.raises(Corrupt):
        branded(folder, "broken", Brand(intro="broken.mp4"))
    assert list(folder.glob("broken*")) == [folder / "broken.mp4"]
