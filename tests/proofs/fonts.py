"""`make fuzz-fonts`: damaged and hostile fonts are taken and written with; each ends as it should.

Mutants are made with knowledge of the format: tables of a font get wrong bytes, numbers, lengths
and places, those of other fonts, or none; glyphs become composites of glyphs, of themselves, too. A
font is refused by an error of pipeline.core.errors, or every text is set in it, or refused. Faults
are a crash, another exception, more than MAX_S for one font, the interpreter's lock held for longer
than HOLD_S by one text in this process, and memory, descriptors or threads that grow.

    make fuzz-fonts MUTANTS="2000 7"
"""

import io
import os
import random
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import hostile_fonts
from fontTools import subset
from fontTools.ttLib import TTFont
from tally import Tally

from pipeline.captions.font_files import examine_font
from pipeline.captions.text_shaping import Letters, width_of
from pipeline.core.errors import SourceError

MUTANTS = 2000
MAX_S = 30.0  # for one font
HOLD_S = 0.2  # for one text, on a machine that does other things
SETTLED = 200  # mutants after which nothing may grow any more
GROWTH_BYTES, GROWTH_COUNT = 30 << 20, 6
TEXTS = ("Hello", "off", "Alma,", "xxXx", "My", "WAVE", "fi", "12 %")
SYSTEM = ("truetype/dejavu/DejaVuSans-Bold.ttf", "opentype/inter/Inter-Medium.otf")
LETTERS = "".join(map(chr, range(0x20, 0x180)))
NUMBERS = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFF)

Tables = dict[str, bytes]


def seeds() -> dict[str, Tables]:
    """The tables of the fonts that are damaged: some of the system, and hostile ones."""
    whole = {Path(name).name: _latin(Path("/usr/share/fonts") / name) for name in SYSTEM}
    whole |= {
        "plain": hostile_fonts.plain(),
        "composites": hostile_fonts.nested_composites(1, width=4),
        "ligature": hostile_fonts.hidden_composite(1, width=4),
        "growing": hostile_fonts.growing_text(2),
        "subroutines": hostile_fonts.nested_subroutines(2, 3),
    }
    return {name: tables(content) for name, content in whole.items()}


def _latin(path: Path) -> bytes:
    font, out = TTFont(path), io.BytesIO()
    cutter = subset.Subsetter(subset.Options(layout_features=["*"], notdef_outline=True))
    cutter.populate(text=LETTERS)
    cutter.subset(font)
    font.save(out)
    return out.getvalue()


def tables(content: bytes) -> Tables:
    """The tables of a font by their tags; "" has how it begins."""
    (count,) = struct.unpack(">H", content[4:6])
    found = {"": content[:4]}
    for number in range(count):
        tag, _, start, length = struct.unpack_from(">4sLLL", content, 12 + 16 * number)
        found[tag.decode("latin-1")] = content[start : start + length]
    return found


def assembled(found: Tables, chosen: random.Random) -> bytes:
    """A font of these tables; now and then one lies elsewhere, or has another length."""
    tags = [tag for tag in found if tag]
    head = found[""] + struct.pack(">HHHH", len(tags), 16, 0, 0)
    at, entries, body = 12 + 16 * len(tags), b"", b""
    for tag in tags:
        place, length = at + len(body), len(found[tag])
        if chosen.random() < 0.01:
            place, length = chosen.choice(((at, length), (place, 1 << 31), (place, length + 4096)))
        entries += struct.pack(">4sLLL", tag.encode("latin-1"), 0, place, length)
        body += found[tag] + bytes(-len(found[tag]) % 4)
    return head + entries + body


def mutate(found: Tables, others: list[Tables], chosen: random.Random) -> Tables:
    """Damaged tables."""
    out = dict(found)
    for _ in range(chosen.choice((1, 1, 2, 4))):
        tag = chosen.choice([tag for tag in out if tag] or [""])
        chosen.choice((flip, flip, number, number, composites, exchange, drop, double, cut))(
            out, tag, others, chosen
        )
    return out


def flip(out: Tables, tag: str, _others: list[Tables], chosen: random.Random) -> None:
    """Change bytes of a table."""
    data = bytearray(out[tag])
    for _ in range(chosen.choice((1, 2, 8, 64)) if data else 0):
        data[chosen.randrange(len(data))] = chosen.randrange(256)
    out[tag] = bytes(data)


def number(out: Tables, tag: str, _others: list[Tables], chosen: random.Random) -> None:
    """Put an extreme number into a table, mostly near its start, where its counts are."""
    data = bytearray(out[tag])
    if len(data) < 2:
        return
    most = len(data) - 1 if chosen.random() < 0.3 else min(len(data) - 1, 64)
    struct.pack_into(">H", data, chosen.randrange(most), chosen.choice(NUMBERS))
    out[tag] = bytes(data)


def composites(out: Tables, _tag: str, _others: list[Tables], chosen: random.Random) -> None:
    """Make a part of the outlines components of other glyphs."""
    data = bytearray(out.get("glyf", b""))
    count = chosen.choice((1, 8, 64, 500))
    if len(data) < 64:
        return
    at = chosen.randrange(0, len(data) - 32) & ~3
    part = struct.pack(">hhhhh", -1, 0, 0, 600, 600)
    for _ in range(count):
        part += struct.pack(">HHbb", 0x0022, chosen.randrange(60), 0, 0)  # more follow; offsets
    data[at : at + len(part)] = part
    out["glyf"] = bytes(data)


def exchange(out: Tables, tag: str, others: list[Tables], chosen: random.Random) -> None:
    """Put another font's table in the place of a table."""
    out[tag] = chosen.choice(others).get(tag, b"")


def drop(out: Tables, tag: str, _others: list[Tables], _chosen: random.Random) -> None:
    """Leave a table out."""
    out.pop(tag)


def double(out: Tables, tag: str, _others: list[Tables], _chosen: random.Random) -> None:
    """Put a table there twice, one copy behind the other."""
    out[tag] += out[tag]


def cut(out: Tables, tag: str, _others: list[Tables], chosen: random.Random) -> None:
    """End a table somewhere."""
    out[tag] = out[tag][: chosen.randrange(len(out[tag]) + 1)]


def used(path: Path) -> str:
    """Upload a font and write in it; return how that ended. Raises whatever is no refusal."""
    try:
        examine_font(path)
    except SourceError as error:
        return f"refused: {type(error).__name__}"
    look, refused = Letters((str(path),), weight=400, size=90.0, letter_spacing=0.0), 0
    for text in TEXTS:
        try:
            width_of(text, look)
        except SourceError:
            refused += 1
            continue
        began = time.thread_time()
        width_of.__wrapped__(text, look)
        if (held_s := time.thread_time() - began) > HOLD_S:
            raise TimeoutError(f"{text!r} holds the lock for {held_s:.2f} s")
    return f"taken, {refused} texts refused" if refused else "taken"


def standing() -> tuple[int, int, int]:
    """(resident bytes, descriptors, threads) of this process."""
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return resident, len(os.listdir("/proc/self/fd")), threading.active_count()


def main(count: int, seed: int) -> bool:
    """Run it, print a table, and return whether there was no fault."""
    chosen, tally, ends, slowest = random.Random(seed), Tally(), Counter[str](), 0.0
    fonts, before = seeds(), standing()
    kept = Path(tempfile.gettempdir()) / "klipfast-fonts"
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(count):
            name = chosen.choice(sorted(fonts))
            mutant = mutate(fonts[name], list(fonts.values()), chosen)
            path = Path(folder) / f"{turn}.ttf"
            path.write_bytes(assembled(mutant, chosen))
            at = time.monotonic()
            try:
                end, fault = used(path), ""
            except Exception as error:
                end, fault = "fault", repr(error)
            took_s = time.monotonic() - at
            slowest = max(slowest, took_s)
            ends[end] += 1
            if fault or took_s > MAX_S:
                kept.mkdir(exist_ok=True)
                copy = kept / f"{seed}-{turn}.ttf"
                copy.write_bytes(path.read_bytes())
                report = tally.lost if fault else tally.stuck
                report(name, f"{copy}: {fault or f'{took_s:.0f} s'}")
            else:
                tally.passed(name)
            path.unlink()
            if turn + 1 == min(SETTLED, count // 2):
                before = standing()
    grown = [after - then for after, then in zip(standing(), before, strict=True)]
    limits = (GROWTH_BYTES, GROWTH_COUNT, GROWTH_COUNT)
    names = ("bytes", "descriptors", "threads")
    found = [
        f"{n:,} {name}" for n, most, name in zip(grown, limits, names, strict=True) if n > most
    ]
    tally.clean("growth", found)
    tally.row("growth").note = ", ".join(
        f"{n:,} {name}" for n, name in zip(grown, names, strict=True)
    )
    for end, times in ends.most_common():
        print(f"{end:28} {times:5}")
    print(f"at most {slowest:.1f} s for one; seed {seed}")
    return tally.show("make fuzz-fonts")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    good = main(numbers[0] if numbers else MUTANTS, (numbers[1:] or [1])[0])
    sys.exit(0 if good else 1)
