"""Addresses and passwords, and what browsers call themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.domain.accounts import MAX_EMAIL, MAX_PASSWORD, Unacceptable, read_email, read_password
from lossy.domain.browsers import MAX_USER_AGENT, name_of, shortened


@pytest.mark.parametrize("text", ["Mara@Studio.Example", "  mara@studio.example\n", "mara@studio.example"])
def test_an_address_is_one_persons_however_it_is_typed(text: str) -> None:
    assert read_email(text) == "mara@studio.example"


@pytest.mark.parametrize(
    "text", ["", "mara", "@", "mara@", "@studio", "a b@c", "a@b@c", "a@b\0", "a@b\rc", "x" * MAX_EMAIL + "@y"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Unacceptable):
        read_email(text)


@given(st.text())
def test_an_address_that_was_read_is_read_as_itself(text: str) -> None:
    try:
        email = read_email(text)
    except Unacceptable:
        return
    assert read_email(email) == email


@pytest.mark.parametrize(
    "text", ["", "elevenchars", "x" * (MAX_PASSWORD + 1), "aaaaaaaaaaaa", "abababababab", "MARA@studio.example"]
)
def test_a_password_that_is_short_endless_or_easy_is_refused(text: str) -> None:
    with pytest.raises(Unacceptable):
        read_password(text, "mara@studio.example")


def test_a_password_is_the_same_whatever_keyboard_wrote_it() -> None:
    assert read_password("cafe\u0301 au lait noir", "a@b") == read_password("café au lait noir", "a@b")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0"
            " Safari/537.36 Edg/139.0.0.0",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) CriOS/139.0 Mobile Safari/604.1", "Chrome on iPhone"),
        ("Python-urllib/3.11", "Python"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_called_what_a_person_calls_it(agent: str, name: str) -> None:
    assert name_of(agent) == name


def test_what_a_browser_says_of_itself_is_kept_within_bounds() -> None:
    assert shortened("x\0y" * 1_000) == ("xy" * 1_000)[:MAX_USER_AGENT]
