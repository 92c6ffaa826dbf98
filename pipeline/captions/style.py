"""Caption styles: files of fonts, colors and lengths in `styles/`, no code."""

import tomllib
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

STYLES = Path(__file__).with_name("styles")


class UnknownStyle(ValueError):
    """There is no caption style of this name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLook:
    """The look of letters; lengths in shares of the text's size."""

    families: tuple[str, ...] = ("Inter",)
    weight: int = 700  # 100..900
    size: float = 0.06  # share of the picture's shorter side
    uppercase: bool = False
    max_words: int = 4
    drop: str = ""  # characters dropped at the end of a word
    letter_spacing: float = 0.0
    stretch: float = 1.0  # width of letters; below 1 condensed


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Colors as #RRGGBB or #RRGGBBAA."""

    text: str = "#FFFFFF"
    spoken: str = "#FFFFFF"
    key: str = "#FFD24A"  # of emphasized words
    stays: bool = False  # whether words keep the spoken color until the group ends
    speakers: tuple[str, ...] = ()  # in place of `text`, of the second, third, fourth speaker

    def of_speaker(self, number: int) -> "Colours":
        """Return the colors of the words of a speaker, 0 the first; many share the last color."""
        if not self.speakers or number == 0:
            return self
        return replace(self, text=self.speakers[min(number, len(self.speakers)) - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line around letters."""

    colour: str
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A blurred copy below letters."""

    colour: str
    blur: float
    dy: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Glow:
    """Light around letters."""

    text: str
    spoken: str
    blur: float
    key: str = "#FFD24A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A rounded rectangle behind lines, or behind the spoken word."""

    colour: str
    padding: float
    radius: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How words move; see `pipeline.captions.motion`."""

    entrance: Literal["none", "pop", "rise", "fade", "type"] = "none"  # of a group
    word: Literal["colour", "sweep", "box", "marker", "pop"] = "colour"  # of the spoken word
    shake: bool = False  # whether key words shake when they are spoken
    key_size: float = 1.12  # of key words, in text sizes


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """A caption style, as in its file."""

    name: str
    draw: bool = True
    text: TextLook = field(default_factory=TextLook)
    colour: Colours = field(default_factory=Colours)
    outline: Stroke | None = None
    shadow: Shadow | None = None
    glow: Glow | None = None
    box: Plate | None = None
    word_box: Plate | None = None
    motion: Motion = field(default_factory=Motion)


TABLES: dict[str, type] = {
    "text": TextLook,
    "colour": Colours,
    "outline": Stroke,
    "shadow": Shadow,
    "glow": Glow,
    "box": Plate,
    "word_box": Plate,
    "motion": Motion,
}


@cache
def style_names() -> tuple[str, ...]:
    """Return the known styles in alphabetical order."""
    return tuple(sorted(path.stem for path in STYLES.glob("*.toml")))


@cache
def load_style(name: str) -> Style:
    """Load the style of this name. Raises UnknownStyle, which lists the known ones."""
    if name not in style_names():
        raise UnknownStyle(f"No caption style {name!r}; known: {', '.join(style_names())}.")
    raw = tomllib.loads((STYLES / f"{name}.toml").read_text("utf-8"))
    return Style(name=name, **{key: _read(key, value) for key, value in raw.items()})


def _read(key: str, value: Any) -> Any:
    """Turn a table of a style's file into its class, and lists into tuples."""
    if key not in TABLES:
        return value
    lists = {name: tuple(item) for name, item in value.items() if isinstance(item, list)}
    return TABLES[key](**{**value, **lists})
