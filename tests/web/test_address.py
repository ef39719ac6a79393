"""Where a client is, as far as it can be believed, and what counts as one address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossy.web.address import address_behind, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::", "2001:db8:1:2::"),
        ("", "unknown"),
        ("unknown, or a lie", "unknown"),
        ("192.0.2.1:4000", "unknown"),
    ],
)
def test_a_customers_whole_network_is_one_address(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "address"),
    [
        (0, "192.0.2.1", [], "192.0.2.1"),
        (0, "192.0.2.1", ["198.51.100.7"], "192.0.2.1"),
        (1, "10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        (1, "10.0.0.1", ["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
        (2, "10.0.0.1", ["203.0.113.9", "198.51.100.7,10.0.0.2"], "198.51.100.7"),
        (2, "10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        (1, "10.0.0.1", [], "10.0.0.1"),
    ],
)
def test_it_is_what_the_outermost_of_our_proxies_saw(
    proxies: int, peer: str, forwarded: list[str], address: str
) -> None:
    assert address_behind(proxies, peer, forwarded) == address


@given(st.lists(st.text(max_size=20), max_size=4), st.ip_addresses(v=4).map(str))
def test_what_a_client_claims_changes_nothing(claims: list[str], seen: str) -> None:
    """It stands before what our proxy adds."""
    assert address_behind(1, "10.0.0.1", [*claims, seen]) == seen


@given(st.integers(0, 10), st.text(max_size=20), st.lists(st.text(max_size=30), max_size=4))
def test_whatever_is_claimed_there_is_an_address(proxies: int, peer: str, claims: list[str]) -> None:
    assert len(address_behind(proxies, peer, claims)) <= 45
