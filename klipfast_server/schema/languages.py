"""The languages that a talk may be said to be in."""

from klipfast_server.core.errors import BadRequest

# ISO 639-1 codes of the languages that Whisper was trained on.
# ruff: noqa: SIM905 - a list of a hundred quoted codes is no easier to read
LANGUAGES = frozenset(
    "af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha he hi "
    "hr ht hu hy id is it ja ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn "
    "no oc pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz "
    "vi yi yo zh".split()
)


def language_of(code: str | None) -> str | None:
    """Return the code; None where the language is to be detected. Raises BadRequest."""
    """Return the code; None where the language is to be detected. Raises BadRequest."""
    if code is None or code == "auto":
        return None
    if code not in LANGUAGES:
        raise BadRequest(
            f"language {code!r} is not a supported ISO 639-1 code such as en, de or ja; "
            "omit it, or use auto, to detect the language.",
            field="language",
        )
    return code
