"""Changes the encoder's settings in a command of ffmpeg. Imports nothing that a peer may lack."""

from collections.abc import Sequence
from typing import Any


def with_encoder(command: Sequence[Any], settings: tuple[str, int, str]) -> list[Any]:
    """Return the command with another preset, CRF and number of pictures a second.

    Raises ValueError if it does not set all three, because then they cannot be compared.
    """
    preset, crf, rate = settings
    replaced = {"-preset": preset, "-crf": str(crf), "-r": rate}
    words = [str(part) for part in command]
    if missing := [flag for flag in replaced if flag not in words]:
        raise ValueError(f"the command does not set {', '.join(missing)}: {' '.join(words)}")
    before = ["", *words]
    return [replaced.get(flag, part) for flag, part in zip(before, command, strict=False)]
