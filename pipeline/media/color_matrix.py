"""With which matrix a picture's colours were coded (ITU-T H.273)."""

from av.video.frame import VideoFrame

from pipeline.core.data import VideoStream
from pipeline.media.frames import upright_size

HD_HEIGHT = 720  # from here on an untold colour matrix is BT.709
MATRICES = {1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}
LUMA = {  # shares of red and blue in luma
    "bt709": (0.2126, 0.0722),
    "fcc": (0.30, 0.11),
    "bt470bg": (0.299, 0.114),
    "smpte170m": (0.299, 0.114),
    "smpte240m": (0.212, 0.087),
    "bt2020": (0.2627, 0.0593),
}


def matrix_of(frame: VideoFrame, video: VideoStream) -> str:
    """Name of the matrix that the frame's colours were coded with."""
    height = upright_size(video)[1]
    untold = "bt709" if max(height, frame.height) >= HD_HEIGHT else "smpte170m"
    return MATRICES.get(int(frame.colorspace), untold)
