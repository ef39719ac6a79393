"""Where a request comes from, for what is counted by address."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

from quart import request

if TYPE_CHECKING:
    from lossy.settings import Server

# What one customer of a provider has, and may take any address of.
_IPV6_PREFIX = 64


def client_address(server: Server) -> str:
    """The client's, as the outermost of our own proxies saw it: what is before that in the header anybody may write.

    Of IPv6 it is the network.
    """
    hops = [*_forwarded(), request.remote_addr or ""]
    return network_of(hops[max(0, len(hops) - 1 - server.proxies)])


def _forwarded() -> list[str]:
    return [hop.strip() for line in request.headers.getlist("X-Forwarded-For") for hop in line.split(",")]


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
