"""Chooses the hashtags of a clip from its own words."""

import json
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib import resources

from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences
from pipeline.language.disfluencies import bare

MAX_TAGS = 5
MAX_MENTIONS_NEEDED = 3  # mentions of a noun from which the whole talk is about it
EVERYDAY_FACTOR = 4  # factor on the mentions needed for a word that many talks have
WORDS_PER_MENTION = 150  # with content; a short talk mentions its subject less often


def content_words(text: str, language: str) -> list[str]:
    """Return the words that say what a text is about, in lower case."""
    stop = lexicon.stop_words(language)
    min_letters = 3 if stop else 6  # without a stop list, the length decides
    return [
        word
        for token in text.split()
        if len(word := bare(token).removesuffix("'s")) >= min_letters
        and word not in stop
        and not any(c.isdigit() for c in word)
        and not (len(word) > 6 and word[0] >= "\u2e80")  # a clause in a script without spaces
        and not word.endswith(("n't", "'ll", "'ve", "'re"))
        and word.replace("-", "").replace("'", "").isalnum()  # excludes formulas
    ]


def hashtags(
    text: str,
    language: str = "en",
    limit: int = MAX_TAGS,
    *,
    fields: Sequence[str] = (),
    talk: Counter[str] | None = None,
) -> tuple[str, ...]:
    """Return tags for fields, names and topics; at most `limit`.

    fields: tags that come first. talk: how often the whole talk mentions each stem; without it the
    text is the whole talk. A noun counts if the talk keeps to it, and not every talk has it.
    """
    found = things(text, language)
    mentions = count_stems(text, language) if talk is None else talk
    needed = min(MAX_MENTIONS_NEEDED, 1 + mentions.total() // WORDS_PER_MENTION)
    everyday = everyday_stems(language)
    tags = list(fields[:limit])
    for candidate, _ in sorted(found.items(), key=lambda item: -item[1]):
        is_name = candidate[:1].isupper() and not languages.language(language).capitalised_nouns
        own = stem(candidate)
        if not is_name and mentions[own] < needed * (EVERYDAY_FACTOR if own in everyday else 1):
            continue
        tag = "#" + "".join(c for c in candidate if c.isalnum())
        if len(tags) < limit and 3 < len(tag) <= 31 and stem(tag) not in {stem(t) for t in tags}:
            tags.append(tag)
    return tuple(tags)


def count_stems(text: str, language: str) -> Counter[str]:
    """Return how often each content word occurs, by its stem."""
    return Counter(stem(word) for word in content_words(text, language))


def everyday_stems(language: str) -> frozenset[str]:
    """Return the stems of the words that talks have whatever they are about; mostly none."""
    return _common_words().get(language, frozenset())


@cache
def _common_words() -> dict[str, frozenset[str]]:
    """Return such stems by language."""
    stored = resources.files("pipeline").joinpath("weights/common_words.json").read_text()
    return {language: frozenset(words) for language, words in json.loads(stored).items()}


def things(text: str, language: str) -> Counter[str]:
    """Return what is named or talked about, with weights: joined names, nouns in lower case."""
    return _names(text, language) + _nouns(text, language)


def stem(tag: str) -> str:
    """Return a word in lower case without a plural s, so that #loaf and #loafs are one."""
    tag = tag.lower()
    return tag[:-1] if tag.endswith("s") and not tag.endswith("ss") else tag


def _names(text: str, language: str) -> Counter[str]:
    """Return the two top capitalized words within sentences; neighbors are joined: MillStreet."""
    if languages.language(language).capitalised_nouns:
        return Counter()  # capitals are no evidence of names there
    found: Counter[str] = Counter()
    for sentence in split_sentences(text):
        run: list[str] = []
        for token in [*sentence.split()[1:], ""]:
            word = token.strip('.,!?;:…"“”()').removesuffix("'s").removesuffix("’s")
            named = word[:1].isupper() and bare(word) not in lexicon.stop_words(language)
            if named:
                run.append(word)
            if run and (not named or token[-1:] in ".,!?;:"):
                if not (len(run) == 1 and run[0].startswith(("I'", "I’"))):
                    found["".join(run[:3])] += 6 if len(run) > 1 else 4
                run = []
    return Counter(dict(found.most_common(2)))


def _nouns(text: str, language: str) -> Counter[str]:
    """Return content words weighted by their frequency; nouns count more than verbs."""
    known, grammar = languages.language(language), lexicon.grammar(language)
    numbers, vague = lexicon.number_words(language), lexicon.vague_nouns(language)
    modifiers = (*grammar.adverb_endings, *grammar.past_endings)
    score: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for sentence in split_sentences(text):
        tokens = sentence.split()
        content = set(content_words(sentence, language))
        named = False  # whether a determiner began this run of content words
        for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
            word = bare(token).removesuffix("'s")
            named = bare(before) in known.determiners or (named and bare(before) in content)
            if word not in content or word in numbers or "'" in word or "-" in word:
                continue
            if known.capitalised_nouns and not token.strip('„“"(')[:1].isupper():
                continue
            own = stem(word)
            if word in vague or own in vague:
                continue
            begins = not before or before[-1] in ".!?:"  # a capital is no evidence there
            proper = token[:1].isupper() and not begins
            capital = proper or known.capitalised_nouns
            spelled.setdefault(own, word.capitalize() if capital else word)
            head = bare(after) in content and not bare(after).endswith(modifiers)
            if token[-1:].isalnum() and head and known.grammar:
                continue  # "a simple example": this word is a modifier, the next one is the noun
            score[own] -= 2 * (known.capitalised_nouns and begins)  # "Nimm", "Such"
            score[own] += 2 + 3 * named - 3 * (bare(before) in grammar.before_verbs)
            score[own] -= 2 * word.endswith(grammar.attribute_endings)
            score[own] -= word.endswith(grammar.gerund_endings)
    min_score = 3 if known.determiners else 2  # where nouns can be told from verbs
    return Counter({spelled[own]: value for own, value in score.items() if value >= min_score})
