"""Finds hashtags that name no field, no name and no term."""

import re
from collections.abc import Iterator

from bench.texts.drafts import Draft
from bench.texts.findings import Finding
from pipeline.highlights import fields


def find_tags(draft: Draft) -> Iterator[Finding]:
    """Find tags of a single everyday word."""
    known = fields.tags(draft.language)
    for part in draft.parts:
        if part.kind != "tags":
            continue
        for tag in part.text.split():
            joined = len(re.findall(r"[A-ZÀ-ÞА-ЯЁ]", tag)) > 1
            if tag not in known and not joined and not _is_name(tag[1:], draft):
                yield Finding("tag", tag)


def _is_name(word: str, draft: Draft) -> bool:
    """Whether a word is always capitalized within sentences; in German, nouns are, too."""
    if draft.language == "de":
        return False
    spoken = " ".join(s.text for s in draft.transcript.sentences)
    within = re.findall(rf"[\w,] ({re.escape(word)})\b", spoken, re.IGNORECASE)
    return bool(within) and all(w[0].isupper() for w in within)
