"""The title on a thumbnail: large, readable on any picture, off the faces, inside the safe area."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pytest
from av.video.frame import VideoFrame
from measured_text import INVISIBLE, light
from upright_clips import free

from pipeline.captions.cover_title import Cover, draw_cover_title
from pipeline.captions.drawing.blending import Stamp, blend
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.styles.style import style_names
from pipeline.captions.title_layer import TEXT_SIZE

TITLE = "The day that I learned to mend a broken radio"
UPRIGHT, WIDE, SQUARE = (1080, 1920), (1920, 1080), (1080, 1080)
SMALL = (360, 640)  # everything is set in shares of the picture
Rgb = npt.NDArray[np.uint8]


def draw(
    ground: Rgb,
    *faces: tuple[float, float],
    title: str = TITLE,
    style: str = "white_bold",
    lowest_first: bool = True,
) -> Stamp | None:
    """The title on a picture with faces between these rows."""
    size = ground.shape[1], ground.shape[0]
    return draw_cover_title(
        title,
        Cover(
            t_s=1.0,
            size=size,
            rgb=np.ascontiguousarray(ground[:: size[0] // 180, :: size[0] // 180]),
            faces=faces,
        ),
        style=style,
        places=free(size),
        safe=SafeArea.of(*size),
        lowest_first=lowest_first,
    )


def plain(size: tuple[int, int], color: Sequence[int] = (128, 128, 128)) -> Rgb:
    return np.full((size[1], size[0], 3), color, np.uint8)


def text_of(stamp: Stamp | None, size: tuple[int, int] = UPRIGHT) -> npt.NDArray[np.bool_]:
    """Where letters cover the picture wholly."""
    assert stamp is not None
    shown = np.zeros(size[::-1], bool)
    kept = stamp.kept[0]
    shown[stamp.y : stamp.y + kept.shape[0], stamp.x : stamp.x + kept.shape[1]] = kept < 8
    return shown


def rows(stamp: Stamp | None, size: tuple[int, int] = UPRIGHT) -> tuple[int, int]:
    """First row of the letters and the one after the last."""
    found = np.flatnonzero(text_of(stamp, size).any(axis=1))
    return int(found[0]), int(found[-1]) + 1


def on(ground: Rgb, stamp: Stamp) -> Rgb:
    """The picture with the title, as a thumbnail has it."""
    whole = VideoFrame.from_ndarray(ground, format="rgb24")
    picture = whole.reformat(format="yuv420p", dst_colorspace="ITU709")
    blend(picture, stamp)
    rgb = picture.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
    return np.asarray(rgb, np.uint8)


@pytest.mark.parametrize("style", style_names())
@pytest.mark.parametrize(
    "color", [(255, 255, 255), (128, 128, 128), (255, 230, 0), (0, 230, 120)], ids=str
)
def test_letters_have_a_contrast_of_4_5_with_the_ground(style: str, color: Sequence[int]) -> None:
    ground = plain(SMALL, color)
    stamp = draw(ground, style=style)
    assert stamp is not None
    first, last = rows(stamp, SMALL)
    band = light(on(ground, stamp)[first:last])
    letters = float(np.percentile(band[text_of(stamp, SMALL)[first:last]], 90))
    beside = float(band[:, :6].max())  # without the dark edges that some styles have
    assert (letters + 0.05) / (beside + 0.05) >= 4.5


def test_letters_are_larger_than_in_the_video_and_readable_at_200_pixels() -> None:
    first, last = rows(draw(plain(UPRIGHT)))
    assert (last - first) / 4 > 1.4 * TEXT_SIZE * 1080
    short_first, short_last = rows(draw(plain(UPRIGHT), title="A short one"))
    assert (short_last - short_first) * 200 / 1080 >= 20


@pytest.mark.parametrize("size", [UPRIGHT, WIDE, SQUARE], ids=str)
@pytest.mark.parametrize("style", ["white_bold", "editorial", "headline", "neon"])
def test_the_title_is_inside_the_safe_area(size: tuple[int, int], style: str) -> None:
    stamp = draw(plain(size), style=style, title="We mend whatever is broken, one by one, today")
    assert stamp is not None
    solid = stamp.kept[0] < 8
    found_rows, found_columns = (np.flatnonzero(solid.any(axis=n)) for n in (1, 0))
    safe = SafeArea.of(*size)
    assert safe.top <= stamp.y + found_rows[0]
    assert stamp.y + found_rows[-1] < safe.bottom
    assert safe.left <= found_columns[0]
    assert found_columns[-1] < safe.right


@pytest.mark.parametrize("top", [150, 400, 700, 1000, 1200])
@pytest.mark.parametrize("tall", [250, 500, 800])
def test_no_letter_is_on_a_face(top: int, tall: int) -> None:
    stamp = draw(plain(UPRIGHT), (top, top + tall))
    first, last = rows(stamp)
    assert last <= top or first >= top + tall


def test_hair_is_covered_only_where_there_is_no_other_room() -> None:
    title = "Mend a radio"
    assert rows(draw(plain(UPRIGHT), (800, 1600), title=title))[1] <= 800 - 0.2 * 800
    assert 300 < rows(draw(plain(UPRIGHT), (400, 1600), title=title))[1] <= 400


def test_a_face_as_large_as_the_picture_has_no_title() -> None:
    assert draw(plain(UPRIGHT), (100, 1800)) is None


def test_the_title_stands_low_and_over_bars_of_sound_high() -> None:
    low, high = draw(plain(UPRIGHT)), draw(plain(UPRIGHT), lowest_first=False)
    assert rows(low)[0] > 960
    assert rows(high)[1] < 960


def test_the_shade_fades_out_and_darkens_nothing_far_from_the_letters() -> None:
    ground = plain(UPRIGHT, (200, 200, 200))
    stamp = draw(ground)
    assert stamp is not None
    column = on(ground, stamp)[:, 4, 1].astype(int)
    assert abs(np.diff(column)).max() <= 6
    assert column[: rows(stamp)[0] - 250].min() >= 197


@pytest.mark.parametrize("title", INVISIBLE, ids=ascii)
def test_a_title_without_anything_to_see_is_not_drawn(title: str) -> None:
    assert draw(plain(UPRIGHT), title=title) is None


@pytest.mark.parametrize("title", ["…", "🙂", "١", "中", "Donaudampfschifffahrtsgesellschaft" * 3])
def test_any_other_title_is_drawn(title: str) -> None:
    assert draw(plain(UPRIGHT), title=title) is not None
