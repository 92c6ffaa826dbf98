"""Where text may stand in a clip, by the app that it is for; the numbers are in safe_areas.toml."""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import cast

from pipeline.core.areas import Area
from pipeline.core.data import SafeAreaName

_REFERENCE = 1080, 1920  # pixels of the picture that the file's numbers are for
_WIDE = 0.06, 0.06, 0.08  # side, top, bottom of other shapes, shares; players show little over them


@dataclass(frozen=True, slots=True)
class SafeArea(Area):
    """Where text may be placed, even pixels of the clip: right and bottom exclusive."""

    @classmethod
    def of(cls, width: int, height: int, name: SafeAreaName = "standard") -> "SafeArea":
        """Return the area that the app `name` leaves free; the same for all if not vertical."""
        side, top, bottom = _shares(name) if height > width else _WIDE
        return cls(
            math.ceil(width * side / 2) * 2,
            math.ceil(height * top / 2) * 2,
            math.floor(width * (1 - side) / 2) * 2,
            math.floor(height * (1 - bottom) / 2) * 2,
        )


@cache
def _shares(name: SafeAreaName) -> tuple[float, float, float]:
    """Return side, top and bottom as shares of width and height."""
    text = (
        resources.files("pipeline").joinpath("captions/layout/safe_areas.toml").read_text("utf-8")
    )
    edges = cast(dict[str, int], tomllib.loads(text)[name])
    width, height = _REFERENCE
    return edges["side"] / width, edges["top"] / height, edges["bottom"] / height
