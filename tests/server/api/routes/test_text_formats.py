"""A text in every format; markup that somebody says or types is text."""

from html.parser import HTMLParser

from caller import Caller
from fake_engine import FakeEngine
from job_texts import LONG, document, finished, put

HOSTILE = "<script>alert(1)</script> [x](javascript:alert(1)) ![y](http://127.0.0.1/)"


class Tags(HTMLParser):
    """The tags of a page, each with its attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def names(self) -> set[str]:
        """Names of the tags."""
        return {name for name, _ in self.tags}

    def links(self) -> list[str | None]:
        """Addresses that the page leads to."""
        return [attributes["href"] for name, attributes in self.tags if name == "a"]


async def test_a_text_comes_in_every_format(ada: Caller, engine: FakeEngine) -> None:
    engine.speakers = ("Speaker 1", "Speaker 2")
    job_id = await finished(ada, text_options=LONG)
    job = await ada.get(f"/api/v1/jobs/{job_id}")
    published = await document(ada, job_id, "blog_post")
    assert published == ("text/markdown", job["text_outputs"]["blog_post"])
    assert await document(ada, job_id, "blog_post", "published") == published
    assert await document(ada, job_id, "blog_post", "markdown") == published
    media, plain = await document(ada, job_id, "blog_post", "plain")
    assert (media, plain.splitlines()[0]) == ("text/plain", "Word0")
    media, page = await document(ada, job_id, "blog_post", "html")
    assert media == "text/html"
    found = Tags(page)
    assert found.tags[0] == ("article", {"lang": "en", "dir": "auto"})
    assert {"h1", "blockquote", "cite", "time"} <= found.names()
    assert ("time", {"datetime": "PT10S"}) in found.tags
    assert "https://e.org/a?v=1&t=10#top" in found.links()
    _, thread = await document(ada, job_id, "twitter_thread", "html")
    assert Tags(thread).names() == {"article", "ol", "li", "p"}


async def test_markup_in_the_talk_is_text(ada: Caller, engine: FakeEngine) -> None:
    engine.said = {1: HOSTILE}
    engine.speakers = ("Ann <b>", "Speaker 2")
    job_id = await finished(ada, text_options={"length": "long"})
    found = Tags((await document(ada, job_id, "blog_post", "html"))[1])
    assert HOSTILE in found.text
    assert "Ann <b>" in found.text
    assert not {"script", "img", "a", "b"} & found.names()
    markdown = (await document(ada, job_id, "blog_post", "markdown"))[1]
    assert "<script" not in markdown
    assert "](" not in markdown


async def test_markup_in_ones_own_text_is_text(ada: Caller) -> None:
    job_id = await finished(ada)
    own = f"# Mine\n\n{HOSTILE} **bold** [good](https://e.org/?a=1&b=2)\n\n- one\n- two\n"
    await put(ada, job_id, "blog_post", json={"text": own})
    await put(ada, job_id, "twitter_thread", json={"text": f"1/ {HOSTILE}\nline"})
    found = Tags((await document(ada, job_id, "blog_post", "html"))[1])
    assert found.names() == {"article", "h1", "p", "strong", "a", "ul", "li"}
    assert found.links() == ["http://127.0.0.1/", "https://e.org/?a=1&b=2"]  # of no script
    assert "<script>alert(1)</script>" in found.text
    found = Tags((await document(ada, job_id, "twitter_thread", "html"))[1])
    assert found.names() == {"article", "p", "br"}
    assert HOSTILE in found.text
    plain = (await document(ada, job_id, "blog_post", "plain"))[1]
    assert plain.startswith("Mine\n\n")
    assert plain.endswith("bold good\n\n• one\n• two\n")
    assert (await document(ada, job_id, "blog_post"))[1] == own
