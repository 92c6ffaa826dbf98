"""A brand's own caption style: differences from a known one, as callers send them."""

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.fields import about
from klipfast_server.schema.patterns import TEXT
from pipeline.captions.styles.style import (
    BrokenStyle,
    Position,
    UnknownStyle,
    change_style,
    load_style,
)
from pipeline.core.brand import OwnStyle

NONE = "none"
COLOR = r"^#[0-9A-Fa-f]{6}([0-9A-Fa-f]{2})?$"
COLOR_OR_NONE = rf"{COLOR}|^{NONE}$"
OPAQUE = r"^#[0-9A-Fa-f]{6}$"

# `check_color` decides, with a better error message.
Color = Annotated[str, Meta(max_length=20, extra_json_schema={"pattern": COLOR})]
ColorOrNone = Annotated[str, Meta(max_length=20, extra_json_schema={"pattern": COLOR_OR_NONE})]
Share = Annotated[float, Meta(ge=0, le=1)]

Entrance = Literal["none", "pop", "rise", "fade", "type"]
WordMotion = Literal["color", "sweep", "box", "marker", "pop"]
Fonts = Callable[[], tuple[str, ...]]  # the families that may be named; it may block
# Field → table and key of a style's file.
FIELDS = {
    "font_weight": ("text", "weight"),
    "text_size": ("text", "size"),
    "uppercase": ("text", "uppercase"),
    "max_words": ("text", "max_words"),
    "letter_spacing": ("text", "letter_spacing"),
    "position": ("text", "position"),
    "text_color": ("colour", "text"),
    "spoken_color": ("colour", "spoken"),
    "key_color": ("colour", "key"),
    "outline_color": ("outline", "colour"),
    "outline_width": ("outline", "width"),
    "shadow_color": ("shadow", "colour"),
    "box_color": ("box", "colour"),
    "box_padding": ("box", "padding"),
    "box_radius": ("box", "radius"),
    "spoken_box_color": ("word_box", "colour"),
    "entrance": ("motion", "entrance"),
    "word_motion": ("motion", "word"),
    "shake": ("motion", "shake"),
}


class BrandStyle(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A caption style of your own; omitted fields are as in `base`."""

    base: Annotated[str, about("A name from GET /api/v1/caption-styles.", max_length=40)] = (
        "white_bold"
    )
    font: Annotated[
        Annotated[str, Meta(min_length=1, max_length=100, pattern=TEXT)] | None,
        about(
            "Family of a font that a caption style uses, such as Inter; null: the "
            "brand's own font if it has one."
        ),
    ] = None
    font_weight: Annotated[
        Annotated[int, Meta(ge=100, le=900)] | None,
        about("100 to 900; ignored for an uploaded font."),
    ] = None
    text_size: Annotated[
        Annotated[float, Meta(ge=0.03, le=0.14)] | None,
        about("Share of the picture's shorter side."),
    ] = None
    uppercase: Annotated[bool | None, about("Capitals.")] = None
    max_words: Annotated[
        Annotated[int, Meta(ge=1, le=10)] | None, about("Words on screen at once.")
    ] = None
    letter_spacing: Annotated[
        Annotated[float, Meta(ge=-0.1, le=0.5)] | None,
        about("Space between letters, share of the text size."),
    ] = None
    position: Annotated[
        Position | None, about("Where captions stand unless a face or writing is there.")
    ] = None
    text_color: Annotated[Color | None, about("#RRGGBB or #RRGGBBAA.")] = None
    spoken_color: Annotated[Color | None, about("Color of the spoken word.")] = None
    key_color: Annotated[Color | None, about("Color of emphasized words.")] = None
    outline_color: Annotated[
        ColorOrNone | None, about("Color of a line around letters; none: no line.")
    ] = None
    outline_width: Annotated[
        Annotated[float, Meta(ge=0, le=0.4)] | None, about("Share of the text size.")
    ] = None
    shadow_color: Annotated[
        ColorOrNone | None, about("Color of a shadow below letters; none: no shadow.")
    ] = None
    box_color: Annotated[
        ColorOrNone | None, about("Color of a plate behind the lines; none: no plate.")
    ] = None
    box_padding: Annotated[Share | None, about("Share of the text size.")] = None
    box_radius: Annotated[
        Share | None, about("Radius of the plate's corners, share of the text size.")
    ] = None
    spoken_box_color: Annotated[
        ColorOrNone | None, about("Color of a plate behind the spoken word; none: no plate.")
    ] = None
    entrance: Annotated[Entrance | None, about("How words appear.")] = None
    word_motion: Annotated[
        WordMotion | None,
        about("Motion of the spoken word; box and marker need a spoken_box_color."),
    ] = None
    shake: Annotated[bool | None, about("Whether key words shake.")] = None

    def own_style(self, fonts: Fonts) -> OwnStyle:
        """Return the style the pipeline takes; Blocks; raises BadRequest."""
        tables = self._tables()
        if self.font is not None:
            if self.font not in fonts():
                raise BadRequest(
                    f"caption_style.font {self.font!r} is not installed. Known: "
                    f"{', '.join(fonts())}. Another one can be uploaded as the brand's font.",
                    field="caption_style.font",
                )
            tables["text"] = {**(tables.get("text") or {}), "families": [self.font]}
        try:
            change_style(load_style(self.base), "brand", tables)
        except UnknownStyle as error:
            raise BadRequest(f"caption_style.base: {error}", field="caption_style.base") from error
        except BrokenStyle as error:
            raise BadRequest(f"caption_style: {error}", field="caption_style") from error
        return OwnStyle(base=self.base, tables=tables)

    def _tables(self) -> dict[str, dict[str, Any] | None]:
        tables: dict[str, Any] = {}
        for field, (table, key) in FIELDS.items():
            value = getattr(self, field)
            if value is not None:
                if field.endswith("_color"):
                    removes = FIELDS[field][1] == "colour"
                    check_color(
                        value, f"caption_style.{field}", COLOR_OR_NONE if removes else COLOR
                    )
                tables.setdefault(table, {})[key] = "colour" if value == "color" else value
        gone = [
            t for t, of in tables.items() if NONE in (of.get("colour"),) or of.get("width") == 0
        ]
        return tables | dict.fromkeys(gone)


def check_color(value: str, field: str, pattern: str) -> None:
    """Raise BadRequest for what is no color, or one that may not be transparent."""
    if re.search(pattern, value) is None:
        forms = {COLOR: "#RRGGBB or #RRGGBBAA", OPAQUE: "#RRGGBB"}
        wanted = forms.get(pattern, f"{forms[COLOR]}, or {NONE} for none")
        raise BadRequest(f"{field} {value!r} is not a color; write it as {wanted}.", field=field)
