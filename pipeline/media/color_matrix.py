"""The matrix with which a picture's colors were coded (ITU-T H.273)."""

from av.video.frame import VideoFrame

from pipeline.core.data import VideoStream
from pipeline.media.frames import upright_size

HD_HEIGHT = 720  # pixels; from this height on, an unspecified matrix means BT.709
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
LUMA = {  # weights of red and blue in luma
    "bt709": (0.2126, 0.0722),
    "fcc": (0.30, 0.11),
    "bt470bg": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "bt2020": (0.2627, 0.0593),
}


def matrix_of(frame: VideoFrame, video: VideoStream) -> str:
    """Return the name of the matrix with which the frame's colors were coded."""
    height = upright_size(video)[1]
    default = "bt709" if max(height, frame.height) >= HD_HEIGHT else "smpte170m"
    return MATRICES.get(int(frame.colorspace), default)
