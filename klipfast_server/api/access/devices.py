"""What people call a browser: "Firefox on Linux", from its User-Agent."""

import re

# The more special first: each names itself beside those whose code it has.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
PRODUCT = re.compile(r"[A-Za-z0-9._-]{1,40}")  # as programs begin theirs
UNKNOWN = "Unknown device"


def device(user_agent: str) -> str:
    """Return a short name; UNKNOWN where nothing tells one."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), None)
    system = next((name for sign, name in SYSTEMS if sign in user_agent), None)
    if browser is None:
        product = PRODUCT.match(user_agent)
        return system or (product[0] if product else UNKNOWN)
    return browser if system is None else f"{browser} on {system}"
