"""Detects faces: YuNet, reimplemented for its weights.

Wu et al. 2023: YuNet, A Tiny Millisecond-level Face Detector (Machine Intelligence Research). The
network has 76,000 parameters: convolutions of one point and of one channel in turns, three levels
of features, and for each place of a level a score, a box and five landmarks.
"""

from importlib import resources

import pipeline.core.thread_policy  # noqa: F401 - before torch is loaded

# isort: split
import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load
from torch.nn import functional

WEIGHTS = "faces.safetensors"
STRIDES = (8, 16, 32)  # pixels of the picture between two places of a level
HEADS = {"class": 1, "box": 4, "object": 1, "landmarks": 10}  # numbers of each place
_BACKBONE = (1, 4, 2, 2, 2)  # units between which the features are halved
_NECK = (13, 12, 11)  # the unit of each level before its head

Picture = npt.NDArray[np.uint8]  # (height, width, 3), RGB
Candidates = npt.NDArray[np.float32]  # (n, 15): score, left, top, right, bottom, five points
State = dict[str, torch.Tensor]


class Yunet:
    """The network, on the CPU; thread-safe."""

    def __init__(self, state: State) -> None:
        self._stem = state["stem.weight"], state["stem.bias"]
        units = iter([_Unit(state, f"unit{n}") for n in range(sum(_BACKBONE))])
        self._backbone = [[next(units) for _ in range(count)] for count in _BACKBONE]
        self._neck = [_Unit(state, f"unit{n}") for n in _NECK]
        self._heads = [_Unit(state, f"head{n}", is_last=True) for n in range(len(STRIDES))]

    @classmethod
    def packaged(cls) -> "Yunet":
        """Load the weights that are part of the package (see training/faces.py)."""
        raw = resources.files("pipeline").joinpath(f"weights/{WEIGHTS}").read_bytes()
        return cls(load(raw))

    @torch.inference_mode()
    def __call__(self, picture: Picture, least: float) -> Candidates:
        """Return the candidates whose score is `least` or more, in no order."""
        rows, columns = picture.shape[:2]
        x = torch.from_numpy(picture)[None].permute(0, 3, 1, 2).float()
        # Zeros, as in the authors' library, up to what the last stride divides
        x = functional.pad(x, (0, -columns % STRIDES[-1], 0, -rows % STRIDES[-1]))
        x = functional.conv2d(x, *self._stem, stride=2, padding=1).relu_()
        features = []
        for n, units in enumerate(self._backbone):
            x = functional.max_pool2d(x, 2) if n else x
            for unit in units:
                x = unit(x)
            features.append(x)
        found = []
        for level in reversed(range(len(STRIDES))):
            below = features[level - len(STRIDES)]
            if x is not below:
                x = below + functional.interpolate(x, scale_factor=2)
            x = self._neck[level](x)
            found.append(_decode(self._heads[level](x)[0], STRIDES[level], least))
        return np.concatenate(found)


class _Unit:
    """A convolution of one point, then one of each channel with its neighbors."""

    def __init__(self, state: State, name: str, *, is_last: bool = False) -> None:
        self._point, self._depth = (
            (state[f"{name}.{kind}.weight"], state[f"{name}.{kind}.bias"])
            for kind in ("point", "depth")
        )
        self._is_last = is_last

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.conv2d(x, *self._point)
        x = functional.conv2d(x, *self._depth, padding=1, groups=x.shape[1])
        return x if self._is_last else x.relu_()


def _decode(numbers: torch.Tensor, stride: int, least: float) -> Candidates:
    """Return the candidates of a level: (16, rows, columns) as HEADS order them."""
    of_class, box, of_object, points = torch.split(numbers, list(HEADS.values()))
    score = (of_class[0].sigmoid() * of_object[0].sigmoid()).sqrt()
    y, x = torch.nonzero(score >= least, as_tuple=True)
    at = torch.stack((x, y)).float()
    middle, half = (box[:2, y, x] + at) * stride, box[2:, y, x].exp() * (stride / 2)
    marks = (points[:, y, x].reshape(5, 2, len(x)) + at).flatten(0, 1) * stride
    return torch.cat((score[None, y, x], middle - half, middle + half, marks)).T.numpy()
