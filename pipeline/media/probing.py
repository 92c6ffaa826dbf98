"""Open a file, choose its video and audio streams, and say why if it cannot be used.

The only module that knows how files store rotation, pixel shape and start times; everything after
it is in display pixels and in seconds from the earlier start of video and audio.
"""

import os
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream as AvAudio
from av.container import InputContainer
from av.stream import Disposition, Stream
from av.video.frame import VideoFrame
from av.video.stream import VideoStream as AvVideo

from pipeline.core.data import AudioStream, Source, VideoStream
from pipeline.core.errors import Corrupt, Encrypted, NoAudio, TooLong, TooShort, UnsupportedCodec
from pipeline.media.container import MAX_PIXELS, demux, is_url, open_container
from pipeline.media.duration import Extent, measure
from pipeline.media.packets import raise_if_machine
from pipeline.media.sniffing import WANTED, refuse_non_media

MAX_PLAUSIBLE_S = 100 * 3600.0  # longest plausible recording; a damaged clock counts in years
MAX_DECODE_PACKETS = 2_000  # read for the first picture and the first sound
MAX_DECODE_PIXELS = 1_000_000_000  # in pictures given to the decoder: 30 of 8K, 480 of 1080p
NO_SOUND = AudioStream(index=-1, codec="", sample_rate=48_000, channels=0)
MEGAPIXELS = MAX_PIXELS // 1_000_000
PQ, HLG = 16, 18  # transfer characteristics of ITU-T H.273
NOT_A_PICTURE = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
SECONDARY = Disposition.comment | Disposition.visual_impaired | Disposition.dependent


def probe(
    path: str | os.PathLike[str],
    *,
    min_duration_s: float = 5.0,
    max_duration_s: float | None = None,
    may_be_silent: bool = False,
) -> Source:
    """Open `path` and describe the streams to use.

    `may_be_silent`: a video without sound gets NO_SOUND in place of its audio stream.

    Raises NotAVideo, Corrupt, Encrypted, NoAudio, UnsupportedCodec, TooShort or TooLong, checked in
    this order; OSError if there is no such file, or the disk cannot be read.
    """
    if not is_url(path):
        refuse_non_media(Path(path))
    try:
        with open_container(path) as container:
            picture, sound = _choose(container, may_be_silent=may_be_silent)
            chosen: list[Stream] = [s for s in (picture, sound) if s is not None]
            _refuse_encrypted(container, chosen)
            _refuse_unknown_codecs(chosen)
            _refuse_size(picture)
            indices = [s.index for s in chosen]
        extent = measure(path, indices)
        if extent is None:
            raise Corrupt("The file is damaged: its header declares video, but it contains none.")
        _refuse_length(extent, min_duration_s, max_duration_s)
        with open_container(path) as container:  # again: not every format can seek to its start
            return _describe(container, Path(path), extent, may_be_silent=may_be_silent)
    except av.FFmpegError as error:
        raise_if_machine(error, path)
        raise Corrupt(
            "The file cannot be opened: its index is missing or damaged, for example after an "
            f"interrupted upload, or its format is not supported. {WANTED}"
        ) from error


def _choose(
    container: InputContainer, *, may_be_silent: bool
) -> tuple[AvVideo | None, AvAudio | None]:
    """Return the video and audio streams to use.

    Raises Corrupt if there is neither, NoAudio if there is no audio and has to be.
    """
    picture = _choose_picture(container)
    sound = _choose_sound(container, picture)
    if sound is not None or (may_be_silent and picture is not None):
        return picture, sound
    if picture is None:
        raise Corrupt(f"The file contains neither video nor audio. {WANTED}")
    raise NoAudio("The video has no audio track to transcribe.")


def _describe(
    container: InputContainer, path: Path, extent: Extent, *, may_be_silent: bool
) -> Source:
    """Build the Source from the first decoded picture and sound."""
    picture, sound = _choose(container, may_be_silent=may_be_silent)
    frame = _first_frames(container, picture, sound)
    return Source(
        path=path,
        container=container.format.name.split(",")[0],
        duration_s=extent.end_s - extent.start_s,
        origin_s=extent.start_s,
        video=_video(picture, frame) if picture is not None and frame is not None else None,
        audio=NO_SOUND if sound is None else _audio(sound),
    )


def _audio(sound: AvAudio) -> AudioStream:
    return AudioStream(
        index=sound.index,
        codec=sound.codec_context.name,
        sample_rate=sound.codec_context.sample_rate,
        channels=sound.codec_context.channels,
    )


def _choose_picture(container: InputContainer) -> AvVideo | None:
    """Return the default video stream, else the largest; never cover art."""
    candidates = [s for s in container.streams.video if not s.disposition & NOT_A_PICTURE]

    def rank(stream: AvVideo) -> tuple[bool, bool, int, int]:
        context = stream.codec_context
        area = context.width * context.height if context is not None else 0
        return (*_importance(stream), area, -stream.index)

    return max(candidates, key=rank, default=None)


def _choose_sound(container: InputContainer, picture: AvVideo | None) -> AvAudio | None:
    """Return the default audio stream, else the one with the most channels.

    Among equals, the stream that follows the video wins. Commentary or audio description is chosen
    only if it is the only audio.
    """
    after = picture.index if picture is not None else -1

    def rank(stream: AvAudio) -> tuple[bool, bool, int, float]:
        context = stream.codec_context
        distance = abs(stream.index - after - 0.5)  # prefers the later of two neighbors
        return (*_importance(stream), context.channels if context is not None else 0, -distance)

    return max(container.streams.audio, key=rank, default=None)


def _importance(stream: Stream) -> tuple[bool, bool]:
    """Return the importance that the file itself assigns to a stream."""
    return (not stream.disposition & SECONDARY, bool(stream.disposition & Disposition.default))


def _refuse_encrypted(container: InputContainer, streams: list[Stream]) -> None:
    """Raise Encrypted if one of the first packets carries decryption parameters."""
    for count, packet in enumerate(demux(container, streams)):
        if packet.has_sidedata("encryption_info"):
            raise Encrypted(
                "The video is encrypted (DRM) and cannot be read. Send an unprotected copy."
            )
        if count >= 8:
            break


def _refuse_unknown_codecs(streams: list[Stream]) -> None:
    """Raise UnsupportedCodec for a stream without a decoder."""
    for stream in streams:
        if stream.codec_context is None or not stream.codec_context.is_decoder:
            what = "picture" if stream.type == "video" else "sound"
            raise UnsupportedCodec(
                f"The codec of the {what} is not supported. H.264, HEVC, VP9 or AV1 with "
                "AAC, Opus or MP3 sound works."
            )


def _refuse_size(picture: AvVideo | None) -> None:
    """Raise UnsupportedCodec for a picture that needs too much memory, before decoding it.

    If the header is wrong or silent about the size, the decoder refuses the picture as if damaged.
    """
    if picture is None:
        return
    width, height = picture.codec_context.width, picture.codec_context.height
    if width * height > MAX_PIXELS:
        raise UnsupportedCodec(
            f"The picture is {width} × {height} pixels large; at most {MEGAPIXELS} "
            "megapixels are accepted. 8K video (7680 × 4320) and smaller works."
        )


def _refuse_length(extent: Extent, min_s: float, max_s: float | None) -> None:
    """Raise TooShort or TooLong; Corrupt if header and packets disagree, or the clock is broken."""
    duration = extent.end_s - extent.start_s
    declared = extent.declared_end_s
    if duration < min_s:
        if declared is not None and declared - extent.start_s >= min_s:
            raise Corrupt(
                f"The file is damaged: its header promises {declared - extent.start_s:.1f} s, but "
                f"only {duration:.1f} s are inside."
            )
        raise TooShort(
            f"The recording lasts {duration:.1f} s; at least {min_s:g} s are needed to make a clip."
        )
    if duration > MAX_PLAUSIBLE_S:
        raise Corrupt(
            f"The file is damaged: by its own clock it lasts {duration / 3600:,.0f} hours."
        )
    if max_s is not None and duration > max_s:
        raise TooLong(
            f"The recording lasts {duration / 60:.1f} minutes; at most {max_s / 60:g} are accepted."
        )


def _first_frames(
    container: InputContainer, picture: AvVideo | None, sound: AvAudio | None
) -> VideoFrame | None:
    """Decode until there are one picture and one sound; raise Corrupt if there are not."""
    wanted: list[Stream] = [s for s in (picture, sound) if s is not None]
    frame: VideoFrame | None = None
    has_sound = sound is None
    pixels = 0
    for count, packet in enumerate(demux(container, wanted)):
        is_picture = picture is not None and packet.stream_index == picture.index
        try:
            if picture is not None and is_picture:
                pixels += picture.codec_context.width * picture.codec_context.height
            for decoded in () if is_picture and frame else packet.decode():
                if isinstance(decoded, VideoFrame):
                    frame = frame or decoded
                else:
                    has_sound = True
        except av.FFmpegError:
            pass  # a damaged start is common; only the outcome counts
        if has_sound and (frame is not None or picture is None):
            return frame
        if count > MAX_DECODE_PACKETS or pixels > MAX_DECODE_PIXELS:
            break
    if frame is not None or picture is None:
        raise Corrupt("The file is damaged: none of its audio can be decoded.")
    size = "" if picture.codec_context.width else f", or it has more than {MEGAPIXELS} megapixels"
    raise Corrupt(f"The file is damaged: none of its video can be decoded{size}.")


def _video(stream: AvVideo, frame: VideoFrame) -> VideoStream:
    """Return geometry and timing of the picture in display pixels."""
    aspect = _sane_aspect(stream.sample_aspect_ratio)
    width, height = max(1, round(frame.width * aspect)), frame.height
    rotation = _clockwise(frame.rotation)
    if rotation in (90, 270):
        width, height = height, width
    return VideoStream(
        index=stream.index,
        codec=stream.codec_context.name,
        stored_width=frame.width,
        stored_height=frame.height,
        width=width,
        height=height,
        rotation=rotation,
        sample_aspect=aspect,
        fps=_sane_fps(stream),
        hdr=int(frame.color_trc) in (PQ, HLG),
    )


def _clockwise(counterclockwise: float) -> int:
    """Return FFmpeg's rotation as 0, 90, 180 or 270 clockwise; 0 if it is near none of them."""
    if not -360 <= counterclockwise <= 360:
        return 0
    quarter = round(counterclockwise / 90)
    return -90 * quarter % 360 if abs(counterclockwise - 90 * quarter) <= 5 else 0


def _sane_aspect(aspect: Fraction | None) -> Fraction:
    """Return the sample aspect ratio, or 1 if it is missing or damaged (beyond 1:8 or 8:1)."""
    if aspect is None or not Fraction(1, 8) <= aspect <= 8:
        return Fraction(1)
    return aspect


def _sane_fps(stream: AvVideo) -> Fraction:
    """Return the average frames per second, or 25 if the file declares nothing plausible."""
    for rate in (stream.average_rate, stream.guessed_rate, stream.base_rate):
        if rate is not None and Fraction(1, 10) <= rate <= 1000:
            return rate
    return Fraction(25)
