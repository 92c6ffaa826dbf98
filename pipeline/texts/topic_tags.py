"""Chooses the hashtags of a text: its fields, and names and terms of several words said twice.

A single everyday noun says nothing to a reader: #plug, #wife. Where nothing is better, there is no
tag.
"""

from collections.abc import Collection, Sequence

from pipeline.highlights import fields
from pipeline.language.disfluencies import bare
from pipeline.texts.terms import terms

MIN_MENTIONS = 2
MIN_SPREAD = 0.2  # minimum share of the sentences, between the mentions of a term that is no name
MAX_TAG_CHARS = 31


def topic_tags(
    sentences: Sequence[str],
    language: str,
    limit: int,
    *,
    known: Sequence[str] = (),
    speakers: Collection[str] = (),
) -> tuple[str, ...]:
    """Return at most `limit` tags of a text in a language (ISO 639-1), fields first; often none.

    known: tags of the talk's moments, of which those that name a field count. speakers: names of
    who speaks, which are no topics.
    """
    named = fields.tags(language)
    tags = [tag for tag in known if tag in named]
    own = {bare(part) for name in speakers for part in name.split()}
    places: dict[tuple[str, ...], list[int]] = {}
    for at, text in enumerate(sentences):
        for run in terms(text, language):
            places.setdefault(run, []).append(at)
    for run, said in sorted(places.items(), key=lambda item: -len(item[1])):
        name = run[0][:1].isupper()
        spread = said[-1] - said[0] >= MIN_SPREAD * len(sentences)
        if len(said) < MIN_MENTIONS or own & {word.casefold() for word in run}:
            continue
        if not (name or spread):
            continue
        tag = "#" + "".join(word[:1].upper() + word[1:] for word in run)
        if tag.removeprefix("#").isalnum() and len(tag) <= MAX_TAG_CHARS and tag not in tags:
            tags.append(tag)
    return tuple(tags[:limit])
