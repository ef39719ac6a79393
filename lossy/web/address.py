"""Where a request comes from, for what is counted by address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from quart import request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lossy.settings import Server

# What one customer of a provider has, and may take any address of.
_IPV6_PREFIX = 64


def client_address(server: Server) -> str:
    """Of whoever makes the request in hand."""
    return address_behind(server.proxies, request.remote_addr or "", request.headers.getlist("X-Forwarded-For"))


def address_behind(proxies: int, peer: str, forwarded: Iterable[str]) -> str:
    """The client's, as the outermost of our own proxies saw it: what is before that in the header anybody may write.

    `peer` is who has connected, `forwarded` the lines of X-Forwarded-For. Of IPv6 it is the network.
    """
    hops = [*(hop.strip() for line in forwarded for hop in line.split(",")), peer]
    return network_of(hops[max(0, len(hops) - 1 - proxies)])


def network_of(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Address(int(parsed) >> (128 - _IPV6_PREFIX) << (128 - _IPV6_PREFIX)))
    return str(parsed)
