"""What counts as one address."""

from __future__ import annotations

import pytest

from lossy.web.address import network_of


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
