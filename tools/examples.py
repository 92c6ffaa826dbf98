"""Writes the texts of four talks, unedited, to docs/examples for people to read.

The talks are in tests/data. They were written for this project, so that they may be published; the
recognizer transcribes the sample.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import talks

import pipeline
from pipeline.core.control import Control
from pipeline.core.data import Options
from pipeline.core.texts import DEFAULT_TEXT_KINDS, TEXT_KINDS, Texts
from pipeline.highlights import selection
from pipeline.models.registry import Models
from pipeline.texts import writer
from pipeline.texts.formats import NATIVE

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "examples"
SAMPLE = ROOT / "tests" / "data" / "sample_talk.mp4"
WRITTEN = ("lighthouse", "queues", "de")
NAMES = {"twitter_thread": "thread", "linkedin_post": "post", "blog_post": "article"}
EVERY_KIND = "lighthouse"  # the talk of which the other kinds are shown, too


def main() -> int:
    """Write the first three texts of each talk into its folder, and every kind of one."""
    models = pipeline.load_models()
    for name, texts in _texts(models):
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        for kind, text in texts.by_kind().items():
            end = "md" if NATIVE[kind] == "markdown" else "txt"
            file = folder / f"{NAMES.get(kind, kind)}.{end}"
            file.write_text(text.rstrip() + "\n", encoding="utf-8")
        print(f"{folder.relative_to(ROOT)}: {len(texts.blog_post.split())} words in the article")
    return 0


def _texts(models: Models) -> Iterator[tuple[str, Texts]]:
    with TemporaryDirectory() as folder:
        talk = pipeline.listen(
            pipeline.probe(SAMPLE),
            models=models,
            options=Options(),
            work_dir=Path(folder),
            control=Control(),
        )
        yield (
            "sample",
            pipeline.write_texts(talk, models=models, options=Options(), control=Control()),
        )
    for name in WRITTEN:
        transcript = talks.read(name)
        found = selection.choose(transcript, None, models.text_models, Options(), Control())
        kinds = TEXT_KINDS if name == EVERY_KIND else DEFAULT_TEXT_KINDS
        yield (
            name,
            writer.write_texts(
                transcript,
                found,
                models=models.text_models,
                kinds=kinds,
            ),
        )


if __name__ == "__main__":
    sys.exit(main())
