"""The caption style that a clip is asked to have: a known one, or a brand's own."""

from dataclasses import replace

from pipeline.captions.style import Style, change_style, load_style
from pipeline.core.brand import Brand
from pipeline.core.data import Options


def style_of(options: Options) -> Style:
    """Return the style of a clip's captions and title. Raises UnknownStyle and BrokenStyle."""
    return branded(options.caption_style, options.brand)


def branded(name: str, brand: Brand | None) -> Style:
    """Return the style `name`, or that of the brand if it has one, in the brand's font.

    A brand's font comes before the others. Raises UnknownStyle and BrokenStyle.
    """
    if brand is None:
        return load_style(name)
    style = load_style(name)
    if brand.style is not None:
        style = change_style(load_style(brand.style.base), "brand", brand.style.tables)
    font = brand.path("font")
    if font is None or "families" in ((brand.style and brand.style.tables.get("text")) or {}):
        return style
    return replace(style, text=replace(style.text, families=(str(font), *style.text.families)))
