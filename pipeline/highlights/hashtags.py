"""Chooses the hashtags of a clip from its own words."""

from collections import Counter
from collections.abc import Sequence

from pipeline.language import languages, lexicon
from pipeline.language.cleanup import split_sentences
from pipeline.language.disfluencies import bare

MAX_TAGS = 5
MIN_MENTIONS = 3  # minimum mentions of a name that a clip is about


def hashtags(
    text: str, language: str = "en", limit: int = MAX_TAGS, *, fields: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return tags for fields, which come first, and for the names that a text is about."""
    tags = list(fields[:limit])
    for name in (n for n, count in names(text, language).most_common() if count >= MIN_MENTIONS):
        tag = "#" + "".join(c for c in name if c.isalnum())
        if len(tags) < limit and 3 < len(tag) <= 31 and stem(tag) not in {stem(t) for t in tags}:
            tags.append(tag)
    return tuple(tags)


def stem(tag: str) -> str:
    """Return a word in lower case without a plural s, so that #loaf and #loafs are one."""
    tag = tag.lower()
    return tag[:-1] if tag.endswith("s") and not tag.endswith("ss") else tag


def names(text: str, language: str) -> Counter[str]:
    """Return how often names are said: capitalized words within sentences, neighbors joined."""
    if languages.language(language).capitalized_nouns:
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
                    found["".join(run[:3])] += 1
                run = []
    return found
