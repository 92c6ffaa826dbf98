"""The sign-in link as a person at the terminal finds it: in a box, below everything else."""

LEAD = "Open this link to sign in, once, within an hour:"


def boxed(link: str) -> str:
    """Return the link in a box, on a line of its own."""
    width = max(len(LEAD), len(link))
    rows = (f"│ {text:{width}} │" for text in (LEAD, link))
    border = "─" * (width + 2)
    return "\n".join((f"╭{border}╮", *rows, f"╰{border}╯"))
