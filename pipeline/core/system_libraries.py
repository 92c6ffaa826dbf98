"""Explain import errors caused by missing system libraries, which no Python package provides."""

import re

NOT_FOUND = re.compile(r"(lib[^\s:]+\.so[.\d]*): cannot open shared object file")
DEBIAN_PACKAGES = "libegl1 libgl1 fontconfig"  # required by skia, which draws the captions


def missing(error: ImportError) -> str | None:
    """Return what is missing and how to install it; None if the error has another cause."""
    found = NOT_FOUND.search(str(error))
    if found is None:
        return None
    return (
        f"{found[1]} is missing, a library of the system: apt-get install {DEBIAN_PACKAGES} "
        "(elsewhere: the packages of EGL and OpenGL)."
    )
