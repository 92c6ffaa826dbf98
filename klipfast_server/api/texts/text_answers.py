"""Converts stored texts to responses: with their sources, and with what a caller's own claims."""

from collections.abc import Sequence

from klipfast_server.api import conditions
from klipfast_server.schema import vocabulary
from klipfast_server.schema.job_options import WrittenWith
from klipfast_server.schema.vocabulary import TextWarning
from klipfast_server.schema.writing import text_responses
from klipfast_server.store import talk_json
from klipfast_server.store.talk_json import StoredTalk
from klipfast_server.store.texts import TextRow
from pipeline.core.data import Sentence
from pipeline.core.texts import Statement, TextKind
from pipeline.texts import checks
from pipeline.texts.checks import Fault
from pipeline.texts.formats import NATIVE
from pipeline.texts.grounding import Evidence
from pipeline.texts.quotation_reader import quotations_of

MAX_WARNINGS = 100  # a text about another talk would have one for every name
MAX_WHAT_CHARS = 200  # length of the passage that a warning quotes
# Messages by kind of warning; for other kinds, the details are a sentence already.
SENTENCES = {
    "empty": "The text is empty.",
    "name": "The talk does not mention {}.",
    "number": "Nobody says the number {} in the talk, or speaks at that time.",
    "quotation": "Nobody says this in these words: {}.",
    "boilerplate": "This says nothing: {}.",
    "repetition": "This is there twice: {}.",
}


def answer(row: TextRow, said: Sequence[Sentence], *, pictures: str) -> text_responses.JobText:
    """Convert a text; `said`: all sentences of the talk, `pictures`: see links.quote_cards_url."""
    document = row.document("")
    count = len(quotations_of(document)) if row.kind == "quote_cards" else 0
    return text_responses.JobText(
        kind=row.kind,
        text=row.text,
        format=NATIVE[row.kind],
        author=row.author,
        reason=row.reason,
        warnings=row.told(),
        version=row.version,
        versions=row.versions,
        updated_at=vocabulary.moment(row.updated_at),
        etag=conditions.quoted(row.tag),
        picture_urls=[f"{pictures}/{number}.png" for number in range(1, count + 1)],
        options=WrittenWith(
            length=(options := row.written_with()).length,
            hook=options.hook,
            tone=options.tone,
            link=options.link,
        ),
        sources=[
            _source(statement, said)
            for block in document.blocks
            for statement in block.statements
            if _known(statement, said)
        ],
    )


def answers(
    rows: Sequence[TextRow], talk: StoredTalk | None, *, pictures: str
) -> list[text_responses.JobText]:
    """Convert the texts of a job; reading the talk blocks."""
    has_sources = any(row.blocks != "[]" for row in rows)
    said: tuple[Sentence, ...] = ()
    if talk is not None and has_sources:
        said = talk_json.decode(talk, words=False).transcript.sentences
    return [answer(row, said, pictures=pictures) for row in rows]


def _known(statement: Statement, said: Sequence[Sentence]) -> list[int]:
    """Return the sources that are in the talk: one that was heard anew may be shorter."""
    return [index for index in statement.sources if 0 <= index < len(said)]


def _source(statement: Statement, said: Sequence[Sentence]) -> text_responses.TextSource:
    known = _known(statement, said)
    spoken = [said[index] for index in known]
    speakers = {sentence.speaker for sentence in spoken}
    return text_responses.TextSource(
        text=statement.text.strip(),
        sentences=known,
        start_seconds=round(min(sentence.start_s for sentence in spoken), 3),
        end_seconds=round(max(sentence.end_s for sentence in spoken), 3),
        speaker=speakers.pop() if len(speakers) == 1 else None,
    )


def warnings(text: str, kind: TextKind, talk: StoredTalk, *, masked: bool) -> list[TextWarning]:
    """Return what a caller's own text claims and the talk does not; blocks.

    `masked`: strong words must be starred.
    """
    evidence = Evidence(talk_json.decode(talk, words=False).transcript)
    found = checks.faults(text, kind, evidence, masked=masked)
    return [_warning(fault) for fault in found[:MAX_WARNINGS]]


def _warning(fault: Fault) -> TextWarning:
    what = fault.what
    if len(what) > MAX_WHAT_CHARS:
        what = f"{what[:MAX_WHAT_CHARS]}…"
    form = SENTENCES.get(fault.kind)
    if form is not None:
        quoted = what if fault.kind in ("name", "number") else f"“{what}”"
        return TextWarning(kind=fault.kind, message=form.format(quoted))
    return TextWarning(kind=fault.kind, message=f"{what[:1].upper()}{what[1:]}.")
