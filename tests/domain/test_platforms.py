"""Which video an address shows: every form of every platform, what only looks like one, and what may not matter."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.platforms.address import MAX_URL
from lossy.domain.platforms.catalog import ADAPTERS, HASHES, VERSION
from lossy.domain.platforms.detect import MAX_TITLE, clean_title, detect, title_of
from lossy.domain.platforms.export import as_text, content_hash, manifest
from lossy.domain.platforms.model import Adapter, Detected, Kind, Platform
from tests.domain.platform_tables import ADDRESSES, NEAR_MISSES, TITLES, Row

PLATFORMS = [platform for platform in Platform if platform is not Platform.GENERIC]


def found(url: str) -> Row | None:
    detected = detect(url)
    if detected is None:
        return None
    return Row(detected.platform, detected.kind, url, detected.canonical_id, detected.url)


@pytest.mark.parametrize("platform", Platform)
def test_every_form_of_address_shows_its_video(platform: Platform) -> None:
    rows = ADDRESSES[platform]
    assert len({row.url for row in rows}) >= 60
    assert [(found(row.url), row) for row in rows if found(row.url) != row] == []


def test_what_looks_like_a_platform_is_none() -> None:
    wrong = [miss for miss in NEAR_MISSES if (detected := detect(miss.url)) and detected.platform is not miss.really]
    assert [miss for miss in wrong if miss.really is not None] == []
    assert [miss for miss in NEAR_MISSES if (detect(miss.url) is None) != (miss.really is None)] == []
    for platform in PLATFORMS:
        assert len([miss for miss in NEAR_MISSES if miss.like is platform]) >= 12


def test_an_address_longer_than_anybody_keeps_is_none() -> None:
    page = "https://example.com/"
    longest = page + "a" * (MAX_URL - len(page))
    assert detect(longest) is not None
    assert detect(longest + "a") is None
    assert detect("https://example.com?" + "a" * (MAX_URL - len("https://example.com?"))) is None, "it gains a slash"
    assert detect(page + "\u00e4" * (MAX_URL // 6)) is None, "it is escapes that are kept"


def test_the_hash_of_an_unlisted_video_is_known_as_one() -> None:
    keyed = detect("https://player.vimeo.com/video/76979871?h=8272103f6e")
    assert keyed is not None
    assert keyed.key == "8272103f6e"
    assert all(each.key is None for row in ADDRESSES[Platform.YOUTUBE] if (each := detect(row.url)))


# -- what holds of any address ------------------------------------------------------------------------------------

hosts = st.sampled_from(
    [
        "example.com",
        "Example.COM.",
        "localhost:3000",
        "[::1]",
        "www.youtube.com",
        "youtu.be",
        "vimeo.com:443",
        "player.vimeo.com",
        "app.frame.io",
        "f.io",
        "acme.iconik.io",
        "b\u00fccher.example",
        "a@b",
    ]
)
ids = st.sampled_from(
    ["dQw4w9WgXcQ", "76979871", "8272103f6e", "a7e95254-8cd6-4d59-b54d-28c58570a8de", "7bu6f54B", "\u00e4 b", ""]
)
segments = st.one_of(
    ids, st.sampled_from(["watch", "embed", "video", "review", "reviews", "asset", "player", "view", "share"])
)
parameters = st.tuples(
    st.sampled_from(["v", "h", "t", "u", "utm_source", "video", "clip_id"]), st.one_of(ids, st.text())
)


@st.composite
def urls(draw: st.DrawFn) -> str:
    scheme = draw(st.sampled_from(["https", "http", "HTTPS"]))
    path = "".join(f"/{segment}" for segment in draw(st.lists(segments, max_size=5)))
    query = "&".join(f"{name}={value}" for name, value in draw(st.lists(parameters, max_size=4)))
    fragment = draw(st.sampled_from(["", "#t=1", "#/films/7", "#"]))
    return f"{scheme}://{draw(hosts)}{path}{'?' * bool(query)}{query}{fragment}"


@given(st.one_of(urls(), st.text()))
def test_to_normalise_twice_is_to_normalise_once(url: str) -> None:
    once = detect(url)
    if once is not None:
        again = detect(once.url)
        assert again is not None
        assert identity(again) == identity(once)


def identity(detected: Detected) -> tuple[str, ...]:
    return detected.platform, detected.canonical_id, detected.url


every_address = st.sampled_from([row for platform in PLATFORMS for row in ADDRESSES[platform] if " " not in row.url])
noise = st.sampled_from(["utm_source=a", "utm_content=b%20c", "fbclid=IwAR", "gclid=1"])


@given(every_address, st.lists(noise, min_size=1, max_size=3))
def test_noise_does_not_matter(row: Row, noise: list[str]) -> None:
    address, mark, fragment = row.url.partition("#")
    noisy = address + ("&" if "?" in address else "?") + "&".join(noise) + mark + fragment
    assert found(noisy) == Row(row.platform, row.kind, noisy, row.canonical_id, row.normalised)


@given(every_address, st.sampled_from(["http", "HTTPS"]), st.booleans(), st.booleans(), st.booleans())
def test_how_the_host_is_written_does_not_matter(row: Row, scheme: str, upper: bool, dot: bool, port: bool) -> None:
    parts = urlsplit(row.url)
    host = (parts.hostname or "").rstrip(".")
    written = (host.upper() if upper else host) + "." * dot + (f":{80 if scheme == 'http' else 443}" if port else "")
    url = f"{scheme}://{written}{row.url.split(parts.netloc, 1)[1]}"
    assert found(url) == Row(row.platform, row.kind, url, row.canonical_id, row.normalised)


# -- titles -------------------------------------------------------------------------------------------------------


def test_titles_are_those_of_the_video() -> None:
    wrong = [(title, clean_title(platform, title)) for platform, title, cleaned in TITLES]
    assert wrong == [(title, cleaned) for _, title, cleaned in TITLES]


def test_a_page_without_a_title_has_the_id_of_its_video() -> None:
    video = Detected(Platform.YOUTUBE, Kind.WATCH, "dQw4w9WgXcQ", "https://www.youtube.com/watch?v=dQw4w9WgXcQ")
    assert title_of(video, "(2) YouTube") == "dQw4w9WgXcQ"
    assert title_of(video, "x" * 2_000) == "x" * MAX_TITLE


@given(st.sampled_from(Platform), st.text(alphabet="YouTube Vmocnik|-.(1)\t\u00a0\u200b", max_size=40))
def test_a_title_has_no_margin_and_no_double_space(platform: Platform, title: str) -> None:
    cleaned = clean_title(platform, title)
    assert cleaned == " ".join(cleaned.split())


# -- the data -----------------------------------------------------------------------------------------------------

# What a pattern may be made of: whatever means the same in Python and in JavaScript, without flags and with `u`.
TOKEN = re.compile(
    r"\[\^?(?:\\[\[\].\\trnx]|\\u[0-9a-f]{4}|[^\]\\])+\]"  # a class: characters, escapes, ranges
    r"|\((?:\?[:!]|(?!\?))|\)|\||[*+?]|\{[0-9]+(?:,[0-9]+)?\}"  # groups that have no name, choices, numbers
    r"|\\[.?\[\]()+|]|\.|[A-Za-z0-9_ ~:/?#=&,-]"
)
ANCHOR = re.compile(r"[$^]")


def strange(pattern: str) -> str:
    return TOKEN.sub("", pattern)


def test_patterns_mean_the_same_in_both_languages() -> None:
    """No named groups, no looking back, no classes with a letter, no flags; anchors in titles, which are one line."""
    given = manifest()
    words = [word for adapter in given["adapters"] for word in adapter["words"].values()]
    noise = [part for each in given["generic"]["noise"] for part in (each["name"], each["value"])]
    rest = [given["address"]["pattern"], given["address"]["margin"], given["spaces"], given["generic"]["route"]]
    titles = [ANCHOR.sub("", title) for adapter in given["adapters"] for title in adapter["titles"]]
    assert [pattern for pattern in [*words, *noise, *rest, *titles] if strange(pattern)] == []
    assert all(strange(pattern) for pattern in (r"\d", r"\bx", "(?P<id>x)", "(?<=a)b", "x$", "^x", "(?i)x"))


def test_templates_name_words_that_there_are() -> None:
    for adapter in ADAPTERS:
        for form in adapter.forms:
            named = {*re.findall("{([a-z]+)}", form.path), *form.query.values(), *form.also.values()}
            assert named <= adapter.words.keys(), form
            assert re.fullmatch("/(?:[A-Za-z0-9_./*-]|{[a-z]+})*", form.path), form
            if not form.follow:
                subject = adapter.subjects[form.shows]
                assert set(re.findall("{([a-z]+)}", subject.id)) <= named, form
                least = min((set(re.findall("{([a-z]+)}", url)) for url in subject.urls), key=len)
                assert least <= {*named, "host"}, form


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.platform)
def test_no_form_is_there_in_vain(adapter: Adapter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it an address of the table would be found otherwise."""
    in_vain = []
    for form in adapter.forms:
        without = attrs.evolve(adapter, forms=tuple(other for other in adapter.forms if other is not form))
        monkeypatch.setattr(
            "lossy.domain.platforms.detect.ADAPTERS", tuple(without if a is adapter else a for a in ADAPTERS)
        )
        if all(found(row.url) == row for row in ADDRESSES[adapter.platform]):
            in_vain.append(form)
    assert in_vain == []


def test_a_version_of_the_data_stays_what_it_was() -> None:
    """Where this fails, raise VERSION and record its hash beside it."""
    given = manifest()
    assert HASHES[VERSION] == given["hash"] == content_hash(given)
    assert max(HASHES) == VERSION
    assert given == json.loads(as_text(given))
    assert content_hash({**given, "spaces": "x"}) != given["hash"]
