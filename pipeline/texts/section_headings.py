"""Heads the parts of a talk: by what was asked, a whole thought, or a term; each once."""

from collections.abc import Collection, Sequence

from pipeline.language.cleanup import plain, split_sentences
from pipeline.language.enumerations import uncounted
from pipeline.language.text_limits import width
from pipeline.texts import headings, sentence_weights
from pipeline.texts.collocations import repeated_term
from pipeline.texts.conjunctions import strip_conjunction
from pipeline.texts.content_selection import main_speaker, strip_address
from pipeline.texts.genre import cast
from pipeline.texts.insight import is_about_speaker, names_subject, points, repeated, subjects
from pipeline.texts.line import Line
from pipeline.texts.outline import Outline
from pipeline.texts.repetition import contains
from pipeline.texts.self_contained import lacks_referent

MIN_QUESTION_CHARS = 20  # minimum characters of an interviewer's question as a heading
MAX_QUESTION_CHARS = 75  # maximum characters of an interviewer's question as a heading
MAX_ANSWER_LINES = 5  # from a question to a line that is under it
MAX_ECHOED_LINES = 2  # below a heading, which may not say the same


class SectionHeadings:
    """Finds the headings of one text; none is given twice."""

    def __init__(self, plan: Outline, taken: set[tuple[str, ...]]) -> None:
        """`taken`: headings and titles as returned by `cleanup.plain`; kept up to date."""
        self._plan = plan
        self._taken = taken
        group = cast(plan.lines)
        self._genre = group.genre
        self._hosts = frozenset(group.hosts if group.genre == "interview" else ())  # who asks
        self._about = subjects(plan.lines, plan.language)

    def take(self, heading: str) -> None:
        """Remember that a heading is used."""
        self._taken.add(plain(heading))

    def asked(self, line: Line) -> str:
        """Return a host's question that can be a heading, else ""."""
        language = self._plan.language
        asked = strip_conjunction(strip_address(line.text, language), language)
        fits = (
            line.question
            and line.speaker in self._hosts
            and MIN_QUESTION_CHARS <= width(asked) <= MAX_QUESTION_CHARS
            and not line.ceremony
            and not lacks_referent(asked, language)
            and sentence_weights.alone(asked, language)
            and len(split_sentences(asked)) == 1
            and plain(asked) not in self._taken
        )
        return asked if fits else ""

    def heading(self, passages: Sequence[Sequence[Line]], others: str) -> str:
        """Return a whole thought that is not a heading yet, a term, or what was asked; or ""."""
        language = self._plan.language
        lines = [n for p in passages for n in _main_lines(p) if not n.question and not n.ceremony]
        if not any(n.solid for n in lines):
            return ""  # a quarrel, or another language
        texts = [
            (sentence, n.weight)
            for n in lines
            for sentence in split_sentences(uncounted(n.text, language) if n.counted else n.text)
        ]
        said, weights = [text for text, _ in texts], [weight for _, weight in texts]
        first, *rest = passages[0]
        near = [plain(n.text) for n in passages[0][:MAX_ECHOED_LINES]]
        ahead = [*self._taken, *(plain(s) for s in split_sentences(first.text))]
        lifted = bool(rest) and rest[0].alone and not first.counted
        about = repeated(lines, language) | self._about

        def fits(text: str) -> bool:
            return self._tells(text, about)

        term = repeated_term([n for p in passages for n in p], self._plan.lines, language)
        opening = headings.lift_first_sentence(first.text, language) if lifted else ""
        candidates = (
            headings.thought(said, language, ahead, weights, fits=fits),
            opening if opening and fits(opening) else "",
            headings.subject(said, language, others),
            self._question_before(first),
        )
        term = "" if plain(term) in self._taken else term
        if term and self._genre != "interview":
            return term
        found = (h for h in candidates if h and not self._is_near(h, near, lifted=lifted))
        return next(found, term)

    def _tells(self, text: str, about: Collection[str]) -> bool:
        """Return whether a heading names what its part is about, and points at nothing.

        Of a guest, a first person's story is told; of a lecture or discussion, a subject.
        """
        language = self._plan.language
        own = self._genre != "interview" and is_about_speaker(text, language)
        return not (own or points(text, language)) and names_subject(text, about, language)

    def _question_before(self, line: Line) -> str:
        """Return the question that a line belongs to the answer of, if it is near, else ""."""
        before = [n for n in self._plan.lines if n.index < line.index][-MAX_ANSWER_LINES:]
        for earlier in reversed(before):
            if earlier.question and earlier.speaker in self._hosts:
                return self.asked(earlier)
        return ""

    def _is_near(self, heading: str, near: Sequence[tuple[str, ...]], *, lifted: bool) -> bool:
        """Return whether a heading says what another one, or the text right below it, says."""
        words = plain(heading)
        if any(contains(other, words) for other in self._taken):
            return True
        below = near[1:] if lifted and near and near[0] == words else near
        return any(contains(line, words) for line in below)


def _main_lines(lines: Sequence[Line]) -> list[Line]:
    """Return the main speaker's statements and others' questions; of a list, only its lead-in."""
    main = main_speaker(lines)
    lines = [n for n in lines if not (n.counted or n.explains)] or lines
    alone = all(n.speaker == main for n in lines)
    return [
        n
        for n in lines
        if (n.question and (alone or n.speaker != main)) or (n.speaker == main and not n.question)
    ]
