"""Orders a transcript for writing: what is worth saying, how much so, and where subjects change.

Knows nothing of tweets, posts and articles.
"""

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from pipeline import borders, cues, telling, words
from pipeline.counting import counted
from pipeline.data import Highlight, Sentence, Transcript
from pipeline.length import width
from pipeline.spoken import may_repeat, plain, shortened, tidy, unmarked
from pipeline.stutter import bare
from pipeline.tongues import chatters, leans, tongue

Embed = Callable[[Sequence[str]], npt.NDArray[np.float32]]
Floats = npt.NDArray[np.float32]
Borders = npt.NDArray[np.float64]

_MARKS = re.compile(r"[*#<>\[\]()`\x00-\x1f\x7f\ud800-\udfff]")
PARAGRAPH_PAUSE_S = 1.5
TOPIC_SENTENCES = 6  # compared on either side of a possible border
SHORTEST_TOPIC = 5  # sentences
CHATTER_GAP = 6  # sentences between two greetings that are small talk too
CHATTER_ANSWER = 8  # sentences that an answer to small talk may have
QUOTED = 6  # sentences of a quotation, in case its end is not marked
LIST = 12  # sentences between two points of a list
LONGEST = 600  # characters of a sentence: of an endless one the beginning is told
SHORTEST = 30  # characters of a sentence that says something
LEARNED = 0.3  # share of what editors choose in a weight, where it is known
BORDER = 0.3  # what is learned of chapters counts beside what a cut looks like
# What weakens a sentence, and by how much.
WEAK = {"hedge": 0.75, "backchannel": 0.3, "promotion": 0.3, "ceremony": 0.3, "meta": 0.55}


def _asks(text: str) -> bool:
    return text.rstrip('"”’ ').endswith(("?", "？", "か。"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A transcript's sentence, tidied."""

    index: int  # in Transcript.sentences
    text: str
    start_s: float
    end_s: float
    speaker: str | None
    weight: float  # 0..1, how much of what matters it says
    alone: bool  # understood without the sentence before
    general: bool  # says how things are or what to do, not what happened
    moment: bool  # inside a highlight
    opening: bool  # the first of one that does not ask
    chatter: bool  # greeting, advert, talk about the talk
    counted: int  # which point of a list it begins, from 1; 0: of none
    solid: bool  # long enough to say something, and neither doubts nor talks about the talk

    @property
    def size(self) -> int:
        """Characters; those of scripts that part no words count two."""
        return width(self.text)

    @property
    def question(self) -> bool:
        """Whether it asks."""
        return _asks(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """All lines in order, the best moments (best first) and the topics, as runs of lines."""

    language: str
    lines: tuple[Line, ...]
    moments: tuple[tuple[Line, ...], ...]
    topics: tuple[tuple[Line, ...], ...]
    bar: float  # the weight from which a line outside the moments is worth telling


def outline(
    transcript: Transcript, highlights: Sequence[Highlight], embed: Embed | None
) -> Outline:
    """Tidy, weigh and divide; sentences of which nothing is left are gone."""
    language = transcript.language
    speakers = [s.speaker for s in transcript.sentences]
    kept = [
        (i, text)
        for i, s in enumerate(transcript.sentences)
        if (
            text := tidy(
                shortened(unmarked(s.text[: 4 * LONGEST]), LONGEST),
                language,
                answered=speakers[i + 1 : i + 2] not in ([], [s.speaker]),
            )
        )
        and len(text) > 1
        and not words.CREDITS.search(text)
    ]
    inside = {i for h in highlights for i in range(h.first_sentence, h.last_sentence + 1)}
    kept = _once(kept, inside)
    if not kept:
        return Outline(language=language, lines=(), moments=(), topics=(), bar=0.0)
    vectors = _vectors([text for _, text in kept], language, embed)
    known = [transcript.sentences[i] for i, _ in kept] if embed is not None else []
    weights = _weights([text for _, text in kept], vectors, language, known)
    openings = {
        next((i for i in inner if not _asks(transcript.sentences[i].text)), h.first_sentence)
        for h in highlights
        if (inner := range(h.first_sentence, h.last_sentence + 1))
    }
    chatter, quoted = _chatter(transcript, inside), _quoted(transcript)
    lines = tuple(
        Line(
            index=i,
            text=text,
            start_s=transcript.sentences[i].start_s,
            end_s=transcript.sentences[i].end_s,
            speaker=_name(transcript.sentences[i].speaker),
            weight=min(1.0, float(weight) * (1.3 if i in inside else 1.0)),
            alone=_alone(text, language) and i not in quoted,
            general=_general(text, language),
            moment=i in inside,
            opening=i in openings,
            chatter=i in chatter,
            counted=point,
            solid=_solid(text, language),
        )
        for (i, text), weight, point in zip(
            kept, weights, _listed([counted(text, language) for _, text in kept]), strict=True
        )
    )
    moments = tuple(
        run
        for h in sorted(highlights, key=lambda h: -h.score)
        if (run := _answered(lines, h.first_sentence, h.last_sentence))
    )
    learned = borders.strength(known, vectors.astype(np.float64)) if known else None
    told = {
        i: at
        for at, h in enumerate(highlights)
        for i in range(h.first_sentence, h.last_sentence + 1)
    }
    topics = _topics(lines, vectors, learned, [told.get(n.index) for n in lines])
    bar = median(n.weight for n in lines if n.moment or not moments)
    return Outline(language=language, lines=lines, moments=moments, topics=topics, bar=bar)


def _quoted(transcript: Transcript) -> set[int]:
    """Sentences amid a quotation that began in one before: they are somebody else's words."""
    found: set[int] = set()
    left = 0  # sentences for which a quotation is believed to go on
    for i, sentence in enumerate(transcript.sentences):
        if left:
            found.add(i)
        opens = sentence.text.count("“") - sentence.text.count("”")
        odd = sentence.text.count('"') % 2 == 1
        if opens > 0 or (odd and not left):
            left = QUOTED
        else:
            left = 0 if opens < 0 or odd else max(0, left - 1)
    return found


def _name(speaker: str | None) -> str | None:
    """Without what a page would take for a mark."""
    return " ".join(_MARKS.sub(" ", speaker).split()) or None if speaker else None


def _listed(points: list[int]) -> list[int]:
    """Only what counts in a list: "Then, years later, …" alone counts nothing."""
    return [
        n if n and (
            (n > 1 and n - 1 in points[max(0, at - LIST) : at])
            or (n == 1 and 2 in points[at + 1 : at + 1 + LIST])
        ) else 0
        for at, n in enumerate(points)
    ]  # fmt: skip


def _answered(lines: Sequence[Line], first: int, last: int) -> tuple[Line, ...]:
    """The lines from `first` to `last`, and the question before, if they make no sense without."""
    run = tuple(n for n in lines if first <= n.index <= last)
    before = next((n for n in reversed(lines) if n.index < first), None)
    if not run or before is None or not before.question or before.chatter:
        return run
    needed = not (run[0].alone and run[0].solid)
    return (before, *run) if needed and before.speaker != run[0].speaker else run


def _once(kept: list[tuple[int, str]], inside: set[int]) -> list[tuple[int, str]]:
    """Without sentences that are said again: the one in a moment stays, else the first."""
    best: dict[tuple[str, ...], int] = {}
    for i, text in kept:
        key = plain(text)
        if key not in best or (i in inside and best[key] not in inside):
            best[key] = i
    stay = [(i, t) for i, t in kept if may_repeat(t) or best[plain(t)] == i]
    before = [("", ""), *(plain(t) for _, t in stay)]
    return [(i, t) for (i, t), said in zip(stay, before, strict=False) if plain(t) != said]


def _chatter(transcript: Transcript, inside: set[int]) -> set[int]:
    """Sentences that greet, advertise or talk about the talk, and the few between such."""
    found = [
        i
        for i, s in enumerate(transcript.sentences)
        if chatters(s.text, transcript.language) and i not in inside
    ]
    between = {
        i
        for a, b in pairwise(found)
        if b - a <= CHATTER_GAP and not inside & set(range(a, b))
        for i in range(a, b)
    }
    return between | set(found) | _small_talk(transcript, found, inside)


def _small_talk(transcript: Transcript, found: Sequence[int], inside: set[int]) -> set[int]:
    """What is answered to a question that is small talk, up to the next question."""
    sentences = transcript.sentences
    answers: set[int] = set()
    for at in found:
        if not _asks(sentences[at].text) or sentences[at].speaker is None:
            continue
        for i in range(at + 1, min(len(sentences), at + 1 + CHATTER_ANSWER)):
            asks_on = _asks(sentences[i].text) and i not in found and i > at + 1
            if i in inside or (asks_on and sentences[i].speaker == sentences[at].speaker):
                break
            answers.add(i)
    return answers


def _vectors(texts: list[str], language: str, embed: Embed | None) -> Floats:
    """Unit vectors, shape (n, d): sentence embeddings, else words weighed by their rarity."""
    if embed is not None:
        return np.asarray(embed(texts), dtype=np.float32)
    stop = words.stop_words(language)
    bags = [Counter(w for t in text.split() if (w := bare(t)) and w not in stop) for text in texts]
    spread = Counter(w for bag in bags for w in bag)
    place = {w: i for i, w in enumerate(spread)}
    vectors = np.zeros((len(texts), max(1, len(place))), dtype=np.float32)
    for row, bag in enumerate(bags):
        for word, count in bag.items():
            rarity = math.log((1 + len(texts)) / (1 + spread[word])) + 1
            vectors[row, place[word]] = count * rarity
    norms = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return np.asarray(vectors / norms, dtype=np.float32)


def _weights(texts: list[str], vectors: Floats, language: str, known: Sequence[Sentence]) -> Floats:
    """How much each sentence says, shape (n,), in [0, 1]: central, full, quotable.

    `known`: the sentences, where there are embeddings of them: then also what editors choose.
    """
    centre = vectors.mean(axis=0)
    central = vectors @ centre / max(float(np.linalg.norm(centre)), 1e-9)
    central = (central - central.min()) / max(float(np.ptp(central)), 1e-9)
    length = np.array([len(t.split()) if " " in t else len(t) / 2 for t in texts])
    full = np.clip(length / 12, 0, 1) * np.clip(45 / np.maximum(length, 1), 0.3, 1)
    weights = 0.5 * central + 0.3 * full + 0.2 * np.array([_quotable(t, language) for t in texts])
    if known:
        own = vectors.astype(np.float64)
        told = 1 / (1 + np.exp(-telling.smooth(known, telling.telling(known, own))))
        weights = (1 - LEARNED) * weights + LEARNED * told
    weights *= np.array([_weakness(t, language) for t in texts])
    return np.asarray(weights, dtype=np.float32)


def _weakness(text: str, language: str) -> float:
    """What remains of the weight of a sentence that doubts, or speaks of the talk itself."""
    weak = {"ceremony"} if chatters(text, language) else set()
    if language == "en":
        frame = words.FRAME.match(text)  # "I think that the …" is an opinion, not a doubt
        found = cues.read(text[frame.end() :] if frame else text)
        weak |= {name for name in WEAK if name != "meta" and getattr(found, name)}
        weak |= {"meta"} if words.META.search(text) else set()
    elif tongue(language).weak.search(text):
        weak.add("meta")
    return math.prod(WEAK[name] for name in weak)


def _solid(text: str, language: str) -> bool:
    return width(text) >= SHORTEST and _weakness(text, language) == 1.0


def _quotable(text: str, language: str) -> float:
    """Numbers, names and strong words, in [0, 1]."""
    tokens = text.split()
    plain = [bare(t) for t in tokens]
    points = any(c.isdigit() for c in text) or any(t in words.NUMBERS for t in plain[1:])
    strong = sum(t in words.STRONG for t in plain) if language == "en" else 0
    return min(1.0, 0.4 * points + 0.3 * strong)


def _alone(text: str, language: str) -> bool:
    """Whether nothing in its first words points back."""
    if language != "en":
        return not leans(text, language)
    tokens = [bare(t) for t in text.split()]
    if _introduces(tokens):
        return True
    if not tokens or tokens[0] in words.LEANING | words.ORDINALS:
        return False
    if any(
        t in ("that,", "it,", "this,", "these,", "those,", "so,") for t in text.lower().split()[:3]
    ):
        return False
    return tokens[0] not in ("and", "but", "or", "because", "so", "yes", "no", "exactly", "not")


def _introduces(tokens: Sequence[str]) -> bool:
    """ "It began with a radio", "There was a keeper", "This list saves": it names its subject."""
    if len(tokens) < 2:
        return False
    first, second = tokens[:2]
    return (
        (first == "it" and second in words.DUMMY_VERBS)
        or (first == "there" and second in words.BEING)
        or (first in ("this", "these") and second not in words.AUXILIARY)
    )


def _general(text: str, language: str) -> bool:
    """Whether it is advice or a statement for everybody (English only: by its words)."""
    if language != "en":
        return False
    tokens = [bare(t) for t in text.split()]
    past = sum(t in words.PAST or (t.endswith("ed") and len(t) > 4) for t in tokens)
    told = any(t in ("you", "your", "people", "we", "never", "always") for t in tokens)
    return past == 0 and (told or tokens[0] in words.IMPERATIVES)


def _topics(
    lines: tuple[Line, ...],
    vectors: Floats,
    learned: Borders | None,
    moments: Sequence[int | None],
) -> tuple[tuple[Line, ...], ...]:
    """Runs of lines on one subject (Hearst 1997, TextTiling): cut where neighbours differ most.

    `learned`: what chapters have taught of borders. `moments`: the one that each line is in; it is
    a run of its own, or lies whole inside one.
    """
    count = len(lines)
    wanted = 1 + round(math.sqrt(count / 3))
    depth = np.zeros(count)
    edges = [i for i in range(1, count) if moments[i] != moments[i - 1]]
    for at in range(SHORTEST_TOPIC, count - SHORTEST_TOPIC + 1):
        if moments[at] is not None and moments[at] == moments[at - 1]:
            continue
        before = vectors[max(0, at - TOPIC_SENTENCES) : at].sum(axis=0)
        after = vectors[at : at + TOPIC_SENTENCES].sum(axis=0)
        scale = float(np.linalg.norm(before) * np.linalg.norm(after))
        depth[at] = 1.0 - float(before @ after) / max(scale, 1e-9)
        depth[at] += 0.1 * (lines[at].start_s - lines[at - 1].end_s > PARAGRAPH_PAUSE_S)
        depth[at] += 0.1 * lines[at].question  # an interviewer opens subjects by asking
        depth[at] += BORDER * float(np.tanh(learned[at])) if learned is not None else 0.0
    for at in (int(i) for i in np.argsort(-depth)):
        if wanted <= 1 or depth[at] <= 0:
            break
        if all(abs(at - e) >= SHORTEST_TOPIC for e in edges):
            edges.append(at)
            wanted -= 1
    return tuple(lines[a:b] for a, b in pairwise([0, *sorted(edges), count]) if b > a)
