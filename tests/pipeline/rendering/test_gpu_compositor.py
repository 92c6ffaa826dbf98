"""What torch composes is what FFmpeg's filters compose, on the processor and on any card."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
import skia
import torch
from av.video.frame import VideoFrame
from films import plain, write_film
from project_paths import SAMPLE
from shots import cropped
from shots import stream as video

from pipeline.captions.drawing.blending import fade_stamp, prepare
from pipeline.captions.drawing.typesetting import Tile
from pipeline.core.brand import Brand, CallToAction
from pipeline.core.control import Control
from pipeline.core.data import (
    Box,
    CropKey,
    LayoutKind,
    Options,
    Span,
    VideoStream,
    Word,
)
from pipeline.core.errors import Canceled
from pipeline.media.planes import pixels
from pipeline.media.probing import probe
from pipeline.rendering import gpu
from pipeline.rendering.clip_plan import ClipPlan
from pipeline.rendering.clip_renderer import render_clip
from pipeline.rendering.compositor import Canvas
from pipeline.rendering.gpu_compositor import CardCanvas
from pipeline.rendering.surface import InMemory, Lifted, OnCard, Surface

Levels = npt.NDArray[np.int16]

CPU = torch.device("cpu")
DEVICES = [
    CPU,
    pytest.param(
        torch.device("cuda"),
        marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
    ),
]
WHOLE = Box(x=0.0, y=0.0, w=1280.0, h=720.0)  # the sample's picture
TALL, WIDE = (540, 960), (960, 540)
SMALL = [(270, 480), (480, 270)]  # rounding weighs as much in them, where no ground is drawn


def busy(width: int, height: int, kind: str = "yuv420p") -> VideoFrame:
    """Stripes, edges, soft slopes and a little noise, in color."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [128 + 90 * np.sin(x / a) * np.cos(y / b) for a, b in ((3.1, 50), (23, 9), (40, 5))]
    picture = np.stack(waves, 2)
    picture[(x // 37 + y // 29) % 5 == 0] = 250
    picture += np.random.default_rng(5).normal(0, 4, picture.shape)
    frame = VideoFrame.from_ndarray(np.clip(picture, 0, 255).astype(np.uint8), format="rgb24")
    frame = frame.reformat(format=kind, dst_colorspace="ITU709")
    frame.colorspace, frame.color_range = 1, 1
    return frame


def boxes_of(stream: VideoStream, layout: LayoutKind, size: tuple[int, int]) -> list[Box]:
    """Crops on odd places, of a size between the pixels."""
    if layout == "fit":
        return [Box(x=0.0, y=0.0, w=float(stream.width), h=float(stream.height))]
    width, height = size
    ratio = width / height
    if layout == "split":
        ratio = width / (height / 2) if height > width else width / 2 / height
    h = min(stream.height, stream.width / ratio) * 0.83
    first = Box(x=stream.width * 0.031, y=stream.height * 0.043, w=h * ratio, h=h)
    second = Box(x=stream.width - h * ratio, y=5.5, w=h * ratio, h=h)
    return [first] if layout == "crop" else [first, second]


def planes(surface: Surface) -> list[Levels]:
    return [pixels(p).astype(np.int16) for p in surface.viewable().planes]


def differences(a: Surface, b: Surface) -> Levels:
    """Of all planes' levels."""
    parts = [np.abs(x - y).ravel() for x, y in zip(planes(a), planes(b), strict=True)]
    return np.concatenate(parts)


def agree(a: Surface, b: Surface) -> bool:
    """Within a level; one of a hundred thousand may be told two apart by both sides' rounding."""
    different = differences(a, b)
    return bool(different.max() <= 2 and np.mean(different > 1) <= 1e-5)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("size", SMALL, ids=["tall", "wide"])
@pytest.mark.parametrize("layout", ["crop", "split"])
@pytest.mark.parametrize(
    "stream",
    [
        video(320, 180),
        video(160, 90),
        video(640, 360),
        video(240, 136, rotation=90),
        video(240, 136, rotation=180),
        video(240, 136, rotation=270),
        video(270, 480),
    ],
    ids=["720p", "360p", "1440p", "turned", "upside down", "turned back", "upright"],
)
def test_crops_agree_within_a_level(
    stream: VideoStream, layout: LayoutKind, size: tuple[int, int], device: torch.device
) -> None:
    frame = busy(stream.stored_width, stream.stored_height)
    boxes = boxes_of(stream, layout, size)
    ours = CardCanvas(stream, *size, device).compose(frame, layout, boxes)
    theirs = Canvas(stream, *size).compose(frame, layout, boxes)
    assert agree(ours, theirs)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("size", [TALL, WIDE], ids=["tall", "wide"])
def test_pans_agree_within_a_level(size: tuple[int, int], device: torch.device) -> None:
    stream, frame = video(640, 360), busy(640, 360)
    ours, theirs = CardCanvas(stream, *size, device), Canvas(stream, *size)
    (box,) = boxes_of(stream, "crop", size)
    for n in range(6):
        at = [Box(x=box.x + 0.37 * n, y=box.y, w=box.w, h=box.h)]
        assert agree(ours.compose(frame, "crop", at), theirs.compose(frame, "crop", at))


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("size", [TALL, WIDE], ids=["tall", "wide"])
@pytest.mark.parametrize("shape", [(640, 360), (360, 640), (240, 240)])
@pytest.mark.parametrize("bars", [(0, 0), (0, 31), (37, 5)], ids=["none", "letterbox", "window"])
def test_the_whole_picture_agrees_and_its_ground_nearly(
    shape: tuple[int, int], bars: tuple[int, int], size: tuple[int, int], device: torch.device
) -> None:
    stream, frame = video(*shape), busy(*shape)
    (x, y), (width, height) = bars, shape
    whole = [Box(x=x, y=y, w=width - 2 * x, h=height - 2 * y)]
    different = differences(
        CardCanvas(stream, *size, device).compose(frame, "fit", whole),
        Canvas(stream, *size).compose(frame, "fit", whole),
    )
    assert different.max() <= 3
    assert np.mean(different > 1) < 0.02


@pytest.mark.parametrize("device", DEVICES)
def test_a_small_camera_above_a_screen_agrees_and_its_ground_nearly(device: torch.device) -> None:
    stream, frame = video(640, 360), busy(640, 360)
    boxes = [Box(x=500.5, y=45.0, w=108.0, h=84.0), Box(x=6.0, y=45.0, w=476.0, h=268.0)]
    different = differences(
        CardCanvas(stream, *TALL, device).compose(frame, "screen", boxes),
        Canvas(stream, *TALL).compose(frame, "screen", boxes),
    )
    assert different.max() <= 3
    assert np.mean(different > 1) < 0.02


@pytest.mark.parametrize("device", DEVICES)
def test_ten_bits_and_a_cards_own_order_agree(device: torch.device) -> None:
    stream = video(320, 180)
    boxes = boxes_of(stream, "crop", SMALL[0])
    for kind in ("nv12", "p010le", "yuv420p10le"):
        frame = busy(320, 180, kind)
        ours = CardCanvas(stream, *SMALL[0], device).compose(frame, "crop", boxes)
        theirs = Canvas(stream, *SMALL[0]).compose(frame, "crop", boxes)
        assert agree(ours, theirs), kind


@pytest.mark.parametrize("colors", [(5, 1), (6, 1), (1, 2), (5, 2), (9, 1), (7, 1), (2, 1)])
@pytest.mark.parametrize("device", DEVICES)
def test_colors_of_other_matrices_agree(colors: tuple[int, int], device: torch.device) -> None:
    """Flat ones within two levels: FFmpeg goes by way of RGB, which rounds twice and has edges."""
    stream = video(160, 90)
    for levels in ((81, 100, 200), (145, 80, 90), (60, 180, 120), (150, 110, 155), (128, 128, 128)):
        frame = VideoFrame(160, 90, "yuv420p")
        for plane, level in zip(frame.planes, levels, strict=True):
            pixels(plane)[...] = level
        frame.colorspace, frame.color_range = colors
        boxes = boxes_of(stream, "crop", SMALL[0])
        ours = CardCanvas(stream, *SMALL[0], device).compose(frame, "crop", boxes)
        theirs = Canvas(stream, *SMALL[0]).compose(frame, "crop", boxes)
        assert differences(ours, theirs).max() <= 2, levels


@pytest.mark.parametrize("device", DEVICES)
def test_captions_are_blended_to_the_same_levels(device: torch.device) -> None:
    rng = np.random.default_rng(2)
    ground = busy(*SMALL[0])
    nv12 = ground.reformat(format="nv12")
    for x, y, share in ((0, 0, 1.0), (24, 440, 0.4), (125, 225, 0.99)):
        alpha = rng.integers(0, 256, (38, 104, 1))
        rgba = np.concatenate([rng.integers(0, 256, (38, 104, 3)) * alpha // 255, alpha], 2)
        stamp = fade_stamp(prepare(Tile(x=x, y=y, rgba=rgba.astype(np.uint8))), share)
        card = OnCard(torch.from_numpy(nv12.to_ndarray().copy()).to(device), Lifted(device))
        memory = InMemory(ground).copy()
        before = planes(card)
        drawn = card.copy()
        for surface in (drawn, memory):
            surface.blend(stamp)
        assert differences(drawn, memory).max() == 0
        assert all(np.array_equal(a, b) for a, b in zip(before, planes(card), strict=True))


def rendered(
    stem: Path, card: torch.device | None, words: Sequence[Word], brand: Brand | None = None
) -> list[Levels]:
    """The pictures of two clips of the sample: one with captions, one without."""
    source = probe(SAMPLE)
    span = Span(start_s=2.0, end_s=2.8)
    keys = [
        CropKey(t_s=t_s, box=Box(x=x, y=0.0, w=405.0, h=720.0))
        for t_s, x in ((2.0, 300.0), (2.4, 316.0))
    ]
    size = (324, 576)  # large enough for a pan to glide
    pan = cropped("crop", keys, size=size, start_s=2.0, end_s=2.4)
    fit = cropped("fit", WHOLE, size=size, start_s=2.4, end_s=2.8)
    path = replace(pan, segments=(*pan.segments, *fit.segments))
    clip = render_clip(
        ClipPlan(
            source=source,
            span=span,
            words=words,
            path=path,
            style="white_bold",
            options=Options(quality="fast", clean_video=True, brand=brand),
            title="A title",
        ),
        stem=stem,
        control=Control(),
        card=card,
    )
    assert clip.clean is not None
    assert clip.thumbnails[0].stat().st_size > 5_000
    levels = []
    for file in (clip.path, clip.clean):
        with av.open(str(file)) as container:
            assert len(container.streams.audio) == 1
            levels += [f.to_ndarray().astype(np.int16) for f in container.decode(video=0)]
    return levels


@pytest.mark.parametrize("device", DEVICES)
def test_a_clip_is_the_same_wherever_it_was_composed(tmp_path: Path, device: torch.device) -> None:
    if device.type == "cuda":  # or it would be made without the card, and be the same
        seconds = Span(start_s=2.0, end_s=2.2)
        frames = gpu.decode_on_card(probe(SAMPLE), [seconds], Control(), device)
        assert frames is not None
        assert {frame.format.name for _, frame in frames} == {"cuda"}
    words = [
        Word(text="Hello", start_s=2.1, end_s=2.4, probability=1.0),
        Word(text="there.", start_s=2.4, end_s=2.7, probability=1.0),
    ]
    card, memory = (rendered(tmp_path / n, d, words) for n, d in (("a", device), ("b", None)))
    assert len(card) == len(memory) == 2 * 20
    errors = np.array([np.mean((a - b) ** 2.0) for a, b in zip(card, memory, strict=True)])
    assert (10 * np.log10(255**2 / np.maximum(errors, 1e-9))).min() > 38  # dB; the encoder's own


@pytest.mark.parametrize("device", DEVICES)
def test_a_brand_is_the_same_wherever_it_was_composed(tmp_path: Path, device: torch.device) -> None:
    write_film(tmp_path / "intro.mp4", [plain((20, 30, 90))] * 15)
    logo = skia.Surface(200, 100)
    logo.getCanvas().clear(skia.Color(255, 0, 0))
    logo.makeImageSnapshot().save(str(tmp_path / "logo.png"), skia.kPNG)
    brand = Brand(
        intro="intro.mp4",
        logo="logo.png",
        title_card_s=0.4,
        call_to_action=CallToAction(text="Link in bio", seconds=0.4),
    ).located(tmp_path)
    card, memory = (rendered(tmp_path / n, d, [], brand) for n, d in (("a", device), ("b", None)))
    assert len(card) == len(memory) == 2 * (15 + 10 + 20 + 10)
    errors = np.array([np.mean((a - b) ** 2.0) for a, b in zip(card, memory, strict=True)])
    assert (10 * np.log10(255**2 / np.maximum(errors, 1e-9))).min() > 38  # dB; the encoder's own


def test_highlights_are_left_to_the_processor() -> None:
    source, span = probe(SAMPLE), Span(start_s=0.0, end_s=1.0)
    assert source.video is not None
    frames = gpu.decode_on_card(source, [span], Control(), CPU)
    assert frames is not None
    assert len(list(frames)) == 25
    bright = replace(source, video=replace(source.video, hdr=True))
    assert gpu.decode_on_card(bright, [span], Control(), CPU) is None


def test_a_card_that_fails_costs_no_clip(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[torch.device | None] = []

    def make(card: torch.device | None) -> str:
        seen.append(card)
        if card is not None:
            raise torch.cuda.OutOfMemoryError("no room")
        return "clip"

    assert gpu.with_fallback(make, CPU) == "clip"
    assert seen == [CPU, None]
    assert "no room" in caplog.text

    def canceled(card: torch.device | None) -> str:
        seen.append(card)
        raise Canceled("stop")

    with pytest.raises(Canceled):
        gpu.with_fallback(canceled, CPU)
    assert seen == [CPU, None, CPU]
