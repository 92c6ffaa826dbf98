"""Libraries of the system, which no Python package brings: a sentence where one is missing."""

import re

NOT_FOUND = re.compile(r"(lib[^\s:]+\.so[.\d]*): cannot open shared object file")
DEBIAN = "libegl1 libgl1 fontconfig"  # of skia, which draws the captions


def missing(error: ImportError) -> str | None:
    """What is missing, and where it comes from; None where the error is about something else."""
    found = NOT_FOUND.search(str(error))
    if found is None:
        return None
    return (
        f"{found[1]} is missing, a library of the system: apt-get install {DEBIAN} "
        "(elsewhere: the packages of EGL and OpenGL)."
    )
