"""Counts misheard words in titles, descriptions, hashtags and texts of ten noisy talks.

The two talks whose words are known, each in noise 10, 5 and 0 dB below the voices, by telephone and
in an echoing room. A word with content that nobody says anywhere in the talk was misheard. All
texts are written to a folder, to be read.

    python -m bench.misheard [FOLDER]
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import degraded

import pipeline
from bench.hearing import sound
from bench.support.measures import normalize
from bench.support.recordings import talks
from bench.support.report import report
from pipeline import stages
from pipeline.core.control import Control
from pipeline.core.data import Audio, Options, Talk
from pipeline.core.texts import Texts
from pipeline.highlights import selection
from pipeline.language import lexicon
from pipeline.media.probing import probe

OWN_HEADING = "## Key takeaways"  # nobody says it

CONDITIONS = {
    "noise 10 dB below": degraded.noisy(10),
    "noise 5 dB below": degraded.noisy(5),
    "noise as loud": degraded.noisy(0),
    "telephone": degraded.telephone,
    "echo": degraded.echoing,
}


def process(path: Path, audio: Audio, models: pipeline.Models) -> tuple[Talk, Texts]:
    """Do with this sound what a job does with a talk, without rendering."""
    control, options = Control(), Options()
    transcript = stages.hear(audio, models=models, language=None, control=control)
    found = selection.choose(transcript, audio, models.text_models, options, control)
    talk = Talk(source=probe(path), transcript=transcript, highlights=found)
    return talk, stages.write_texts(talk, models=models, options=options, control=control)


def pieces(talk: Talk, texts: Texts) -> Iterator[tuple[str, str]]:
    """Yield what is published beside the clips, with its kind."""
    for highlight in talk.highlights:
        yield "title", highlight.title
        yield "description", highlight.description
        yield "hashtags", " ".join(highlight.hashtags)
    yield "thread", texts.twitter_thread
    yield "post", texts.linkedin_post
    yield "article", texts.blog_post.replace(OWN_HEADING, "")


def content(text: str, language: str) -> list[str]:
    """Return the words with content."""
    plain = [w for w in normalize(text, language).split() if w.isalpha()]
    return [word for word in plain if word not in lexicon.stop_words(language) and len(word) > 2]


def main(folder: str = "") -> None:
    """Process, count, and print."""
    models = pipeline.load_models()
    rows = []
    for recording in talks():
        clean, language = sound(recording.path), recording.language
        known = set(content(recording.text, language))
        joined = normalize(recording.text, language).replace(" ", "")
        for condition, change in CONDITIONS.items():
            talk, texts = process(recording.path, change(clean), models)
            lines, published, wrong = list[str](), 0, list[str]()
            for kind, text in pieces(talk, texts):
                lines.append(f"{kind}: {text}")
                words = content(text, language)
                published += len(words)
                tag = kind == "hashtags"  # joins several words
                wrong += [w for w in words if w not in known and not (tag and w in joined)]
            heard = [w for s in talk.transcript.sentences for w in content(s.text, language)]
            misheard = sum(w not in known for w in heard)
            sentences = talk.transcript.sentences
            rows.append(
                {
                    "talk": recording.set,
                    "sound": condition,
                    "clips": len(talk.highlights),
                    "doubtful": sum(s.doubtful for s in sentences) / len(sentences),
                    "heard": len(heard),
                    "misheard": misheard / max(1, len(heard)),
                    "published": published,
                    "of them misheard": len(wrong) / max(1, published),
                    "which": " ".join(sorted(set(wrong))[:12]),
                }
            )
            if folder:
                name = f"{recording.path.stem} {condition}.txt".replace(" ", "_")
                Path(folder, name).write_text("\n".join(lines))
    report("misheard", "Misheard words in what is published", rows)


if __name__ == "__main__":
    main(*sys.argv[1:])
