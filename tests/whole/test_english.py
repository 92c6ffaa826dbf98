"""The lint of the English we write finds what it refuses, with its line, and the tree is clean."""

import pytest

from tools import english


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.py", "X = 3  # of the last word, s\n", (1, english.OF)),
        ("a.py", 'X = "# of a text"\n', None),
        ("a.sql", "SELECT 1;\n-- of the job\n", (2, english.OF)),
        ("docs/a.md", "The colour of a word.\n", (1, "color")),
        ("klipfast_server/studio/js/strings.js", 'again: "Write again",\n', (1, "Regenerate")),
        (
            "klipfast_server/schema/a.py",
            'about("Of a line.")\n',
            (1, english.TABLE["labels"]['"Of ']),
        ),
        ("klipfast_server/store/a.py", 'raise Conflict("Of a job.")\n', None),
        ("pipeline/a.py", 'look.colour.text = style["colour"]\n', None),
    ],
)
def test_what_is_refused_is_found(name: str, text: str, found: tuple[int, str] | None) -> None:
    lines = [(line, right) for line, _, right in english.findings(name, text)]
    assert lines == ([] if found is None else [found])


def test_the_tree_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert english.main() == 0, capsys.readouterr().out
