"""The recordings for measuring recognition, with known words and some known times."""

import json
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MEDIA = ROOT.parent / "shared/media"
SAMPLE = ROOT / "tests/data/sample_talk.mp4"
PODCAST = MEDIA / "long/podcast_a.mp4"
WORD_TIMES = MEDIA / "audio/wordtiming.wav"
NAMES = {"en": "English", "de": "German", "es": "Spanish", "ja": "Japanese", "zh": "Mandarin"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A file and its reference transcript."""

    path: Path
    set: str
    language: str
    text: str
    onsets: tuple[tuple[str, float | None], ...] = ()  # words; seconds if known


def talks() -> list[Recording]:
    """Return the long recordings for timing: the podcast, if available, and the sample."""
    return [_talk(path) for path in (PODCAST, SAMPLE) if path.exists()]


def _talk(path: Path) -> Recording:
    """Read the true sentences, of which the onset of each first word is known."""
    truth = json.loads(path.with_name(path.stem + ".truth.json").read_text())
    onsets: list[tuple[str, float | None]] = []
    for sentence in truth["sentences"]:
        first, *rest = sentence["text"].split()
        onsets += [(first, sentence["start_s"]), *((word, None) for word in rest)]
    text = " ".join(s["text"] for s in truth["sentences"])
    return Recording(path=path, set=path.name, language="en", text=text, onsets=tuple(onsets))


def short_files() -> list[Recording]:
    """Return sentences in several languages, and single words; none without the local media."""
    if not MEDIA.is_dir():
        return []
    references = json.loads((MEDIA / "references.json").read_text())
    found = [
        Recording(
            path=MEDIA / name,
            set=f"{NAMES.get(entry['language'], entry['language'])} short",
            language=entry["language"],
            text=entry["text"],
        )
        for name, entry in references.items()
    ]
    words = json.loads(WORD_TIMES.with_name(WORD_TIMES.stem + ".truth.json").read_text())["words"]
    return [
        *sorted(found, key=lambda r: r.set),
        Recording(
            path=WORD_TIMES,
            set="single words",
            language="en",
            text=" ".join(w["word"] for w in words),
            onsets=tuple((w["word"], w["start_s"]) for w in words),
        ),
    ]
