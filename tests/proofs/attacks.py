"""`make test-attacks`: the attacks that the suite has, gathered and counted by their kind.

They are tests like all others and run with them; a test that tries many inputs tells how many.
"""

import sys
from pathlib import Path

import pytest
from tally import Tally

ROOT = Path(__file__).resolve().parent.parent.parent
# kind → its modules and tests
KINDS = {
    "addresses inside (SSRF)": (
        "tests/attacks/test_addresses.py",
        "tests/server/net/test_guarded_client.py",
        "tests/server/net/test_page_video.py",
    ),
    "files that refer to others": ("tests/attacks/test_media_references.py",),
    "bombs": (
        "tests/attacks/test_bombs.py",
        "tests/pipeline/media/test_first_look.py",
        "tests/server/api/test_expensive_bodies.py",
    ),
    "traversal": ("tests/attacks/test_traversal.py",),
    "headers": (
        "tests/attacks/test_header_injection.py",
        "tests/server/api/test_hostile_bytes.py",
    ),
    "signed links": (
        "tests/attacks/test_signed_links.py",
        "tests/server/api/routes/test_files.py",
    ),
    "stored markup": ("tests/attacks/test_markup.py",),
    "isolation of accounts": ("tests/attacks/test_isolation.py",),
    "secrets": ("tests/attacks/test_secrets.py",),
    "revoked keys": ("tests/server/api/routes/test_keys.py",),
    "links in folders": ("tests/server/work/test_folder_watch.py",),
    "fonts": ("tests/pipeline/captions/test_font_files.py", "tests/pipeline/core/test_apart.py"),
}


class Counting:
    """Counts tests, or what they say they tried, under their kind."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._kinds = {module: kind for kind, modules in KINDS.items() for module in modules}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the end of a test."""
        kind = self._kinds[report.nodeid.partition("::")[0]]
        if report.failed:
            self._tally.lost(kind, report.nodeid)
        elif report.when == "call" and report.passed:
            said = [int(str(tried)) for name, tried in report.user_properties if name == "cases"]
            self._tally.row(kind).passed += sum(said) if said else 1


def main() -> bool:
    """Run them, print the table, and return whether all is well."""
    tally = Tally()
    for kind in KINDS:
        tally.row(kind)
    sys.path.insert(0, str(ROOT))  # for what the tests' own processes import
    modules = [str(ROOT / module) for modules in KINDS.values() for module in modules]
    status = pytest.main(["-q", f"--rootdir={ROOT}", *modules], plugins=[Counting(tally)])
    return tally.show("make test-attacks") and status == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
