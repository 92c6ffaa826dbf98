"""The pictures of finished clips: cut to the frame, the right way up, in the right colors."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from films import frame_of, frames_of, plain, speech_like, textured, write_film
from meter import metered, sound_of
from rendered_clips import FAST, beeps, flashes, rendered
from shared_media import media
from shots import cropped

from pipeline.core.control import Control
from pipeline.core.data import Box, CropKey, CropPath, CropSegment, Span, Word
from pipeline.core.layout import panes, panes_of
from pipeline.framing.crop_planning import plan
from pipeline.media.probing import probe
from pipeline.media.thumbnail_grid import Sampling
from pipeline.vision.face_tracking import detect
from pipeline.vision.shot_scan import look

REAL = [
    ("odd/made_rotated_phone.mp4", 1.0, 2.2),
    *(
        pytest.param(*case, marks=pytest.mark.slow)
        for case in (
            ("talk/subtitleeffect_obama.mp4", 12.0, 18.0),
            ("odd/made_rotated_phone.mp4", 1.0, 4.0),
            ("odd/made_hdr10_pq.mp4", 1.0, 3.0),
            ("odd/made_odd_size_444.mp4", 1.0, 3.0),
            ("odd/made_vfr_speech.mp4", 2.0, 5.0),
            ("odd/made_speech_in_centre_5_1.mp4", 1.0, 4.0),
            ("talk/latentsync_demo3.mp4", 8.0, 11.0),
        )
    ),
]


def test_the_crop_changes_on_the_very_frame_of_the_cut(tmp_path: Path) -> None:
    """Red stands left before the cut, green right after it; a frame off would show blue."""
    before, after = plain((0, 0, 255)), plain((0, 0, 255))
    before[:, :110], after[:, 210:] = (255, 0, 0), (0, 255, 0)
    pictures = [before] * 38 + [after] * 37
    film = write_film(tmp_path / "cut.mp4", pictures, sound=speech_like(3.0))
    w = 180 * 9 / 16
    path = CropPath(
        width=180,
        height=320,
        segments=tuple(
            CropSegment(
                start_s=a,
                end_s=b,
                layout="crop",
                keys=(CropKey(t_s=a, box=Box(x=x, y=0, w=w, h=180)),),
            )
            for a, b, x in ((0.6, 1.52, 4.0), (1.52, 2.6, 215.0))
        ),
    )
    clip = rendered(film, tmp_path / "c", start_s=0.6, end_s=2.6, crop_path=path)
    colors = [picture[150:170, 75:105].mean(axis=(0, 1)) for _, picture in frames_of(clip.path)]
    assert len(colors) == 50
    for n, (r, g, b) in enumerate(colors):
        assert b < 60, n
        assert (r > 150) == (n < 23), n
        assert (g > 150) == (n >= 23), n


def test_a_moving_camera_steps_finer_than_the_sources_pixels(tmp_path: Path) -> None:
    """Seen in a strip of full width: the steps are a seventh of a source pixel."""
    edge = plain((20, 20, 20))
    edge[:, 160:] = 230
    film = write_film(tmp_path / "edge.mp4", [edge] * 50, sound=speech_like(2.0))
    w = 180 * 9 / 16
    keys = tuple(
        CropKey(t_s=t, box=Box(x=x, y=81, w=w, h=18)) for t, x in ((0.0, 100.0), (2.0, 112.0))
    )
    path = cropped("crop", keys, size=(720, 128), end_s=2.0)
    clip = rendered(film, tmp_path / "c", crop_path=path)
    where = [
        int(np.argmax(picture[64, :, 1].astype(int) > 125)) for _, picture in frames_of(clip.path)
    ]
    scale = 720 / w
    expected = [(160 - 100 - 12 * n / 50) * scale for n in range(50)]
    assert where == pytest.approx(expected, abs=2.5)
    assert all(0 <= a - b <= 4 for a, b in pairwise(where))


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_phone_gives_an_upright_clip(rotation: int, tmp_path: Path) -> None:
    shown = plain((0, 0, 0), (180, 320) if rotation in (90, 270) else (320, 180))
    h, w = shown.shape[:2]
    shown[: h // 2, : w // 2] = (255, 0, 0)
    shown[: h // 2, w // 2 :] = (0, 255, 0)
    shown[h // 2 :, : w // 2] = (0, 0, 255)
    stored = np.ascontiguousarray(np.rot90(shown, -rotation // 90))
    film = write_film(tmp_path / "t.mp4", [stored] * 15, sound=speech_like(0.6), rotation=rotation)
    picture = frame_of(rendered(film, tmp_path / "c").path, 10).astype(int)
    corners = [picture[y, x].argmax() for y, x in ((75, 25), (75, 155), (245, 25))]
    assert corners == [0, 1, 2]
    assert picture[245, 155].max() < 60


@pytest.mark.parametrize("colorspace", [1, 5])
def test_colors_survive_whatever_matrix_they_were_coded_with(
    colorspace: int, tmp_path: Path
) -> None:
    color = (200, 60, 40)
    film = write_film(
        tmp_path / "c.mp4", [plain(color)] * 15, sound=speech_like(0.6), colorspace=colorspace
    )
    picture = frame_of(rendered(film, tmp_path / "out").path, 10)
    assert picture[160, 90].astype(int) == pytest.approx(color, abs=6)


def test_fit_shows_the_whole_picture_before_a_dim_ground(tmp_path: Path) -> None:
    scene = plain((230, 230, 230))
    scene[:, :4], scene[:, -4:] = (255, 0, 0), (0, 255, 0)
    film = write_film(tmp_path / "f.mp4", [scene] * 15, sound=speech_like(0.6))
    path = cropped("fit", Box(x=0, y=0, w=320, h=180), size=(720, 1280))
    picture = frame_of(rendered(film, tmp_path / "c", crop_path=path).path, 10).astype(int)
    assert picture[640, 2].argmax() == 0
    assert picture[640, 717].argmax() == 1
    assert picture[640, 360].mean() > 215
    assert 40 < picture[100, 360].mean() < 150


def test_a_small_camera_and_a_screen_stand_apart_on_a_dim_ground(tmp_path: Path) -> None:
    scene = plain((230, 230, 230))
    scene[:, 240:] = (255, 0, 0)
    film = write_film(tmp_path / "f.mp4", [scene] * 15, sound=speech_like(0.6))
    person, screen = Box(x=240, y=0, w=80, h=60), Box(x=0, y=0, w=240, h=135)
    path = cropped("screen", person, screen, size=(720, 1280))
    picture = frame_of(rendered(film, tmp_path / "c", crop_path=path).path, 10).astype(int)
    upper, lower = panes_of("screen", (person, screen), 720, 1280)
    for pane, color in ((upper, (255, 0, 0)), (lower, (230, 230, 230))):
        inside = picture[pane.y + 8 : pane.y + pane.height - 8, 8:-8]
        assert np.abs(inside - color).max() < 30
    between = picture[upper.y + upper.height + 8 : lower.y - 8]
    for ground in (picture[: upper.y - 8], between, picture[lower.y + lower.height + 8 :]):
        assert ground.size
        assert ground.max() < 150


@pytest.mark.parametrize("size", [(720, 1280), (720, 900), (1280, 720)])
def test_halves_meet_at_the_seam_and_fill_the_picture(
    size: tuple[int, int], tmp_path: Path
) -> None:
    scene = plain((0, 0, 255))
    scene[20:110, 20:140], scene[70:160, 180:300] = (255, 0, 0), (0, 255, 0)
    film = write_film(tmp_path / "f.mp4", [scene] * 15, sound=speech_like(0.6))
    boxes = [
        Box(
            x=x,
            y=y,
            w=80 * min(1, pane.width / pane.height),
            h=80 * min(1, pane.height / pane.width),
        )
        for (x, y), pane in zip(((25, 25), (185, 75)), panes(2, *size), strict=True)
    ]
    path = cropped("split", *boxes, size=size)
    picture = frame_of(rendered(film, tmp_path / "c", crop_path=path).path, 10).astype(int)
    across = picture if size[1] > size[0] else picture.swapaxes(0, 1)
    seam = len(across) // 2
    for part, color in ((across[: seam - 4], 0), (across[seam + 4 :], 1)):
        assert (part.argmax(axis=2) == color).all()
        assert part[..., color].min() > 200


def test_captions_are_there_while_words_are_said_and_only_then(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [plain((90, 90, 90))] * 75, sound=speech_like(3.0))
    words = [
        Word(text="one", start_s=0.8, end_s=1.1, probability=1.0),
        Word(text="two", start_s=1.2, end_s=1.5, probability=1.0),
    ]
    clip = rendered(film, tmp_path / "c", words=words, style="white_bold", shrunk=2)
    white, yellow = [], []
    for t_s, picture in frames_of(clip.path):
        low = picture[380:525].astype(int)
        if (low.min(axis=2) > 220).sum() > 50:
            white.append(t_s)
        lit = (low[..., 0] > 200) & (low[..., 1] > 180) & (low[..., 2] < 140)
        if lit.sum() > 50:
            yellow.append((t_s, float(np.nonzero(lit)[1].mean())))
        assert np.abs(picture[:350].astype(int) - 90).max() < 12
    assert white[0] == pytest.approx(0.8, abs=0.041)
    assert white[-1] == pytest.approx(1.8, abs=0.081)
    moved = next(
        t for (t, x), (_, before) in zip(yellow[1:], yellow, strict=False) if x > before + 20
    )
    assert moved == pytest.approx(1.2, abs=0.041)


def test_key_words_stand_out_where_that_is_asked_for(tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [plain((90, 90, 90))] * 25, sound=speech_like(1.0))
    words = [
        Word(text=text, start_s=0.2 * n, end_s=0.2 * n + 0.2, probability=1.0)
        for n, text in enumerate(("it", "costs", "90", "dollars", "now"))
    ]
    seen = {}
    for emphasis in (False, True):
        options = replace(FAST, emphasis=emphasis)
        clip = rendered(
            film,
            tmp_path / "c",
            words=words,
            style="white_bold",
            options=options,
            language="en",
            shrunk=2,
        )
        pictures = [picture[350:550].astype(int) for _, picture in frames_of(clip.path)]
        green = [(p[..., 1] > p[..., 0] + 70) & (p[..., 1] > 200) for p in pictures]
        seen[emphasis] = max(int(g.sum()) for g in green)
    assert seen[False] < 5
    assert seen[True] > 125


def test_a_clean_video_is_the_clip_without_anything_written_in_it(tmp_path: Path) -> None:
    at = [0.4, 1.4]
    film = write_film(tmp_path / "f.mp4", flashes(2, at), sound=beeps(2, at))
    words = [Word(text="words", start_s=0.5, end_s=1.5, probability=1.0)]
    options = replace(FAST, clean_video=True)
    clip = rendered(film, tmp_path / "c", words=words, style="boxed", options=options)
    assert {p.name for p in tmp_path.iterdir()} == {"f.mp4", "c.mp4", "c.clean.mp4", "c.jpg"}
    assert clip.clean == tmp_path / "c.clean.mp4"
    plain_clip = rendered(film, tmp_path / "p")
    assert plain_clip.clean is None
    assert clip.clean.read_bytes() == plain_clip.path.read_bytes()
    with_words = rendered(film, tmp_path / "w", words=words, style="boxed")
    assert clip.path.read_bytes() == with_words.path.read_bytes()
    assert clip.path.read_bytes() != clip.clean.read_bytes()


def test_captions_leave_no_trace_where_the_source_has_the_clips_own_size(tmp_path: Path) -> None:
    """Nothing is scaled then; drawing on its pictures would spoil those that refer to them."""
    scenes = [textured(n, (320, 180)) for n in range(4)]  # so each refers to the fourth before
    film = write_film(
        tmp_path / "f.mp4",
        [scenes[n % 4] for n in range(40)],
        sound=speech_like(1.6),
        colorspace=1,
        codec_options={
            "g": "1000",
            "refs": "8",
            "bf": "0",
            "sc_threshold": "0",
            "color_range": "tv",
        },
    )
    words = [Word(text="trace", start_s=0.4, end_s=0.6, probability=1.0)]
    options = replace(FAST, aspect_ratio="16:9")
    clip = rendered(film, tmp_path / "c", words=words, style="boxed", options=options)
    pictures = [picture.astype(int) for _, picture in frames_of(clip.path)]
    changed = [np.abs(now - pictures[n % 4]).max() > 100 for n, now in enumerate(pictures)]
    assert changed[12]
    assert not any(changed[25:])


@pytest.mark.parametrize(("name", "start_s", "end_s"), REAL)
def test_every_frame_of_a_real_clip_shows_the_whole_face(
    name: str, start_s: float, end_s: float, tmp_path: Path
) -> None:
    source = probe(media(name))
    span = Span(start_s=start_s, end_s=end_s)
    shots = look(source, span, control=Control())
    path = plan(source, span, shots, FAST)
    clip = rendered(
        source, tmp_path / "c", start_s=start_s, end_s=end_s, crop_path=path, shots=shots
    )
    assert clip.duration_s == pytest.approx(end_s - start_s, abs=0.1)
    pictures = frames_of(clip.path)
    for t_s, picture in pictures[:: max(1, len(pictures) // 40)]:
        small = np.ascontiguousarray(picture[::4, ::4])
        faces = detect(small, Sampling(width=720, height=1280))
        assert faces, t_s
        box = max(faces, key=lambda face: face.box.h).box
        assert box.x > 5, t_s
        assert box.y > 5, t_s
        assert box.x + box.w < 715, t_s
        assert box.y + box.h < 1275, t_s
        skin = picture[int(box.y + box.h / 2), int(box.x + box.w / 2)].astype(int)
        assert skin[0] >= skin[2] - 5, t_s  # no blue face, no gray one turned green
    loudness, peak = metered(sound_of(clip.path))
    assert loudness == pytest.approx(-14.0, abs=1.0)
    assert peak <= -1.0
