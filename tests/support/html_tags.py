"""The tags of a page of HTML, and what it says."""

from html.parser import HTMLParser


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
