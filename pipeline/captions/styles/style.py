"""Caption styles: files of fonts, colors and lengths, no code. Those in `styles/` ship."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from pipeline.core.brand import Brand
from pipeline.core.data import Options

STYLES = Path(__file__).parent
STYLE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")

Color = Annotated[str, Meta(pattern=r"^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$")]
Length = Annotated[float, Meta(ge=0, le=1)]  # share of the text's size
Family = Annotated[str, Meta(min_length=1, max_length=100)]
Position = Literal["bottom", "middle", "top"]


class UnknownStyle(ValueError):
    """There is no caption style of this name."""


class BrokenStyle(ValueError):
    """The message names what is wrong in a style, as `table.key`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLook:
    """The look of letters; lengths in shares of the text's size."""

    families: Annotated[tuple[Family, ...], Meta(min_length=1, max_length=10)] = ("Inter",)
    weight: Annotated[int, Meta(ge=100, le=900)] = 700
    size: Annotated[float, Meta(ge=0.02, le=0.2)] = 0.06  # share of the picture's shorter side
    uppercase: bool = False
    max_words: Annotated[int, Meta(ge=1, le=12)] = 4
    drop: Annotated[str, Meta(max_length=50)] = ""  # characters dropped at the end of a word
    letter_spacing: Annotated[float, Meta(ge=-0.2, le=1)] = 0.0
    stretch: Annotated[float, Meta(ge=0.5, le=2)] = 1.0  # width of letters; below 1 condensed
    position: Position = "bottom"  # where captions stand if nothing is in the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Colours:
    """Colors as #RRGGBB or #RRGGBBAA."""

    text: Color = "#FFFFFF"
    spoken: Color = "#FFFFFF"
    key: Color = "#FFD24A"  # color of emphasized words
    stays: bool = False  # whether words keep the spoken color until the group ends
    speakers: tuple[Color, ...] = ()  # in place of `text`, of the second, third, fourth speaker

    def of_speaker(self, number: int) -> "Colours":
        """Return the colors of the words of a speaker, 0 the first; many share the last color."""
        if not self.speakers or number == 0:
            return self
        return replace(self, text=self.speakers[min(number, len(self.speakers)) - 1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A line around letters."""

    colour: Color
    width: Length


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A blurred copy below letters."""

    colour: Color
    blur: Length
    dy: Annotated[float, Meta(ge=-1, le=1)] = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Glow:
    """Light around letters."""

    text: Color
    spoken: Color
    blur: Length
    key: Color = "#FFD24A"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plate:
    """A rounded rectangle behind lines, or behind the spoken word."""

    colour: Color
    padding: Length
    radius: Length


@dataclass(frozen=True, slots=True, kw_only=True)
class Motion:
    """How words move; see `pipeline.captions.drawing.animation_timing`."""

    entrance: Literal["none", "pop", "rise", "fade", "type"] = "none"  # a group's
    word: Literal["colour", "sweep", "box", "marker", "pop"] = "colour"  # the spoken word's
    shake: bool = False  # whether key words shake when they are spoken
    key_size: Annotated[float, Meta(ge=1, le=2)] = 1.12  # size of key words, in text sizes


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

# What a table that a style lacks begins with where another one adds a part of it.
PARTS: dict[str, dict[str, Any]] = {
    "outline": {"colour": "#000000", "width": 0.17},
    "shadow": {"colour": "#00000099", "blur": 0.1},
    "glow": {"text": "#FFFFFF", "spoken": "#FFFFFF", "blur": 0.2},
    "box": {"colour": "#000000CC", "padding": 0.4, "radius": 0.3},
    "word_box": {"colour": "#000000", "padding": 0.2, "radius": 0.25},
}
_added: dict[str, Style] = {}  # those of an operator, by name


def style_names() -> tuple[str, ...]:
    """Return the known styles in alphabetical order."""
    return tuple(sorted((*_shipped(), *_added)))


def load_style(style: str | Style) -> Style:
    """Load the style of this name; a style itself is returned as it is.

    Raises UnknownStyle, which lists the known ones.
    """
    if isinstance(style, Style):
        return style
    if style in _added:
        return _added[style]
    if style not in _shipped():
        raise UnknownStyle(f"No caption style {style!r}; known: {', '.join(style_names())}.")
    return _load(STYLES / f"{style}.toml")


def add_styles(folder: Path) -> None:
    """Make the styles of a folder known beside those that ship; once, before any is asked for.

    Raises BrokenStyle, which names the file and the key, and OSError.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is not a folder")
    for path in sorted(folder.glob("*.toml")):
        if not STYLE_NAME.fullmatch(path.stem):
            raise BrokenStyle(f"{path}: a style's name has only small letters, digits, - and _.")
        if path.stem in _shipped():
            raise BrokenStyle(f"{path}: a style that ships has this name; choose another one.")
        _added[path.stem] = _load(path)


def change_style(style: Style, name: str, tables: Mapping[str, Any]) -> Style:
    """Return a style named `name` that differs by `tables`, as in a style's file; None removes one.

    Raises BrokenStyle.
    """
    changed: dict[str, Any] = {}
    for key, value in tables.items():
        before = getattr(style, key, None)
        whole = PARTS.get(key, {}) if before is None else before
        parts = isinstance(value, Mapping) and key in TABLES
        changed[key] = _read(key, {**_fields_of(whole), **value} if parts else value)
    found = replace(style, name=name, **changed)
    if found.motion.word in {"box", "marker"} and found.word_box is None:
        raise BrokenStyle(f"motion.word: {found.motion.word!r} needs a [word_box].")
    return found


def style_of(options: Options) -> Style:
    """Return the style of a clip's captions and title. Raises UnknownStyle and BrokenStyle."""
    return branded(options.caption_style, options.brand)


def branded(name: str, brand: Brand | None) -> Style:
    """Return the style `name`, or that of the brand if it has one, in the brand's font.

    A brand's font comes before the others. Raises UnknownStyle and BrokenStyle.
    """
    style = load_style(name)
    if brand is None:
        return style
    if brand.style is not None:
        style = change_style(load_style(brand.style.base), "brand", brand.style.tables)
    font = brand.path("font")
    if font is None or "families" in ((brand.style and brand.style.tables.get("text")) or {}):
        return style
    return replace(style, text=replace(style.text, families=(str(font), *style.text.families)))


def _fields_of(table: Any) -> dict[str, Any]:
    return table if isinstance(table, dict) else asdict(table)


@cache
def _shipped() -> frozenset[str]:
    return frozenset(path.stem for path in STYLES.glob("*.toml"))


@cache
def _load(path: Path) -> Style:
    """Read a style's file. Raises BrokenStyle, which names it."""
    try:
        return change_style(Style(name=""), path.stem, tomllib.loads(path.read_text("utf-8")))
    except (BrokenStyle, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BrokenStyle(f"{path}: {error}") from error


def _read(key: str, value: Any) -> Any:
    """Turn what a style's file says of `key` into its class. Raises BrokenStyle."""
    kind: Any = TABLES.get(key)
    if key == "draw":
        kind = bool
    elif kind is None:
        raise BrokenStyle(f"{key}: there is no such key. Known: draw, {', '.join(TABLES)}.")
    elif value is None and key in PARTS:
        return None
    elif isinstance(value, Mapping):
        known = [part.name for part in fields(kind)]
        for name in value:
            if name not in known:
                raise BrokenStyle(f"{key}.{name}: there is no such key. Known: {', '.join(known)}.")
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        sentence, _, path = str(error).partition(" - at `$")
        raise BrokenStyle(f"{key}{path.rstrip('`')}: {sentence}.") from error
