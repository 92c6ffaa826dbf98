"""What is hard to frame: no face, many, false, half, masked and still ones; odd shapes and times.

Whatever the picture, a path covers its seconds with crops of the right shape inside the picture,
and whoever can be seen is in it.
"""

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import skia
from crop_checks import check
from films import Picture, plain, speech_like, textured, write_film
from project_paths import SAMPLE
from shared_media import media

from pipeline.core.control import Control
from pipeline.core.data import AspectRatio, CropPath, Options, Shot, Source, Span
from pipeline.core.layout import crops_at
from pipeline.framing.crop_planning import plan
from pipeline.media.frames import thumbnails
from pipeline.media.probing import probe
from pipeline.vision.lip_motion import lip_motion
from pipeline.vision.shot_scan import look

HOST, GUEST = (20.0, 22.0), (31.0, 33.0)  # seconds of the sample, one shot each
FPS = 25
RATIOS: tuple[AspectRatio, ...] = ("9:16", "1:1", "16:9", "4:5")


@cache
def talking(seconds: tuple[float, float], side: int = 640) -> tuple[Picture, ...]:
    """Pictures of the sample, 16:9."""
    span = Span(start_s=seconds[0], end_s=seconds[1])
    return tuple(p for _, p in thumbnails(probe(SAMPLE), span, control=Control(), side=side))


Seen = tuple[Source, tuple[Shot, ...]]


def seen(path: Path) -> Seen:
    """What is seen in all of a file."""
    source = probe(path, min_duration_s=0.0)
    span = Span(start_s=0.0, end_s=source.duration_s)
    return source, look(source, span, control=Control(), listener=lip_motion)


def path_of(source: Source, shots: tuple[Shot, ...], ratio: AspectRatio = "9:16") -> CropPath:
    """The path of all of a source, checked for what holds of every path."""
    span = Span(start_s=0.0, end_s=source.duration_s)
    found = plan(source, span, shots, Options(aspect_ratio=ratio))
    check(source, span, found, shots)
    return found


def framed(path: Path) -> tuple[Source, tuple[Shot, ...], CropPath]:
    source, shots = seen(path)
    return source, shots, path_of(source, shots)


def inside(shots: Sequence[Shot], path: CropPath) -> float:
    """Share of the looks at each shot's first face at which a crop holds it."""
    held = []
    for shot in shots:
        for t_s, face in zip(shot.tracks[0].times_s, shot.tracks[0].faces, strict=True):
            segment = next(s for s in path.segments if t_s < s.end_s or s is path.segments[-1])
            box = face.box
            held.append(
                any(
                    c.x - 1 <= box.x
                    and box.x + box.w <= c.x + c.w + 1
                    and c.y - 1 <= box.y
                    and box.y + box.h <= c.y + c.h + 1
                    for c in crops_at(segment, t_s)
                )
            )
    return float(np.mean(held))


def film(
    path: Path,
    pictures: Sequence[Picture],
    fps: Fraction | int = FPS,
    times: list[float] | None = None,
    *,
    rotation: int | None = None,
    codec_options: dict[str, str] | None = None,
) -> Path:
    """With sound, as everything that is framed has."""
    seconds = times[-1] if times else len(pictures) / float(fps)
    return write_film(
        path,
        pictures,
        fps=fps,
        times=times,
        rotation=rotation,
        sound=speech_like(seconds),
        codec_options=codec_options,
    )


def layouts(path: CropPath) -> set[str]:
    return {segment.layout for segment in path.segments}


# --- faces ---


@pytest.mark.parametrize("picture", [textured(5), plain((0, 0, 0)), plain((255, 255, 255))])
def test_no_face_is_shown_whole(tmp_path: Path, picture: Picture) -> None:
    _, shots, path = framed(film(tmp_path / "film.mp4", [picture] * 50))
    assert [len(shot.tracks) for shot in shots] == [0]
    assert layouts(path) == {"fit"}


def test_a_face_on_a_poster_does_not_take_the_speakers_place(tmp_path: Path) -> None:
    poster = talking(GUEST)[25][30:300, 260:470]  # as large as the speaker
    pictures = [np.array(p) for p in talking(HOST)]
    for picture in pictures:
        picture[30:300, 420:630] = poster
    always_still = {"crf": "0"}  # a lossy codec makes a still picture better from frame to frame
    source, shots, path = framed(film(tmp_path / "film.mp4", pictures, codec_options=always_still))
    assert len(shots[0].tracks) == 2
    speaker = min(shots[0].tracks, key=lambda t: t.faces[0].box.x)
    assert layouts(path) == {"crop"}
    assert inside([Shot(start_s=0.0, end_s=source.duration_s, tracks=(speaker,))], path) == 1.0


def test_thirty_faces_are_a_crowd(tmp_path: Path) -> None:
    pictures = [np.tile(p[80:230, 215:345], (5, 6, 1)) for p in talking(HOST)]
    _, shots, path = framed(film(tmp_path / "film.mp4", pictures))
    assert len(shots[0].tracks) >= 15
    assert layouts(path) == {"fit"}


def test_half_a_face_at_the_edge_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    pictures = [np.ascontiguousarray(np.roll(p, -230, axis=1)) for p in talking(HOST)]
    for picture in pictures:
        picture[:, 400:] = picture[:, 399:400]
    _, shots, path = framed(film(tmp_path / "film.mp4", pictures))
    assert shots[0].tracks
    assert inside(shots, path) >= 0.95


def test_a_mask_is_no_reason_to_stumble(tmp_path: Path) -> None:
    pictures = [np.array(p) for p in talking(HOST)]
    for picture in pictures:
        picture[160:215, 215:345] = (120, 180, 215)
    _, shots, path = framed(film(tmp_path / "film.mp4", pictures))
    assert shots[0].tracks
    assert inside(shots, path) >= 0.95


# --- writing ---


def written(lines: int, *, dark: bool, width: int = 1280, height: int = 720) -> Picture:
    """A slide with so many lines on a plain ground."""
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    ground, ink = ((28, 32, 44), (235, 235, 240)) if dark else ((250, 250, 252), (30, 40, 60))
    canvas.clear(skia.Color(*ground))
    font = skia.Font(skia.Typeface("DejaVu Sans"), 36)
    for n in range(lines):
        text = "What we measured in eleven months of repairs"
        canvas.drawString(text, 60, 110 + 64 * n, font, skia.Paint(Color=skia.Color(*ink)))
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return np.ascontiguousarray(pixels[:, :, :3])


@pytest.mark.parametrize(
    ("dark", "corner", "seconds"),
    [
        (True, (520, 940), 2),
        *(
            pytest.param(*case, 4, marks=pytest.mark.slow)
            for case in itertools.product((False, True), ((20, 940), (520, 940), (520, 20)))
        ),
    ],
)
def test_a_slide_with_a_small_speaker_in_a_corner_is_shown_whole(
    tmp_path: Path, dark: bool, corner: tuple[int, int], seconds: int
) -> None:
    top, left = corner
    pictures = []
    for n, person in enumerate(talking((HOST[0], HOST[0] + seconds))):
        picture = written(7 + n // (15 * seconds), dark=dark)
        picture[top : top + 180, left : left + 320] = person[::2, ::2]
        pictures.append(picture)
    path = film(tmp_path / "film.mp4", pictures)
    _, shots, found = framed(path)
    assert len(shots[0].tracks) == 1
    for segment in found.segments:  # below the speaker, or all of the picture
        whole = crops_at(segment, segment.start_s)[-1]
        assert segment.layout in {"screen", "fit"}
        assert (whole.x, whole.y, whole.w, whole.h) == pytest.approx((0, 0, 1280, 720), abs=8)
    source = probe(path, min_duration_s=0.0)
    asked = plan(source, Span(start_s=0.0, end_s=float(seconds)), shots, Options(layout="crop"))
    assert layouts(asked) == {"crop"}  # who asks for it has it


def test_a_speaker_with_a_line_of_writing_below_is_cropped_to(tmp_path: Path) -> None:
    strip = written(1, dark=False)[50:140]
    pictures = [np.array(p) for p in talking(HOST, 1280)]
    for picture in pictures:
        picture[600:690] = strip
    _, shots, path = framed(film(tmp_path / "film.mp4", pictures))
    assert layouts(path) == {"crop"}
    assert inside(shots, path) >= 0.95


# --- pictures and times ---


def gray(p: Picture) -> Picture:
    return np.repeat(p.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)


def dark(p: Picture) -> Picture:
    return (p * 0.45).astype(np.uint8)


def grainy(p: Picture) -> Picture:
    noise = np.random.default_rng(int(p[5, 5, 0])).integers(-30, 31, p.shape)
    return np.clip(p.astype(int) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("change", [gray, dark, grainy])
def test_a_face_without_color_in_the_dark_and_in_noise_is_inside(
    tmp_path: Path, change: Callable[[Picture], Picture]
) -> None:
    _, shots, path = framed(film(tmp_path / "film.mp4", [change(p) for p in talking(HOST)]))
    assert shots[0].tracks
    assert inside(shots, path) >= 0.95
    assert layouts(path) == {"crop"}


def test_five_pictures_a_second(tmp_path: Path) -> None:
    source, shots = seen(film(tmp_path / "film.mp4", talking(HOST)[::5], 5))
    for ratio in RATIOS:
        assert inside(shots, path_of(source, shots, ratio)) >= 0.95, ratio


def test_pictures_that_come_when_they_like(tmp_path: Path) -> None:
    pauses = np.random.default_rng(3).uniform(0.02, 0.32, 30)
    times = [float(t) for t in np.cumsum(pauses) - pauses[0]]
    pictures = [talking(HOST)[min(49, int(t * FPS))] for t in times]
    _, shots, path = framed(film(tmp_path / "film.mp4", pictures, times=times))
    assert inside(shots, path) >= 0.95


@pytest.mark.parametrize("degrees", [90, -90, 180])
def test_a_phone_that_was_turned(tmp_path: Path, degrees: int) -> None:
    """Stored lying, with a note of how to turn it: faces stand upright when shown."""
    upright = talking(HOST)
    if degrees != 180:
        upright = tuple(np.ascontiguousarray(p[:, 100:460]) for p in upright)  # nearly square
    stored = [np.ascontiguousarray(np.rot90(p, -degrees // 90)) for p in upright]
    path = film(tmp_path / "film.mp4", stored, rotation=degrees)
    source, shots = seen(path)
    assert source.video is not None
    assert (source.video.width, source.video.height) == upright[0].shape[1::-1]
    assert shots[0].tracks
    for ratio in RATIOS:
        assert inside(shots, path_of(source, shots, ratio)) >= 0.95, ratio


def test_a_crooked_matrix_is_taken_for_upright(tmp_path: Path) -> None:
    source, shots, path = framed(film(tmp_path / "film.mp4", talking(HOST), rotation=33))
    assert source.video is not None
    assert source.video.rotation == 0
    assert inside(shots, path) >= 0.95


def test_pixels_twice_as_wide_as_high(tmp_path: Path) -> None:
    """Stored at half the width: what counts is how it is shown."""
    narrow = [np.ascontiguousarray(p[:, ::2]) for p in talking(HOST)]
    with_aspect = tmp_path / "film.mp4"
    options = {"x264-params": "sar=2/1"}
    write_film(with_aspect, narrow, codec_options=options, sound=speech_like(2.0))
    source, shots = seen(with_aspect)
    assert source.video is not None
    assert (source.video.width, source.video.height) == (640, 360)
    like_square, square = seen(film(tmp_path / "square.mp4", talking(HOST)))
    ours, theirs = (
        np.median([f.box.w / f.box.h for f in s[0].tracks[0].faces]) for s in (shots, square)
    )
    assert ours == pytest.approx(theirs, rel=0.1)
    for ratio in RATIOS:
        path_of(like_square, square, ratio)
        assert inside(shots, path_of(source, shots, ratio)) >= 0.95, ratio


def test_shots_of_one_picture(tmp_path: Path) -> None:
    pictures = [p for pair in zip(talking(HOST), talking(GUEST), strict=False) for p in pair]
    _, shots, path = framed(film(tmp_path / "film.mp4", pictures[:100]))
    assert len(path.segments) <= len(shots) + 2


def test_single_pictures_between_two_shots(tmp_path: Path) -> None:
    pictures = [*talking(HOST)[:50], textured(1, (640, 360)), *talking(GUEST)[:50]]
    _, _, path = framed(film(tmp_path / "film.mp4", pictures))
    assert all(s.start_s >= 1.9 or s.end_s <= 2.1 for s in path.segments)  # nothing carried over


@pytest.mark.parametrize("length", [1, 2, 3])
def test_a_flash_leaves_the_camera_alone(tmp_path: Path, length: int) -> None:
    pictures = [np.array(p) for p in talking(HOST)]
    for n in (10, 35):
        for k in range(length):
            pictures[n + k] = plain((255, 255, 255), (640, 360))
    _, shots, path = framed(film(tmp_path / "film.mp4", pictures))
    assert len(shots) == 1
    assert len(path.segments) == 1
    assert inside(shots, path) >= 0.95


@pytest.mark.parametrize("size", [(1280, 360), (1280, 536), (360, 360), (202, 360), (120, 360)])
def test_any_shape_of_picture(tmp_path: Path, size: tuple[int, int]) -> None:
    """From a strip twice as wide as a film's to a strip of a picture, the face in the middle."""
    width, height = size
    pictures = []
    for p in talking(HOST):
        picture = np.zeros((height, width, 3), np.uint8)
        face = 280  # where it is in the sample, of 640
        left = face - min(width, 640) // 2
        part = p[:, max(0, left) : max(0, left) + min(width, 640)]
        at = (width - part.shape[1]) // 2
        picture[: part.shape[0], at : at + part.shape[1]] = part
        pictures.append(picture)
    source, shots = seen(film(tmp_path / "film.mp4", pictures))
    for ratio in RATIOS:
        path = path_of(source, shots, ratio)
        if width >= 202:  # the narrowest does not hold all of a face
            assert shots[0].tracks
            assert inside(shots, path) >= 0.95, ratio


@pytest.mark.parametrize("size", [(16, 16), (2, 2), (2, 64), (64, 2)])
def test_the_smallest_pictures(tmp_path: Path, size: tuple[int, int]) -> None:
    _, shots, path = framed(film(tmp_path / "film.mp4", [plain((90, 90, 90), size)] * 50))
    assert all(not shot.tracks for shot in shots)
    assert path.segments


@pytest.mark.parametrize(
    "name",
    [
        "odd/made_vfr_speech.mp4",
        "odd/made_odd_size_444.mp4",
        "odd/made_truncated_faststart.mp4",
        "talk/GRID_bbaf2n.mpg",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in (
                "odd/made_rotated_phone.mp4",
                "odd/made_hdr10_pq.mp4",
                "odd/made_audio_starts_late.mp4",
                "odd/autocut_test001.mp4",
                "talk/wav2liphd_kennedy_low.mp4",
                "talk/latentsync_demo3.mp4",
                "talk/WDA_AOC_000.mp4",
                "talk/videoretalking_face1.mp4",
                "talk/speech2lips_obama.mp4",
                "odd/torchcodec_nasa_13013.mp4",
            )
        ),
    ],
)
def test_real_and_odd_files(name: str) -> None:
    _, shots, path = framed(media(name))
    if any(shot.tracks for shot in shots) and "nasa" not in name:
        assert inside([shot for shot in shots if shot.tracks], path) >= 0.95
