"""Encodes one picture as JPEG."""

from fractions import Fraction

from av.codec import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

LAMBDA = 118  # libavcodec's FF_QP2LAMBDA: what one step of the quantizer is in its options


def jpeg(picture: VideoFrame, quantizer: int, *, width: int | None = None) -> bytes:
    """Encode a BT.709 picture, at most `width` pixels wide.

    quantizer: 1 to 31; 2 looks like the picture, 3 is a fifth smaller.

    libavcodec does it without the interpreter's lock. Skia keeps the lock, and the event loop had
    to wait for 40 ms with each thumbnail.
    """
    size = {}
    if width is not None and width < picture.width:
        height = max(1, round(picture.height * width / picture.width))
        size = {"width": width, "height": height}
    # JFIF is BT.601 in its full range. One thread: several leave garbage at the left edge of rows
    # where their parts meet.
    frame = VideoReformatter().reformat(
        picture,
        **size,
        format="yuvj420p",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU601,
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    frame.pts = 0
    encoder = CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = frame.width, frame.height, "yuvj420p"
    encoder.time_base, encoder.thread_count = Fraction(1), 1
    step, least = str(quantizer), str(quantizer * LAMBDA)
    encoder.options = {
        "qmin": step,
        "qmax": step,
        "lmin": least,
        "lmax": least,
        "flags": "+bitexact",  # no comment that names the encoder
    }
    return b"".join(bytes(part) for part in [*encoder.encode(frame), *encoder.encode(None)])
