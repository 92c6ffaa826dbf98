"""The calls of skia that lay out one line of text."""

import skia

WIDTH = 100_000.0  # px: wider than any line, which is thus never broken

_unicode = skia.Unicodes.ICU.Make()


def collection_of(face: skia.Typeface, family: str) -> skia.textlayout.FontCollection:
    """Return fonts with this one alone, under that name."""
    provider = skia.textlayout.TypefaceFontProvider()
    provider.registerTypeface(face, family)
    fonts = skia.textlayout.FontCollection()
    fonts.setDefaultFontManager(provider)
    return fonts


def lay_out(
    text: str, letters: skia.textlayout.TextStyle, fonts: skia.textlayout.FontCollection
) -> skia.textlayout.Paragraph:
    """Return a text in letters of this style as one line."""
    style = skia.textlayout.ParagraphStyle()
    style.setTextStyle(letters)
    builder = skia.textlayout.ParagraphBuilder.make(style, fonts, _unicode)
    builder.pushStyle(letters)
    builder.addText(text)
    line = builder.Build()
    line.layout(WIDTH)
    return line
