"""Makes a section of an extractive article one of an article by a language model.

Of the section, those sentences stay that may be told there. It needs a heading, or it would read as
more of the section before; and the names of its speakers, because a model's article tells in the
third person, and the talk's own sentences say "I".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import dropwhile

from pipeline.core.texts import Block
from pipeline.language.cleanup import plain
from pipeline.texts.content_selection import UNNAMED
from pipeline.texts.generation.trimming import Room, trim
from pipeline.texts.line import Line


def stand_in(
    section: Sequence[Block], room: Room, lines: Mapping[int, Line], *, opens: bool
) -> list[Block]:
    """Return the section as far as it may be told; nothing without a heading.

    lines: the lines of the talk by their indices. opens: whether it is the first section of an
    article, which needs no heading.
    """
    heading = [b for b in section[:1] if b.kind == "heading"]
    body = section[len(heading) :]
    kept = [block for run in trim(body, room) for block in run]
    if not kept:
        return []
    if heading and (kept == list(body) or _names(heading[0], kept)):
        headed = [heading[0], *kept]
    elif opens:
        return _name_speakers(kept, lines)
    else:  # from the first question of an interviewer on, which can be a heading
        headed = list(dropwhile(lambda block: block.kind != "question", kept))
        if not headed:
            return []
        headed[0] = replace(headed[0], kind="heading", speaker=None)
    # the time of what was asked, if that is the heading
    start_s = lines[_sources(headed)[0]].start_s
    return [replace(headed[0], start_s=start_s), *_name_speakers(headed[1:], lines)]


def _names(heading: Block, body: Sequence[Block]) -> bool:
    """Return whether all words of a heading occur in the text below it."""
    below = {word for b in body for s in b.statements for word in plain(s.text)}
    return all(below.issuperset(plain(s.text)) for s in heading.statements)


def _name_speakers(blocks: Sequence[Block], lines: Mapping[int, Line]) -> list[Block]:
    """Return paragraphs that name their speakers, as far as they are known, at each change."""
    found: list[Block] = []
    last: str | None = None
    for block in blocks:
        speaker = next((lines[n].speaker for n in _sources([block])), None)
        known = speaker is not None and not UNNAMED.fullmatch(speaker)
        named = None if speaker == last else speaker
        relabeled = block.kind == "paragraph" and known
        found.append(replace(block, speaker=named) if relabeled else block)
        last = speaker
    return found


def _sources(blocks: Sequence[Block]) -> list[int]:
    """Return the sentences that blocks rest on, in their order."""
    return [n for b in blocks for s in b.statements for n in s.sources]
