"""Lists the links that lead out of the site: nothing but their readers can check them.

The list goes to external-links.txt beside the site, sorted, each address with its pages.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

LIST = "external-links.txt"


class ExternalLinks:
    """The addresses outside that pages lead to, by page, while a site is built."""

    def __init__(self) -> None:
        self._found: dict[str, set[str]] = {}

    def collect(self, _: Sphinx, doctree: nodes.document, page: str) -> None:
        """Remember the addresses of a page that has been read."""
        self._found[page] = {
            link["refuri"]
            for link in doctree.findall(nodes.reference)
            if link.get("refuri", "").startswith(("http://", "https://"))
        }

    def write(self, app: Sphinx, error: Exception | None) -> None:
        """Write the list, unless the build has failed."""
        if error is not None:
            return
        pages = defaultdict(list)
        for page, addresses in sorted(self._found.items()):
            for address in addresses:
                pages[address].append(page)
        lines = [f"{address}  {' '.join(named)}" for address, named in sorted(pages.items())]
        target = Path(app.outdir).with_name(LIST)
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")
        logging.getLogger(__name__).info("%d external links, unchecked: %s", len(lines), target)


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at each page as it is written."""
    links = ExternalLinks()
    app.connect("doctree-resolved", links.collect)
    app.connect("build-finished", links.write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
