"""Sources and words that nobody would choose: an ordinary clip comes out, or a clear refusal."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace
from films import RATE, Picture, frame_of, frames_of, plain, speech_like, textured, write_film
from meter import sound_of
from rendered_clips import FAST, beeps, check_loudness, flashes, rendered, seen_and_heard

from pipeline.captions.layout.grouping import short_enough
from pipeline.core.arrays import F32
from pipeline.core.data import Word
from pipeline.core.errors import SourceError
from pipeline.media.probing import probe

GRAY = 512, 512  # the level of ten bits that has no color, left and right
SAFE_X = (0.05, 0.95)  # shares of the width; no text beyond them


def coded(
    path: Path,
    pictures: Sequence[Picture],
    *,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    full_range: bool = False,
    told: tuple[int, int, int] = (1, 1, 1),
    lumas: tuple[int, int] | None = None,
) -> Path:
    """Pictures at 25 a second with sound; `told`: primaries, transfer and matrix, ITU-T H.273.

    `lumas`: the levels of ten bits that the left and right halves have, without color, instead of
    the pictures.
    """
    with av.open(str(path), "w") as out:
        video = out.add_stream(codec, rate=25)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = *pictures[0].shape[1::-1], pix_fmt
        context = video.codec_context
        context.color_primaries, context.color_trc, context.colorspace = told
        context.color_range = ColorRange.JPEG if full_range else ColorRange.MPEG
        track = out.add_stream("aac", rate=RATE, layout="mono")
        for number, picture in enumerate(pictures):
            if lumas is not None:
                frame = av.VideoFrame(picture.shape[1], picture.shape[0], pix_fmt)
                for plane, (left, right) in zip(frame.planes, (lumas, GRAY, GRAY), strict=True):
                    levels = np.full((plane.height, plane.line_size // 2), left, np.uint16)
                    levels[:, plane.width // 2 :] = right
                    plane.update(levels.tobytes())
            else:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(
                    format=pix_fmt,
                    dst_colorspace=Colorspace.ITU709,
                    dst_color_range=ColorRange.JPEG if full_range else ColorRange.MPEG,
                )
            frame.pts, frame.time_base = number, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        sound = speech_like(len(pictures) / 25)
        for first in range(0, sound.shape[1], 1024):
            block = np.ascontiguousarray(sound[:, first : first + 1024])
            piece = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            piece.sample_rate, piece.pts, piece.time_base = RATE, first, Fraction(1, RATE)
            out.mux(track.encode(piece))
        out.mux(track.encode(None))
    return path


def middle(clip: Path) -> tuple[int, ...]:
    """The color in the middle of a picture of a clip."""
    picture = frame_of(clip, 10)
    return tuple(int(v) for v in picture[picture.shape[0] // 2, picture.shape[1] // 2])


@pytest.mark.parametrize(
    ("pix_fmt", "full_range"),
    [
        ("yuv422p", False),
        ("yuv422p10le", False),
        ("yuv420p10le", False),
        ("yuv444p", False),
        ("yuv420p", True),
        ("yuv422p", True),
    ],
)
def test_colors_survive_every_way_to_store_them(
    pix_fmt: str, full_range: bool, tmp_path: Path
) -> None:
    color = (200, 60, 40)
    film = coded(tmp_path / "f.mp4", [plain(color)] * 15, pix_fmt=pix_fmt, full_range=full_range)
    assert middle(rendered(film, tmp_path / "c").path) == pytest.approx(color, abs=6)


@pytest.mark.slow  # full size, for few pixels are even
@pytest.mark.parametrize(
    ("transfer", "white"),
    # what ITU-R BT.2408 has as the white of a sheet of paper: 203 cd/m2, 58 % and 75 % of the range
    [(16, 572), (18, 721)],
    ids=["HDR10", "HLG"],
)
def test_white_of_a_high_dynamic_range_is_white_and_gray_is_not(
    transfer: int, white: int, tmp_path: Path
) -> None:
    # three seconds: FFmpeg computes its table of such colors, whatever the size and length
    film = coded(
        tmp_path / "f.mp4",
        [plain((0, 0, 0))] * 15,
        pix_fmt="yuv420p10le",
        told=(9, transfer, 9),
        lumas=(white, 200),
    )
    video = probe(film, min_duration_s=0.5).video
    assert video is not None
    assert video.hdr
    picture = frame_of(rendered(film, tmp_path / "c").path, 10).astype(int)
    paper, dark = picture[160, 45], picture[160, 135]
    assert min(paper) >= 225
    assert max(paper) - min(paper) <= 8
    assert max(dark) <= 80


def test_a_picture_of_one_pixel(tmp_path: Path) -> None:
    film = coded(
        tmp_path / "f.mkv", [plain((180, 90, 30), (1, 1))] * 30, codec="ffv1", pix_fmt="yuv444p"
    )
    clip = rendered(film, tmp_path / "c")
    assert (clip.width, clip.height) == (180, 320)
    assert middle(clip.path) == pytest.approx((180, 90, 30), abs=12)


def test_a_single_key_frame_at_the_very_front_is_enough(tmp_path: Path) -> None:
    at = [6.0, 7.0]
    film = write_film(
        tmp_path / "f.mp4", flashes(8, at), sound=beeps(8, at), codec_options={"g": "9999"}
    )
    seen, heard = seen_and_heard(rendered(film, tmp_path / "c", start_s=5.2, end_s=7.9))
    assert seen == pytest.approx([0.8, 1.8], abs=0.01)
    assert heard == pytest.approx(seen, abs=0.02)


def test_a_recording_that_begins_between_key_frames(tmp_path: Path) -> None:
    at = [3.0, 4.0, 5.0]
    film = write_film(
        tmp_path / "f.ts", flashes(6, at), sound=beeps(6, at), codec_options={"g": "25"}
    )
    received = film.read_bytes()
    packets = len(received) // 188
    film.write_bytes(received[packets // 8 * 188 :])  # its front was not received
    clip = rendered(film, tmp_path / "c")
    seen, heard = seen_and_heard(clip)
    assert len(seen) == 3
    assert heard == pytest.approx(seen, abs=0.04)


@pytest.mark.parametrize("seed", [0])
def test_damage_in_the_middle_costs_its_own_moment_only(seed: int, tmp_path: Path) -> None:
    at = [1.0, 4.0, 5.0]
    film = write_film(
        tmp_path / "f.mp4",
        [np.maximum(f, textured(n // 5)) for n, f in enumerate(flashes(6, at))],
        sound=beeps(6, at),
    )
    raw, random = bytearray(film.read_bytes()), np.random.default_rng(seed)
    with av.open(str(film)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        damaged = [p for p in packets if 2.0 <= float(p.pts or 0) * float(p.time_base) < 3.0]
        for packet in damaged[::3]:
            place = raw.find(bytes(packet))
            assert place > 0
            raw[place + 8 : place + packet.size] = random.bytes(packet.size - 8)
    film.write_bytes(raw)
    clip = rendered(film, tmp_path / "c")
    assert clip.duration_s == pytest.approx(6.0, abs=0.1)
    _, heard = seen_and_heard(clip)
    assert heard == pytest.approx(at, abs=0.03)
    pictures = dict(frames_of(clip.path))
    for t in at:
        near = min(pictures, key=lambda s: abs(s - t - 0.02))
        assert pictures[near].min() > 200


def test_voices_in_the_center_of_six_channels_are_on_both_ears(tmp_path: Path) -> None:
    sound = np.zeros((6, 4 * RATE), np.float32)
    sound[2] = speech_like(4.0, 0.05)[0]
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 100, sound=sound, layout="5.1")
    check_loudness(rendered(film, tmp_path / "c"))


@pytest.mark.parametrize("silent", [(0, 2), (2, 4), (4, 6)])
def test_seconds_without_sound_stay_so_and_in_their_place(
    silent: tuple[int, int], tmp_path: Path
) -> None:
    sound: F32 = speech_like(6.0)
    begin, end = silent
    sound[:, begin * RATE : end * RATE] = 0.0
    film = write_film(tmp_path / "f.mp4", [textured(1)] * 150, sound=sound)
    clip = rendered(film, tmp_path / "c")
    assert clip.duration_s == pytest.approx(6.0, abs=0.1)
    heard = np.abs(sound_of(clip.path)).max(axis=0)
    assert heard[round((begin + 0.1) * RATE) : round((end - 0.1) * RATE)].max(initial=0) < 0.01
    spoken = [n for n in range(6) if not begin <= n < end]
    for n in spoken:
        assert heard[round((n + 0.2) * RATE) : round((n + 0.8) * RATE)].max() > 0.1


def test_uneven_pictures_come_out_even_and_within_twenty_milliseconds_of_the_sound(
    tmp_path: Path,
) -> None:
    chance, at = np.random.default_rng(5), [1.013, 2.507, 3.871]
    times = np.sort(np.concatenate([np.cumsum(chance.uniform(0.01, 0.12, 90)), [0.0]]))
    times = np.round(times[times < 5], 4)
    clear = [t for t in times if all(not -0.02 < t - a < 0.09 for a in at)]
    shown = sorted({*clear, *at, *(a + 0.08 for a in at)})
    pictures = [plain((250,) * 3) if t in at else plain((60,) * 3) for t in shown]
    film = write_film(
        tmp_path / "f.mp4", pictures, times=[float(t) for t in shown], sound=beeps(5, at)
    )
    clip = rendered(film, tmp_path / "c", end_s=4.8)
    seen, heard = seen_and_heard(clip)
    assert len(seen) == 3
    assert seen == pytest.approx(at, abs=0.04)
    assert heard == pytest.approx(seen, abs=0.02)
    steps = np.diff([t for t, _ in frames_of(clip.path)])
    assert steps == pytest.approx(steps[0], abs=2e-3)


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, probability=1.0)


@pytest.fixture(scope="module")
def green(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Picture]]:
    """A film of one color, and the pictures of its clip with nothing written on them."""
    folder = tmp_path_factory.mktemp("green")
    film = write_film(folder / "f.mp4", [plain((60, 90, 60))] * 70, sound=speech_like(2.8))
    return film, [picture for _, picture in frames_of(rendered(film, folder / "c", shrunk=2).path)]


@pytest.mark.parametrize(
    "said",
    [
        [word("Donaudampfschifffahrt" * 15, 0.3, 2.5)],
        [word("🎉", 0.2, 0.8), word("🎉🎉", 0.9, 1.4), word("👩‍👩‍👧‍👦", 1.5, 2.4)],
        [word("בשנת", 0.2, 0.8), word("1948", 0.8, 1.4), word("3%.", 1.4, 2.6)],
        [word("بنسبة", 0.2, 1.0), word("٢٥٪", 1.0, 1.8), word("2026", 1.8, 2.6)],
        [word("\u202e\u200f\u0000abc", 0.2, 1.2), word("\u0301\u0302" * 40, 1.2, 2.4)],
    ],
    ids=["300 letters", "emoji", "Hebrew and digits", "Arabic and digits", "marks alone"],
)
def test_words_that_no_typesetter_likes_stay_inside_the_picture(
    green: tuple[Path, list[Picture]], said: list[Word], tmp_path: Path
) -> None:
    film, clean = green
    clip = rendered(film, tmp_path / "a", words=said, style="neon", shrunk=2)
    written = frames_of(clip.path)
    touched = np.zeros((640, 360), bool)
    for (_, a), b in zip(written, clean, strict=True):
        touched |= np.abs(a.astype(np.int16) - b).max(axis=2) > 40
    columns = np.flatnonzero(touched.any(axis=0))
    assert len(columns)
    assert columns[0] >= SAFE_X[0] * 360 - 4
    assert columns[-1] <= SAFE_X[1] * 360 + 4


def test_a_word_longer_than_two_lines_is_shown_in_parts_that_can_be_read() -> None:
    said = [word("ab", 0.0, 1.0), word("Llanfaiŕpwll" * 25, 1.0, 11.0)]
    first, *parts = short_enough(said, width=600.0, measure=lambda text: 20.0 * len(text))
    assert first == said[0]
    assert "".join(part.text for part in parts) == said[1].text
    assert max(len(part.text) for part in parts) <= 62
    assert not any(part.text.startswith("́") for part in parts)
    assert [part.start_s for part in parts[1:]] == pytest.approx([p.end_s for p in parts[:-1]])
    assert (parts[0].start_s, parts[-1].end_s) == pytest.approx((1.0, 11.0))


@pytest.mark.parametrize("title", ["Donaudampfschifffahrt" * 12, "www." + "a" * 260 + ".org is it"])
def test_a_title_without_spaces_stays_inside_the_picture(title: str, tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", [plain((60, 90, 60))] * 15, sound=speech_like(0.6))
    options = replace(FAST, hook_title=True)
    clip = rendered(
        film, tmp_path / "c", style="white_bold", options=options, title=title, shrunk=2
    )
    picture = frame_of(clip.path, 10).astype(int)
    columns = np.flatnonzero((np.abs(picture - (60, 90, 60)).max(axis=2) > 40).any(axis=0))
    assert columns[0] >= SAFE_X[0] * 360 - 4
    assert columns[-1] <= SAFE_X[1] * 360 + 4


def test_a_word_of_two_minutes_is_shown_all_the_time(
    green: tuple[Path, list[Picture]], tmp_path: Path
) -> None:
    film, _ = green
    said = [word("Ommmm", -58.5, 61.5)]
    clip = rendered(film, tmp_path / "b", words=said, style="white_bold")
    assert clip.duration_s == pytest.approx(2.8, abs=0.1)
    assert all(np.ptp(picture.max(axis=2)) > 100 for _, picture in frames_of(clip.path))


@pytest.mark.parametrize("seed", [0, 1])
def test_a_file_full_of_holes_is_refused_by_name_or_played(seed: int, tmp_path: Path) -> None:
    film = write_film(tmp_path / "f.mp4", flashes(2, [1.0]), sound=beeps(2, [1.0]))
    raw, random = bytearray(film.read_bytes()), np.random.default_rng(seed)
    for place in random.integers(0, len(raw), 400):
        raw[place] = random.integers(0, 256)
    film.write_bytes(raw)
    with suppress(SourceError):
        assert rendered(film, tmp_path / "c").duration_s > 0
    assert not list(tmp_path.glob(".*"))
