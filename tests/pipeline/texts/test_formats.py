"""Blocks and a user's own text in Markdown, in HTML and plainly: what was said is never markup."""

from html.parser import HTMLParser
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.core.texts import (
    TEXT_KINDS,
    Block,
    BlockKind,
    Document,
    Statement,
    TextFormat,
)
from pipeline.texts import formats, talk_links

LINK = "https://example.com/talk?v=1"
SPOKEN = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)


class Page(HTMLParser):
    """What a browser sees: tags with attributes, and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            self.values.setdefault(f"{tag}.{name}", []).append(value or "")
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)  # an empty element may be written so

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(page: str) -> Page:
    found = Page(page)
    assert found.open == []
    return found


def block(kind: BlockKind, *texts: str, speaker: str | None = None) -> Block:
    statements = tuple(Statement(text=text, sources=(0,), start_s=452.6) for text in texts)
    return Block(kind=kind, statements=statements, speaker=speaker, start_s=452.6)


ELEMENTS: dict[BlockKind, list[str]] = {
    "title": ["h1"],
    "standfirst": ["p", "em"],
    "summary": ["p"],
    "heading": ["h2", "a", "time"],
    "paragraph": ["p"],
    "hook": ["p", "br"],
    "question": ["p", "strong"],
    "quotation": ["blockquote", "p", "footer", "a", "time"],
    "list": ["ul", "li", "li"],
    "numbered_list": ["ol", "li", "li"],
    "chapters": ["ul", "li", "a", "time", "li", "a", "time"],
    "message": ["p"],
    "tags": ["p"],
}


@pytest.mark.parametrize("kind", get_args(BlockKind))
def test_each_kind_of_block_has_its_elements(kind: BlockKind) -> None:
    page = formats.render("blog_post", "en", [block(kind, "One.", "Two.")], "html", link=LINK)
    found = parsed(page)
    assert found.tags == ["article", *ELEMENTS[kind]]
    assert found.values.get("time.datetime", ["PT7M32S"])[0] == "PT7M32S"
    assert found.values.get("a.href", [f"{LINK}&t=452"])[0] == f"{LINK}&t=452"
    assert page.endswith("</article>\n")


def test_a_thread_is_a_list_of_messages_whose_line_feeds_count() -> None:
    blocks = [block("message", "One.\n", "Two."), block("message", "Three.", speaker="Ann")]
    found = parsed(formats.render("twitter_thread", "en", blocks, "html"))
    assert found.tags == ["article", "ol", "li", "p", "br", "li", "p"]
    assert found.text.split() == ["One.", "Two.", "Three."]


def test_a_speaker_is_named_and_quoted() -> None:
    said = [block("quotation", "Hm.", speaker="Ann & Bo"), block("paragraph", "So.", speaker="Bo")]
    page = formats.render("blog_post", "de", said, "html")
    assert "<cite>Ann &amp; Bo</cite>" in page
    assert "<strong>Bo: </strong>So." in page
    assert parsed(page).values["article.lang"] == ["de"]


NAMED = {
    "fr": ("**Bo\u00a0:** Oui.", "Bo\u00a0: Oui.", "Bo\u00a0: "),
    "ja": ("**Bo**：はい。", "Bo：はい。", "Bo："),
    "de": ("**Bo:** Ja.", "Bo: Ja.", "Bo: "),
}


@pytest.mark.parametrize("language", NAMED)
def test_a_name_has_the_colon_of_its_language(language: str) -> None:
    markdown, plain, name = NAMED[language]
    said = [block("paragraph", plain[len(name) :], speaker="Bo")]
    assert formats.render("blog_post", language, said, "markdown") == f"{markdown}\n"
    assert formats.render("linkedin_post", language, said, "plain") == plain
    assert f"<strong>{name}</strong>" in formats.render("blog_post", language, said, "html")
    inner = MarkdownIt("commonmark").parse(markdown)[1].children or ()
    assert "strong_open" in {child.type for child in inner}


@pytest.mark.parametrize(
    ("language", "cited", "timed"),
    [
        ("en", "> “Hm.” (Bo, 7:32)", "## Hm. (7:32)"),
        ("ja", "> 「Hm.」（Bo、7:32）", "## Hm.（7:32）"),
        ("zh", "> “Hm.”（Bo，7:32）", "## Hm.（7:32）"),
    ],
)
def test_times_stand_in_the_parentheses_of_the_language(
    language: str, cited: str, timed: str
) -> None:
    said = [block("quotation", "Hm.", speaker="Bo"), block("heading", "Hm.")]
    assert formats.render("blog_post", language, said, "markdown") == f"{cited}\n\n{timed}\n"


@given(SPOKEN, st.sampled_from(get_args(BlockKind)), st.sampled_from(TEXT_KINDS))
@example("<script>alert(1)</script>", "heading", "blog_post")
@example('" onmouseover="alert(1)', "quotation", "blog_post")
def test_what_was_said_is_text_in_html(text: str, kind: BlockKind, of: str) -> None:
    [which] = [known for known in TEXT_KINDS if known == of]
    page = formats.render(which, "en", [block(kind, text, speaker=text)], "html", link=LINK)
    found = parsed(page)
    allowed = {"article", "ol", "ul", "li", "h1", "h2", "p", "em", "strong", "br"}
    assert set(found.tags) <= allowed | {"blockquote", "footer", "cite", "a", "time"}
    assert set(found.values.get("a.href", [])) <= {f"{LINK}&t=452"}
    assert "".join(text.split()) in "".join(found.text.split())


@given(
    st.text("<>[]()!:\\&;ab/ \n-*", min_size=1, max_size=30),
    st.sampled_from(["paragraph", "question", "list"]),
)
@example("[a](javascript:alert(1))", "paragraph")
@example("[a][b]\n\n[b]: javascript:alert(1)", "paragraph")
@example("![a](http://127.0.0.1/)", "list")
@example("\\[a](/b)", "paragraph")
@example("<a:b>", "paragraph")
@example("<!-- a -->", "paragraph")
def test_what_was_said_is_neither_link_nor_element_in_markdown(text: str, kind: BlockKind) -> None:
    said = formats.render("blog_post", "en", [block(kind, text)], "markdown")
    tokens = MarkdownIt("commonmark").parse(said)
    inner = [child for token in tokens for child in token.children or ()]
    found = {token.type for token in (*tokens, *inner)}
    assert not found & {"html_block", "html_inline", "link_open", "image"}, said


def test_times_are_linked_in_markdown_and_html_alone() -> None:
    blocks = [block("chapters", "It begins.")]
    assert formats.render("blog_post", "en", blocks, "markdown", link=LINK) == (
        f"- [7:32]({LINK}&t=452) It begins.\n"
    )
    assert formats.render("blog_post", "en", blocks, "plain", link=LINK) == "7:32 It begins."


@pytest.mark.parametrize(
    ("link", "moment"),
    [
        ("https://e.org/a", "https://e.org/a?t=452"),
        ("https://e.org/a?b=1#c", "https://e.org/a?b=1&t=452#c"),
        ("http://e.org", "http://e.org?t=452"),
        ("https://e.org/a_(b)?c=<d>", "https://e.org/a_%28b%29?c=%3Cd%3E&t=452"),
        ("https://e.org/%C3%BC", "https://e.org/%C3%BC?t=452"),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_a_moment_of_the_talk_is_a_query(link: str, moment: str) -> None:
    assert talk_links.link_to(452.9, link) == moment


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0.4, "PT0S"), (59.9, "PT59S"), (452, "PT7M32S"), (3600, "PT1H0S"), (7384, "PT2H3M4S")],
)
def test_durations_are_those_of_html(seconds: float, told: str) -> None:
    assert talk_links.duration(seconds) == told


# A user's own text has no blocks.

OWN = """# Title

One *two* `three` [four](https://e.org/).
Five.

> Six.

0. a
1. b

- c
  - d
"""


def own(text: str, form: TextFormat, kind: str = "blog_post") -> str:
    [which] = [known for known in TEXT_KINDS if known == kind]
    return formats.convert(Document(kind=which, language="en", text=text), form)


def test_ones_own_markdown_is_converted() -> None:
    assert own(OWN, "markdown") == OWN
    assert own(OWN, "plain") == (
        "Title\n\nOne two three four.\nFive.\n\nSix.\n\n0. a\n1. b\n\n• c\n• d"
    )
    found = parsed(own(OWN, "html"))
    assert found.tags[:5] == ["article", "h1", "p", "em", "code"]
    assert found.values["a.href"] == ["https://e.org/"]


def test_ones_own_plain_text_keeps_its_lines() -> None:
    text = "One\ntwo <b>\n\nThree & four"
    assert own(text, "plain", "linkedin_post") == text
    assert own(text, "html", "linkedin_post") == (
        '<article lang="en" dir="auto">\n<p>One<br>\ntwo &lt;b&gt;</p>\n'
        "<p>Three &amp; four</p>\n</article>\n"
    )


def test_plain_text_is_shown_by_markdown_as_it_is() -> None:
    text = "#tag <script> [a](javascript:b) &lt;\n1. *two*\n- \\three_\n# four\n====\n\n12) five"
    markdown = own(text, "markdown", "linkedin_post")
    found = parsed(MarkdownIt("commonmark").render(markdown))
    assert set(found.tags) <= {"p", "br"}
    assert found.text.split() == text.split()
    message = [block("message", text)]
    thread = formats.render("twitter_thread", "en", message, "markdown")
    found = parsed(MarkdownIt("commonmark").render(thread))
    assert found.text.split() == ["1/", *text.split()]


@given(st.text(max_size=60), st.sampled_from(TEXT_KINDS))
@example("<iframe src=javascript:alert(1)>", "blog_post")
@example("<javascript:alert(1)>", "blog_post")
@example("[a](  JaVaScRiPt:alert(1))", "blog_post")
@example("[a](data:text/html,<script>alert(1)</script>)", "blog_post")
@example("```<b>\n</code></pre><script>\n```", "blog_post")
def test_ones_own_text_runs_nothing(text: str, kind: str) -> None:
    found = parsed(own(text, "html", kind))
    allowed = {"article", "p", "br", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "em"}
    assert set(found.tags) <= allowed | {"strong", "a", "code", "pre", "blockquote", "hr"}
    for link in found.values.get("a.href", []):
        assert link.partition(":")[0].strip().lower() not in ("javascript", "vbscript", "data")
    attributes = {name.partition(".")[2] for name in found.values}
    assert attributes <= {"lang", "dir", "href", "title", "class", "start"}
    own(text, "plain", kind)
