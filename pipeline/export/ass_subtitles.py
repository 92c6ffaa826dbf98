"""Writes captions as Advanced SubStation Alpha (.ass): editable, in the look of their style.

Words are grouped and highlighted as in the picture. Effects that the format lacks (glow, a plate
behind one word) are replaced by colors.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from pipeline.captions.drawing.typesetting import LINE_HEIGHT, Typesetter
from pipeline.captions.layout.grouping import MAX_WORD_WIDTHS, Group, emphasize, group, short_enough
from pipeline.captions.layout.safe_areas import SafeArea
from pipeline.captions.layout.text_placement import CENTERS
from pipeline.captions.layout.text_shaping import mostly_right_to_left
from pipeline.captions.styles.style import Stroke, Style, load_style
from pipeline.core.data import Transcript
from pipeline.core.timecode import format_timecode
from pipeline.language.writing_systems import separator

LINE_HEIGHT_EM = 1.21  # per em, of Inter and Montserrat: the format's font size is a line height
PLAIN_OUTLINE = Stroke(colour="#000000", width=0.14)  # for styles that draw no captions in the clip
MIN_BOLD_WEIGHT = 600  # font weight
PLATE_TINT = 0.65  # share of white in letters that replace a colored plate
# Replaces characters that would be commands; players do not agree on any way to escape them.
ESCAPES = str.maketrans({"{": "｛", "}": "｝", "\\": "＼"})

_STYLE_FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, "
    "Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, "
    "Alignment, MarginL, MarginR, MarginV, Encoding"
)
_EVENT_FIELDS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"


def write(
    transcript: Transcript, style: str | Style, *, width: int, height: int, emphasis: bool = False
) -> str:
    """Return a clip's words on its own clock, for a picture of `width` by `height` pixels.

    `emphasis`: emphasize key words.

    The result has no final line break. Raises UnknownStyle.
    """
    look = load_style(style)
    if not look.draw:
        look = replace(look, draw=True, outline=PLAIN_OUTLINE)
    words = tuple(replace(word, text=_escape(word.text)) for word in transcript.words)
    typesetter = Typesetter(look, width, height)
    narrow = typesetter.text_width / MAX_WORD_WIDTHS  # words are split: letters do not shrink here
    words = short_enough(words, width=narrow, measure=typesetter.measure)
    groups = group(
        words,
        look,
        width=typesetter.text_width,
        measure=typesetter.measure,
        language=transcript.language,
        joints_s=[transcript.words[s.first_word].start_s for s in transcript.sentences],
    )
    if emphasis:
        groups = emphasize(groups, words, look, transcript.language)
    events = (_event(g, look, transcript.duration_s) for g in groups)
    return "\n".join(
        [
            "[Script Info]",
            "; Made by KlipFast",
            "ScriptType: v4.00+",
            f"PlayResX: {width}",
            f"PlayResY: {height}",
            "WrapStyle: 2",  # lines break only at explicit breaks
            "ScaledBorderAndShadow: yes",
            "",
            "[V4+ Styles]",
            f"Format: {_STYLE_FIELDS}",
            _style(look, width, height, right_to_left=mostly_right_to_left(w.text for w in words)),
            "",
            "[Events]",
            f"Format: {_EVENT_FIELDS}",
            *events,
        ]
    )


def _escape(text: str) -> str:
    """Return text without commands, line breaks and control characters."""
    kept = (c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)
    return " ".join("".join(kept).translate(ESCAPES).split())


def _style(look: Style, width: int, height: int, *, right_to_left: bool) -> str:
    """Return the line that defines the look of letters."""
    size = look.text.size * min(width, height)
    outline, box, shadow = look.outline, look.box, look.shadow
    edge = box.padding * size if box else outline.width / 2 * size if outline else 0.0
    edge_color = box.colour[:7] if box else outline.colour if outline else "#000000"
    safe = SafeArea.of(width, height)
    fields = [
        look.name,
        look.text.families[0],
        f"{size * LINE_HEIGHT_EM:.0f}",
        _ass_color(_spoken_color(look)),
        _ass_color(look.colour.text),
        _ass_color(edge_color),  # plates are opaque: some players draw overlapping ones per word
        _ass_color(shadow.colour if shadow else "#00000000"),
        "-1" if look.text.weight >= MIN_BOLD_WEIGHT else "0",
        "0",
        "0",
        "0",
        f"{100 * look.text.stretch:.0f}",
        "100",
        f"{look.text.letter_spacing * size:.1f}",
        "0",
        "3" if box else "1",
        f"{edge:.1f}",
        f"{max(0.0, shadow.dy) * size:.1f}" if shadow else "0",
        "2",  # bottom center
        str(safe.left),
        str(width - safe.right),
        f"{height * (1 - CENTERS[0]) - LINE_HEIGHT * size:.0f}",
        "-1" if right_to_left else "1",  # -1: the text direction is detected from the letters
    ]
    return "Style: " + ",".join(fields)


def _event(shown: Group, look: Style, until_s: float) -> str:
    """Return the line for words that are on screen together; it ends by `until_s`."""
    start = _hundredths(shown.start_s)
    end = max(start + 1, _hundredths(min(shown.end_s, until_s)))
    text = "".join(_syllables(shown, look, start, end))
    return f"Dialogue: 0,{_clock(start)},{_clock(end)},{look.name},,0,0,0,,{text}"


def _syllables(shown: Group, look: Style, start: int, end: int) -> Iterator[str]:
    """Yield each word with its duration before it, and the separator to the next word after it."""
    starts = [min(end, max(start, _hundredths(w.start_s))) for w in shown.words]
    bounds = [start, *starts[1:], end]
    breaks = {sum(shown.lines[: n + 1]) - 1 for n in range(len(shown.lines) - 1)}
    last = len(shown.words) - 1
    for n, (word, (begun, over)) in enumerate(zip(shown.words, pairwise(bounds), strict=True)):
        key, before = n in shown.key, n - 1 in shown.key
        look_of = _key_word_tags(look) if key else _reset_tags(look) if before else ""
        out = _unlight_tags(look, over - start, key=key)
        yield f"{{\\k{over - begun}{look_of}{out}}}{word.text}"
        if n in breaks:
            yield "\\N"
        elif n < last:
            yield separator(word.text, shown.words[n + 1].text)


def _key_word_tags(look: Style) -> str:
    """Return the tags of a key word before it is spoken."""
    wide, high = _percents(look, look.motion.key_size)
    return f"\\2c{_command_color(look.colour.key)}\\fscx{wide}\\fscy{high}"


def _reset_tags(look: Style) -> str:
    """Return the tags that reset the word after a key word to the style."""
    lit, text = _command_color(_spoken_color(look)), _command_color(look.colour.text)
    wide, high = _percents(look, 1.0)
    return f"\\1c{lit}\\2c{text}\\fscx{wide}\\fscy{high}"


def _percents(look: Style, scale: float) -> tuple[int, int]:
    """Return the width and height of letters at a scale, percent of the font's own."""
    return round(100 * scale * look.text.stretch), round(100 * scale)


def _unlight_tags(look: Style, at: int, *, key: bool) -> str:
    """Return the tags that end a word's highlight `at` hundredths of a second after its line.

    A key word returns to its own color, also in styles whose words stay highlighted.
    """
    lit, after = _spoken_color(look), look.colour.key if key else look.colour.text
    if lit == look.colour.text:
        return f"\\1c{_command_color(after)}" if key else ""
    if look.colour.stays and not key:
        return ""
    ms = max(1, 10 * at)
    return f"\\1c{_command_color(lit)}\\t({ms},{ms},\\1c{_command_color(after)})"


def _spoken_color(look: Style) -> str:
    """Return the spoken word's color; for a word plate, a tint of the plate's color."""
    if look.word_box is None or look.colour.spoken != look.colour.text:
        return look.colour.spoken
    channels = bytes.fromhex(look.word_box.colour[1:7])
    return "#" + bytes(round(c + (255 - c) * PLATE_TINT) for c in channels).hex()


def _ass_color(text: str) -> str:
    """Convert #RRGGBB or #RRGGBBAA to &HAABBGGRR, where 00 is opaque."""
    alpha = 255 - int(text[7:9], 16) if len(text) == 9 else 0
    return f"&H{alpha:02X}{text[5:7]}{text[3:5]}{text[1:3]}".upper()


def _command_color(text: str) -> str:
    """Convert a color for a command, without transparency."""
    return f"&H{text[5:7]}{text[3:5]}{text[1:3]}&".upper()


def _hundredths(seconds: float) -> int:
    return max(0, round(seconds * 100))


def _clock(hundredths: int) -> str:
    return format_timecode(hundredths / 100, decimals=2, hour_digits=1)
