"""Captions as Advanced SubStation Alpha (.ass): editable elsewhere, in the look of their style.

Words stand together, and light up, as they do in the picture. What the format cannot say (glow,
a plate behind one word) is said with colours.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.captions.grouping import MAX_WORD_WIDTHS, Group, emphasised, group, short_enough
from pipeline.captions.placement import PLACES
from pipeline.captions.style import Stroke, Style, load_style
from pipeline.captions.text_shaping import is_right_to_left
from pipeline.captions.typesetting import KEY_SIZE, LINE, SafeArea, Typesetter
from pipeline.core.data import Transcript, Word
from pipeline.core.timecode import format_timecode
from pipeline.language.writing_systems import separator

EM = 1.21  # heights of a line in Inter and Montserrat, which the format's font size means, per em
PLAIN_OUTLINE = Stroke(colour="#000000", width=0.14)  # of captions asked for where a clip has none
BOLD = 600  # weight from which on letters count as bold
PLATE_TINT = 0.65  # white in the letters that stand for a coloured plate
# Marks that would be commands; nothing that all players read alike escapes them.
HARMLESS = str.maketrans({"{": "｛", "}": "｝", "\\": "＼"})

_STYLE_FIELDS = (
    "Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, "
    "Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, "
    "Alignment, MarginL, MarginR, MarginV, Encoding"
)
_EVENT_FIELDS = "Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"


def write(
    transcript: Transcript, style: str, *, width: int, height: int, emphasis: bool = False
) -> str:
    """The words of a clip on its own clock, for a picture of `width` by `height` pixels.

    `emphasis`: key words stand out.

    Without a final line break. Raises UnknownStyle.
    """
    look = load_style(style)
    if not look.draw:
        look = replace(look, draw=True, outline=PLAIN_OUTLINE)
    words = tuple(replace(word, text=_plain(word.text)) for word in transcript.words)
    typesetter = Typesetter(look, width, height)
    narrow = typesetter.text_width / MAX_WORD_WIDTHS  # letters are not made smaller here
    words = short_enough(words, width=narrow, measure=typesetter.measure)
    groups = group(words, look, width=typesetter.text_width, measure=typesetter.measure)
    if emphasis:
        groups = emphasised(groups, words, look, transcript.language)
    events = (_event(g, look, transcript.duration_s) for g in groups)
    return "\n".join(
        [
            "[Script Info]",
            "; Made by KlipFast",
            "ScriptType: v4.00+",
            f"PlayResX: {width}",
            f"PlayResY: {height}",
            "WrapStyle: 2",  # lines break where they are told to
            "ScaledBorderAndShadow: yes",
            "",
            "[V4+ Styles]",
            f"Format: {_STYLE_FIELDS}",
            _style(look, width, height, right_to_left=_mostly_right_to_left(words)),
            "",
            "[Events]",
            f"Format: {_EVENT_FIELDS}",
            *events,
        ]
    )


def _plain(text: str) -> str:
    """Text that is nothing but text: no commands, no line breaks, no control characters."""
    kept = (c if unicodedata.category(c) not in ("Cc", "Cs") else " " for c in text)
    return " ".join("".join(kept).translate(HARMLESS).split())


def _mostly_right_to_left(words: Sequence[Word]) -> bool:
    return 2 * sum(is_right_to_left(word.text) for word in words) > len(words)


def _style(look: Style, width: int, height: int, *, right_to_left: bool) -> str:
    """The line that says how letters look."""
    size = look.text.size * min(width, height)
    outline, box, shadow = look.outline, look.box, look.shadow
    edge = box.padding * size if box else outline.width / 2 * size if outline else 0.0
    edge_colour = box.colour[:7] if box else outline.colour if outline else "#000000"
    safe = SafeArea.of(width, height)
    fields = [
        look.name,
        look.text.families[0],
        f"{size * EM:.0f}",
        _colour(_lit(look)),
        _colour(look.colour.text),
        _colour(edge_colour),  # a plate is opaque: players that draw one a word let them overlap
        _colour(shadow.colour if shadow else "#00000000"),
        "-1" if look.text.weight >= BOLD else "0",
        "0",
        "0",
        "0",
        "100",
        "100",
        f"{look.text.letter_spacing * size:.1f}",
        "0",
        "3" if box else "1",
        f"{edge:.1f}",
        f"{max(0.0, shadow.dy) * size:.1f}" if shadow else "0",
        "2",  # at the bottom, centred
        str(safe.left),
        str(width - safe.right),
        f"{height * (1 - PLACES[0]) - LINE * size:.0f}",
        "-1" if right_to_left else "1",  # -1: lines run as their letters do
    ]
    return "Style: " + ",".join(fields)


def _event(shown: Group, look: Style, until_s: float) -> str:
    """The line for words that are on screen together; none reaches beyond `until_s`."""
    start = _hundredths(shown.start_s)
    end = max(start + 1, _hundredths(min(shown.end_s, until_s)))
    text = "".join(_syllables(shown, look, start, end))
    return f"Dialogue: 0,{_clock(start)},{_clock(end)},{look.name},,0,0,0,,{text}"


def _syllables(shown: Group, look: Style, start: int, end: int) -> Iterator[str]:
    """Each word with its time before it, and what stands between it and the next one behind it."""
    starts = [min(end, max(start, _hundredths(w.start_s))) for w in shown.words]
    bounds = [start, *starts[1:], end]
    breaks = {sum(shown.lines[: n + 1]) - 1 for n in range(len(shown.lines) - 1)}
    last = len(shown.words) - 1
    for n, (word, (begun, over)) in enumerate(zip(shown.words, pairwise(bounds), strict=True)):
        key, before = n in shown.key, n - 1 in shown.key
        look_of = _standing_out(look) if key else _plain_again(look) if before else ""
        out = _going_out(look, over - start, key=key)
        yield f"{{\\k{over - begun}{look_of}{out}}}{word.text}"
        if n in breaks:
            yield "\\N"
        elif n < last:
            yield separator(word.text, shown.words[n + 1].text)


def _standing_out(look: Style) -> str:
    """A key word before it is said."""
    percent = round(100 * KEY_SIZE)
    return f"\\2c{_bare_colour(look.colour.key)}\\fscx{percent}\\fscy{percent}"


def _plain_again(look: Style) -> str:
    """The word after a key word as the style has it."""
    lit, text = _bare_colour(_lit(look)), _bare_colour(look.colour.text)
    return f"\\1c{lit}\\2c{text}\\fscx100\\fscy100"


def _going_out(look: Style, at: int, *, key: bool) -> str:
    """What turns a lit word off `at` hundredths of a second after its line came, where it must.

    A key word goes back to its own colour, also in styles whose words stay lit.
    """
    lit, after = _lit(look), look.colour.key if key else look.colour.text
    if lit == look.colour.text:
        return f"\\1c{_bare_colour(after)}" if key else ""
    if look.colour.stays and not key:
        return ""
    ms = max(1, 10 * at)
    return f"\\1c{_bare_colour(lit)}\\t({ms},{ms},\\1c{_bare_colour(after)})"


def _lit(look: Style) -> str:
    """The spoken word's colour; a plate of its own lends its colour to the letters."""
    if look.word_box is None or look.colour.spoken != look.colour.text:
        return look.colour.spoken
    channels = bytes.fromhex(look.word_box.colour[1:7])
    return "#" + bytes(round(c + (255 - c) * PLATE_TINT) for c in channels).hex()


def _colour(text: str) -> str:
    """#RRGGBB or #RRGGBBAA as &HAABBGGRR, where 00 is opaque."""
    alpha = 255 - int(text[7:9], 16) if len(text) == 9 else 0
    return f"&H{alpha:02X}{text[5:7]}{text[3:5]}{text[1:3]}".upper()


def _bare_colour(text: str) -> str:
    """The same for a command, without transparency."""
    return f"&H{text[5:7]}{text[3:5]}{text[1:3]}&".upper()


def _hundredths(seconds: float) -> int:
    return max(0, round(seconds * 100))


def _clock(hundredths: int) -> str:
    return format_timecode(hundredths / 100, decimals=2, hour_digits=1)
