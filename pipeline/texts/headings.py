"""Names a part of a text: by a whole thought that is short enough, else by what it is about.

Half a clause is no heading.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from pipeline.analysis import lexical_cues
from pipeline.highlights.hashtags import things
from pipeline.highlights.title_strength import strength
from pipeline.highlights.titles import TITLE_CHARACTERS, clip_title, dressed
from pipeline.language import languages, lexicon
from pipeline.language.cleanup import plain, together
from pipeline.language.discourse_markers import depends_on_previous, is_chatter, marker_patterns
from pipeline.language.disfluencies import bare
from pipeline.language.text_limits import width
from pipeline.texts.sentence_weights import in_past

MIN_THOUGHT_WORDS = 3  # words of a thought, of which …
MIN_THOUGHT_LETTERS = 8  # the same where words aren't known
TELLING = 2  # … so many tell something
COMMAS = 2  # at most: more string clauses together
ASKING = 0.3  # against a question, which clips may have for a title
COUNTING = 0.4  # the same for a number
WHOLE = 0.6  # in favour of a sentence that is short enough as it is
WEIGHT = 1.5  # of how much a sentence says, beside how it is worded
MIN_SUBJECTS = 2  # single words that name a part
PHRASES = 3  # that name a part
LONGEST_PHRASE = 3  # words
TWICE = 2  # a phrase that is said once names nothing
_SYMBOL = re.compile(r"--|\b(\w+), \1\b|[=^|<>\[\]{}@]|\w\(")


def thought(
    texts: Sequence[str],
    language: str,
    taken: Collection[tuple[str, ...]] = (),
    weights: Sequence[float] = (),
) -> str:
    """The strongest whole thought of the sentences in at most 60 characters, else "".

    `taken`: what stands already, as `cleanup.plain` gives it; `weights` of the sentences, 0..1.
    """
    subjects = Counter(
        w for text in texts for t in text.split() if (w := bare(t)) and _tells(w, language)
    )
    imperatives = lexicon.grammar(language).imperatives
    found = [
        (
            strength(clause, subjects, language)
            + WHOLE * (clause == whole)
            - ASKING * clause.endswith("?")
            - COUNTING * (_counts(clause, language) and _first(clause) not in imperatives)
            + WEIGHT * (weights[at] if weights else 0.0),
            -at,
            clause,
        )
        for at, whole in enumerate(texts)
        for clause in _thoughts(whole, language)
        if plain(clause) not in taken
    ]
    return dressed(max(found)[2]) if found else ""


def lifted(first: str, language: str) -> str:
    """The sentence that a part begins with, where it may stand above the rest, else ""."""
    asks = first.endswith(("?", "？")) and width(first) <= TITLE_CHARACTERS
    return dressed(first) if asks or _stands(first, True, language, telling=1) else ""


def clause(texts: Sequence[str], language: str) -> str:
    """What `titles` makes of the sentences, if it can stand, else "".

    For want of a `thought`: it need not tell as much, but it ends where a clause does.
    """
    found = clip_title(together(texts), language)
    at = next((t.find(found) + len(found) for t in texts if found and found in t), 0)
    rest = next((t[at:] for t in texts if found and found in t), "")
    ends = not rest[:1].isspace() or lexicon.grammar(language).new_clause.match(rest)
    return found if ends and _stands(found, False, language, telling=1) else ""


def _thoughts(sentence: str, language: str) -> list[str]:
    """The sentence and, by word classes, its beginnings up to a new clause, if they may stand."""
    found = [sentence]
    if grammar := languages.language(language).grammar:
        if frame := grammar.frames.match(sentence):
            sentence = sentence[frame.end() :]
            sentence = sentence[0].upper() + sentence[1:]
            found.append(sentence)
        if not sentence.endswith("?"):
            found += [sentence[: m.start()] for m in grammar.new_clause.finditer(sentence)]
    return [clause for clause in found if _stands(clause, clause == found[0], language)]


def _stands(clause: str, whole: bool, language: str, *, telling: int = TELLING) -> bool:
    """Whether it can be read without what is around it; `telling`: words that tell something."""
    tokens = [bare(t) for t in clause.split()]
    spaced = len(tokens) > 1
    if width(clause.rstrip(".!")) > TITLE_CHARACTERS or (
        spaced and len(tokens) < MIN_THOUGHT_WORDS
    ):
        return False
    if (
        len(re.findall("[,，、]", clause)) > COMMAS
        or _SYMBOL.search(clause)
        or lexicon.grammar(language).after_name.match(clause)
    ):
        return False
    known = languages.language(language)
    if known.grammar:
        told = sum(_tells(t, language) for t in tokens)
        return told >= telling and _is_thought(clause, tokens, whole, language)
    if (
        depends_on_previous(clause, language)
        or is_chatter(clause, language)
        or _weak(clause, language)
    ):
        return False
    if clause[:1].isdigit() or known.unfinished.search(clause):
        return False
    return len(clause) >= MIN_THOUGHT_LETTERS


def _weak(clause: str, language: str) -> bool:
    return bool(marker_patterns(language).weak.search(clause))


def _is_thought(clause: str, tokens: Sequence[str], whole: bool, language: str) -> bool:
    """Whether it neither leans on what is around it nor breaks off, and has a verb."""
    grammar = lexicon.grammar(language)
    about_itself = (p.search(clause) for p in (grammar.meta, grammar.chatter, grammar.doubts))
    if any(about_itself) or grammar.frames.match(clause) or lexical_cues.read(clause).hedge:
        return False
    if tokens[0] in grammar.leaning | lexicon.ordinals(language) | grammar.leaning_headings:
        return False
    torn = tokens[-1] in grammar.pointing or (
        tokens[-1] in lexicon.last_words(language) and not whole
    )
    half = bool(grammar.subordinate.match(clause)) and "," not in clause
    verbs = grammar.being | grammar.past | grammar.imperatives | grammar.verbs
    verb = any(t in verbs or in_past(t, grammar) for t in tokens)
    return clause.endswith("?") or (verb and not torn and not half)


def _first(clause: str) -> str:
    return bare(clause.split(maxsplit=1)[0])


def _counts(clause: str, language: str) -> bool:
    numbers = lexicon.number_words(language)
    return any(
        t[:1].isdigit() or not numbers.isdisjoint(bare(t).split("-")) for t in clause.split()
    )


def subjects(texts: Sequence[str], language: str, others: str = "") -> str:
    """What the sentences speak of most, at most three phrases; "" where nothing comes twice.

    `others`: the rest of the talk; what it has too is worth less.
    """
    counts = Counter(p for text in texts for p in set(_phrases(text, language)))
    named = {name.casefold() for name in things(" ".join(texts), language)}
    elsewhere = others.casefold()
    spelled: dict[str, str] = {}
    for text in texts:
        for token in text.split():
            word = token.strip(".,!?;:…\"'“”‘’()[]«»—–")
            spelled.setdefault(word.casefold(), word)

    def rank(phrase: str) -> tuple[float, str]:
        rare = 1.0 / (1 + elsewhere.count(phrase)) ** 0.5
        return -counts[phrase] * rare * (1 + phrase.count(" ")), phrase

    kept: list[str] = []
    for phrase in sorted((p for p, n in counts.items() if n >= TWICE), key=rank):
        parts = set(phrase.split())
        if any(parts & set(other.split()) for other in kept):
            continue
        if len(parts) == 1 and phrase not in named:
            continue
        if len(", ".join([*kept, phrase])) > TITLE_CHARACTERS:
            continue
        kept.append(phrase)
        if len(kept) == PHRASES:
            break
    if len(kept) < MIN_SUBJECTS and " " not in "".join(kept):
        return ""
    shown = ", ".join(" ".join(spelled.get(w, w) for w in phrase.split()) for phrase in kept)
    return shown[:1].upper() + shown[1:]


def _phrases(text: str, language: str) -> list[str]:
    """Runs of up to three words that tell, none of them divided by a mark."""
    found: list[str] = []
    run: list[str] = []
    for token in [*text.split(), ""]:
        word = bare(token).removesuffix("'s")
        if word and _tells(word, language):
            run.append(word)
        if run and (not word or not _tells(word, language) or token[-1:] in ".,!?;:…"):
            found += [
                " ".join(run[a:b])
                for a in range(len(run))
                for b in range(a + 1, min(len(run), a + LONGEST_PHRASE) + 1)
            ]
            run = []
    return found


def _tells(word: str, language: str) -> bool:
    """Whether a word may be part of a subject's name."""
    small, grammar = lexicon.stop_words(language), languages.language(language).grammar
    return (
        len(word) > (2 if small else 5)
        and word not in small
        and word not in lexicon.vague_nouns(language)
        and word not in lexicon.number_words(language)
        and word.isalpha()
        and not (grammar and (word in grammar.past or word.endswith(grammar.adverb_endings)))
    )
