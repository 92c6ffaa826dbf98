"""Moments of a talk in its texts: as links into the published talk, and as HTML's durations."""

from urllib.parse import quote, urlsplit, urlunsplit

# Characters of addresses that need no escape and end no link of Markdown, which ( ) < > would.
_SAFE = "/?:@!$&'*+,;=-._~%[]"


def link_to(seconds: float, link: str) -> str:
    """Return the address of a moment, by a query as video sites read it; "" without a web address.

    link: of the published talk.
    """
    parts = urlsplit(link)
    if parts.scheme not in ("http", "https"):
        return ""
    query = f"{parts.query}&" if parts.query else ""
    moment = parts._replace(query=f"{query}t={int(seconds)}")
    return quote(urlunsplit(moment), safe=f"#{_SAFE}")


def duration(seconds: float) -> str:
    """Return a time as <time datetime> takes it: PT7M32S; fractions are dropped."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{hours}H" if hours else "", f"{minutes}M" if minutes else ""]
    return f"PT{''.join(parts)}{rest}S"
