"""Says in plain words why a text, or a part of it, is not a language model's.

For users: without addresses and messages of servers, which the log has.
"""

from collections.abc import Sequence

from pipeline.core.control import TooSlow
from pipeline.texts.checks import Fault, FaultKind
from pipeline.texts.generation.assembly import Place
from pipeline.texts.generation.author import OutOfTime

MAX_PARTS = 5  # that are named
MAX_FAULTS = 2  # faults of a part that are named
MAX_QUOTED_CHARS = 60
TOO_LITTLE_TIME = "too little time for the language model (llm.timeout_s)"

_FAULTS: dict[FaultKind, str] = {
    "empty": "no words",
    "name": "a name without evidence: {}",
    "number": "a number without evidence: {}",
    "quotation": "a quotation without evidence: {}",
    "length": "{}",
    "form": "not in the requested form",
    "language": "{}",
    "boilerplate": "an empty phrase: {}",
    "repetition": "said twice",
    "profanity": "a strong word without stars",
    "source": "no sentence of the talk is named for it",
    "negation": "{}",
    "meaning": "the talk says something else there",
    "speaker": "{}",
}


def describe(error: Exception) -> str:
    """Return why an author stopped."""
    if isinstance(error, TooSlow | TimeoutError):
        return "the language model did not answer in time"
    if isinstance(error, OutOfTime):
        return f"{TOO_LITTLE_TIME}: {error}"
    return "the language model failed"


def explain(places: Sequence[Place], stopped: str) -> str:
    """Return which parts are not the model's, and why; "" if all are.

    stopped: why the author stopped early, if it did.
    """
    fallen = [place for place in places if not place.drafted]
    if not fallen:
        return stopped
    if len(places) == 1:
        return stopped or f"the language model's text is not used: {_why(fallen[0])}"
    named = [f"{p.outcome.part.name} ({_why(p)})" for p in fallen[:MAX_PARTS]]
    more = [f"{len(fallen) - MAX_PARTS} more"] if len(fallen) > MAX_PARTS else []
    count = f"{len(fallen)} of {len(places)} parts are not the language model's"
    listed = "; ".join([*named, *more])
    return f"{stopped}; {count}: {listed}" if stopped else f"{count}: {listed}"


def _why(place: Place) -> str:
    outcome = place.outcome
    if outcome.draft is not None:
        return "the whole text has faults with it"
    if outcome.faults:
        return ", ".join(dict.fromkeys(map(_name, outcome.faults[:MAX_FAULTS])))
    return "not written"


def _name(fault: Fault) -> str:
    return _FAULTS[fault.kind].format(fault.what[:MAX_QUOTED_CHARS])
