"""Writes a thread: one moment of the talk, whole, from what was asked to where it ends.

The networks differ in how long a message may be and in what is customary (`networks`).
"""

from collections.abc import Iterator

from pipeline.core.texts import Block, Document, TextKind, TextOptions
from pipeline.language.typography import label
from pipeline.texts.edited_sentence import MIN_SURE, asks
from pipeline.texts.formats import compose
from pipeline.texts.kinds.choice import choose
from pipeline.texts.kinds.messages import Piece, message, pack
from pipeline.texts.kinds.voices import Voices
from pipeline.texts.networks import NETWORKS
from pipeline.texts.outline import Outline


def thread(kind: TextKind, plan: Outline, options: TextOptions) -> Document:
    """Return messages within the limits of the network that a kind of thread is for."""
    network = NETWORKS[kind]
    most = network.messages[options.length]
    messages: list[list[Piece]] = []
    passages = [*choose(plan, options)]
    # a sentence that a message cannot hold would be torn
    passages.sort(key=lambda p: not all(network.room.fits(n.text) for n in p.everything))
    for passage in passages:
        blocks = Voices(plan).blocks(passage, len(passage.lines))
        pieces = [piece for block in blocks for piece in _pieces(block, plan)]
        messages = pack(pieces, network.room, plan.language)
        if len(messages) <= most:
            break
    else:
        messages = messages[:most]
    return compose(kind, plan.language, [message(m) for m in messages])


def _pieces(block: Block, plan: Outline) -> Iterator[Piece]:
    """Yield the sentences of a block; its last ends a line."""
    leaning = {n.index for n in plan.lines if n.alone < MIN_SURE}
    name = label(block.speaker, plan.language) if block.speaker else ""
    for at, statement in enumerate(block.statements):
        end = "\n" if at + 1 == len(block.statements) else ""
        yield Piece(
            text=f"{name if at == 0 else ''}{statement.text}{end}",
            sources=statement.sources,
            asks=asks(statement.text),
            leans=not leaning.isdisjoint(statement.sources[:1]),
        )
