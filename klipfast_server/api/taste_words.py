"""What was learned from an account's feedback, in words."""

from dataclasses import asdict

from klipfast_server.schema.feedback import Preference
from klipfast_server.store.feedback import Counts, Lessons
from pipeline.core.taste import Traits

MIN_TOLD = 0.2  # nats; a weaker preference is not told
MAX_TOLD = 6
# By trait: what the account prefers if its weight is above 0, and if it is below.
WORDS = {
    "story": ("stories", "fewer stories"),
    "claim": ("claims", "fewer claims"),
    "howto": ("how-tos", "fewer how-tos"),
    "confession": ("confessions", "fewer confessions"),
    "joke": ("jokes", "fewer jokes"),
    "data": ("facts and data", "less data"),
    "answer": ("answers to questions", "fewer answers to questions"),
    "list": ("lists", "fewer lists"),
    "argument": ("arguments", "fewer arguments"),
    "advice": ("advice", "less advice"),
    "long": ("longer clips", "shorter clips"),
    "late": ("moments late in a talk", "moments early in a talk"),
    "question": ("clips that open with a question", "clips that do not open with a question"),
    "numbers": ("many figures", "few figures"),
    "listener": ("clips that address the viewer", "clips that do not address the viewer"),
    "feeling": ("strong words", "calm words"),
    "dialogue": ("several voices", "a single voice"),
    "laughter": ("laughter", "less laughter"),
    "energy": ("a lively voice", "a calm voice"),
}


def preferences(weights: Traits) -> list[Preference]:
    """Return the preferences that are strong enough to be told, the strongest first."""
    told = [(name, weight) for name, weight in asdict(weights).items() if abs(weight) >= MIN_TOLD]
    told.sort(key=lambda item: -abs(item[1]))
    return [
        Preference(trait=name, weight=round(weight, 2), text=WORDS[name][weight < 0])
        for name, weight in told[:MAX_TOLD]
    ]


def explanation(counts: Counts, lessons: Lessons) -> str:
    """Return a sentence about what is learned, or why nothing is."""
    if lessons.state == "off":
        return "This server keeps feedback and does not reorder clips by it."
    if lessons.state == "too_few":
        more = "1 more clip" if lessons.needed == 1 else f"{lessons.needed} more clips"
        return f"Say of {more} whether you keep or reject them; until then nothing is reordered."
    if lessons.state == "no_pattern":
        only = "" if counts.rejected and counts.kept + counts.posted else _one_sided(counts)
        return (
            "What you keep and what you reject differ in nothing that is measured, or not clearly "
            f"yet, so nothing is reordered.{only}"
        )
    liked = ", ".join(told.text for told in preferences(lessons.learned.weights))
    return f"New jobs prefer what you prefer: {liked}." if liked else "New jobs prefer it slightly."


def _one_sided(counts: Counts) -> str:
    return " Reject some clips, too." if not counts.rejected else " Keep some clips, too."
