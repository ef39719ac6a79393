"""What a browser calls itself, in words that a person knows it by."""

from __future__ import annotations

# The first that occurs counts: every browser claims to be those after it as well.
_BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Python", "Python"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Windows", "Windows"),
    ("Linux", "Linux"),
)

# Real ones have some 200 characters; the rest tells nothing more.
MAX_USER_AGENT = 400


def name_of(user_agent: str) -> str:
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " on ".join(part for part in (browser, system) if part) or "Unknown browser"


def shortened(user_agent: str) -> str:
    """As it is kept: PostgreSQL holds no NUL."""
    return user_agent.replace("\0", "")[:MAX_USER_AGENT]
