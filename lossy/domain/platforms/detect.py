"""From the address of a page to the video that it shows. Pure; the extension's `platforms.ts` finds the same."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from lossy.domain.platforms.address import Address, read_address, unescape
from lossy.domain.platforms.catalog import ADAPTERS, GENERIC
from lossy.domain.platforms.model import Detected, Kind, Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lossy.domain.platforms.model import Adapter, Form, Subject

Words = dict[str, str]

# Every kind of space, and what marks the direction of writing or no place at all.
SPACES = r"[\t-\r \x85\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f\u2060\u3000\ufeff]+"
MAX_TITLE = 300


def detect(url: str) -> Detected | None:
    """What the address shows; any page is generic that is no platform's. None for what is no address of the web."""
    address = read_address(url)
    return None if address is None else (_of_platform(address) or _generic(address))


def title_of(detected: Detected, title: str) -> str:
    """The video's title, from that of its page; its id where the page has none yet. MAX_TITLE characters at most."""
    return (clean_title(detected.platform, title) or detected.canonical_id)[:MAX_TITLE]


def clean_title(platform: Platform, title: str) -> str:
    """Without what the platform writes around it; empty when nothing is left."""
    cleaned = _trimmed(title)
    for adapter in ADAPTERS:
        if adapter.platform == platform:
            for pattern in adapter.titles:
                cleaned = _trimmed(re.sub(pattern, "", cleaned, count=1))
    return cleaned


def _trimmed(title: str) -> str:
    return re.sub(SPACES, " ", title).strip(" ")


# -- platforms ----------------------------------------------------------------------------------------------------


def _of_platform(address: Address, *, followed: bool = False) -> Detected | None:
    if address.port:
        return None
    for adapter in ADAPTERS:
        for form in adapter.forms:
            words = _match(adapter, form, address)
            if words is None:
                continue
            if not form.follow:
                return _found(adapter, form, words)
            meant = None if followed else _meant(form, address)
            if meant is not None and meant.platform == adapter.platform:
                return meant
    return None


def _match(adapter: Adapter, form: Form, address: Address) -> Words | None:
    """The words of the address, where it has that form."""
    if not any(_is_at(host, address.host) for host in form.hosts or adapter.hosts):
        return None
    names, pattern = _path(adapter, form)
    matched = re.fullmatch(pattern, address.path)
    given = {name: address.parameter(name) for name in {**form.query, **form.also}}
    if matched is None or not all(_fits(adapter, word, given[name]) for name, word in form.query.items()):
        return None
    words: Words = {"host": address.host, **dict(zip(names, matched.groups(), strict=True))}
    for name, word in {**form.also, **form.query}.items():
        value = given[name]
        if value is not None and _fits(adapter, word, value):
            words[word] = value
    return words


def _is_at(host: str, actual: str) -> bool:
    return actual.endswith(host[1:]) if host.startswith("*.") else actual == host


def _fits(adapter: Adapter, word: str, value: str | None) -> bool:
    return value is not None and re.fullmatch(adapter.words[word], value) is not None


def _path(adapter: Adapter, form: Form) -> tuple[list[str], str]:
    """The words of a path in their order, and its pattern with a group for each."""
    return _compiled(form.path, tuple(adapter.words.items()))


@cache
def _compiled(path: str, words: tuple[tuple[str, str], ...]) -> tuple[list[str], str]:
    patterns = dict(words)
    plain = path.removesuffix("/*").rstrip("/").replace(".", r"\.")
    tail = "(?:/.*)?" if path.endswith("/*") else "/?"
    return re.findall("{([a-z]+)}", path), re.sub("{([a-z]+)}", lambda name: f"({patterns[name[1]]})", plain) + tail


def _found(adapter: Adapter, form: Form, words: Words) -> Detected:
    subject = adapter.subjects[form.shows]
    id = subject.id.format_map(words)
    return Detected(adapter.platform, form.kind, id, _url(subject, words), words.get(adapter.key))


def _url(subject: Subject, words: Mapping[str, str]) -> str:
    complete = (url for url in subject.urls if set(re.findall("{([a-z]+)}", url)) <= words.keys())
    return next(complete).format_map(words)


def _meant(form: Form, address: Address) -> Detected | None:
    value = unescape(address.parameter(form.follow) or "")
    inner = read_address(address.origin + value if value.startswith("/") else value)
    return None if inner is None else _of_platform(inner, followed=True)


# -- any page -----------------------------------------------------------------------------------------------------


def _generic(address: Address) -> Detected:
    kept = [f"{name}={value}" if value else name for name, value in address.query if not _is_noise(name, value)]
    fragment = address.fragment if re.fullmatch(GENERIC.route, address.fragment) else ""
    url = f"{address.origin}{address.path}{'?' * bool(kept)}{'&'.join(kept)}{'#' * bool(fragment)}{fragment}"
    return Detected(Platform.GENERIC, Kind.PAGE, url, url)


def _is_noise(name: str, value: str) -> bool:
    return any(re.fullmatch(noise.name, name) and re.fullmatch(noise.value, value) for noise in GENERIC.noise)
