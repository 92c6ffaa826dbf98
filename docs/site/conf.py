"""How Sphinx makes a site of the repository's Markdown: `make docs`.

The source folder is the whole repository, so that a link in a file leads to the same place on the
site as where the repository is read. A link to another file than a page (a setting file, a result)
is a copy of that file on the site.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))

project = "KlipFast"
author = "the KlipFast authors"
language = "en"
root_doc = "docs/index"
extensions = ["myst_parser", "external_links", "openapi_reference"]
include_patterns = [
    "*.md",
    "docs/*.md",
    "docs/**/*.md",
    "client/README.md",
    "tests/data/README.md",
]
# What a checkout has beside: without these, every folder of an environment would be searched.
exclude_patterns = [".*", "build", "data", "clips"]

myst_heading_anchors = 4
myst_enable_extensions = ["strikethrough"]
suppress_warnings = ["myst.header"]  # a page may begin a part with a small heading
nitpicky = True
highlight_language = "none"

html_theme = "furo"
html_title = "KlipFast"
html_static_path = ["static"]
html_css_files = ["site.css"]
templates_path = ["templates"]
html_additional_pages = {"index": "to_first_page.html"}
html_copy_source = False
html_use_index = False  # nothing but pages and headings, which the search finds
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"top_of_page_buttons": []}
