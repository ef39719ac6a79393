"""Addresses of pages, read in the one way in which a browser's interpreter of the adapters reads them too.

Neither Python's nor JavaScript's own parser is used: they differ, and each forgives what makes one host look like
another. What is no plain address of the web is none here: no user, no host but in ASCII, as `location.href` has it.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from attrs import frozen

SCHEME_AND_HOST = r"([Hh][Tt][Tt][Pp][Ss]?)://([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])\.?(?::([0-9]*))?"
ADDRESS = SCHEME_AND_HOST + r"(/[^?#]*)?(?:\?([^#]*))?(?:#(.*))?"
# What a person copies along with an address.
MARGIN = r"[\t\n\r ]+"
DEFAULT_PORTS = {"http": "80", "https": "443"}
# PostgreSQL's indexes take a third of a page of 8,192 bytes.
MAX_URL = 2_000


@frozen
class Address:
    """`port` is empty where it is the scheme's own, and `path` begins with a slash."""

    scheme: str
    host: str
    port: str
    path: str
    query: tuple[tuple[str, str], ...]
    fragment: str

    @property
    def origin(self) -> str:
        return f"{self.scheme}://{self.host}{':' * bool(self.port)}{self.port}"

    def parameter(self, name: str) -> str | None:
        return next((value for each, value in self.query if each == name), None)


def read_address(url: str) -> Address | None:
    """None for what is no address of the web, or a longer one than anybody keeps."""
    trimmed = re.sub(f"^{MARGIN}", "", re.sub(f"{MARGIN}$", "", url))
    written = re.sub("[^!-~]+", lambda strange: quote(strange[0], safe="", errors="replace"), trimmed)
    parts = re.fullmatch(ADDRESS, written)
    if parts is None:
        return None
    scheme, host, port, path, query, fragment = (part or "" for part in parts.groups())
    if len(written) + (not path) > MAX_URL:
        return None
    scheme = scheme.lower()
    port = "" if port == DEFAULT_PORTS[scheme] else port
    pairs = tuple(_pair(part) for part in query.split("&") if part)
    return Address(scheme, host.lower(), port, path or "/", pairs, fragment)


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return name, value


def unescape(value: str) -> str:
    """Characters of ASCII that are written as escapes: an address within an address."""
    return re.sub("%([2-7][0-9A-Fa-f])", lambda escape: chr(int(escape[1], 16)), value)
