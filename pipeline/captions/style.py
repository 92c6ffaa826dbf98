"""Caption styles: files of fonts, colors and lengths in `styles/`, no code."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Colors as #RRGGBB or #RRGGBBAA."""

    text: str = "#FFFFFF"
    spoken: str = "#FFFFFF"
    key: str = "#FFD24A"  # of emphasized words
    stays: bool = False  # whether words keep the spoken color until the group ends


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


@cache
def style_names() -> tuple[str, ...]:
    """Return the known styles in alphabetical order."""
    return tuple(sorted(path.stem for path in STYLES.glob("*.toml")))


@cache
def load_style(name: str) -> Style:
    """Load the style of this name. Raises UnknownStyle, which lists the known ones."""
    if name not in style_names():
        raise UnknownStyle(f"No caption style {name!r}; known: {', '.join(style_names())}.")
    parts = {
        "text": TextLook,
        "colour": Colours,
        "outline": Stroke,
        "shadow": Shadow,
        "glow": Glow,
        "box": Plate,
        "word_box": Plate,
    }
    raw = tomllib.loads((STYLES / f"{name}.toml").read_text("utf-8"))
    if "text" in raw:
        raw["text"]["families"] = tuple(raw["text"]["families"])
    read = {key: parts[key](**value) if key in parts else value for key, value in raw.items()}
    return Style(name=name, **read)
