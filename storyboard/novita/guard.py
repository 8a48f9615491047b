"""Addresses that others name: asked only when they lead out, or to the service itself.

A result's address comes from outside, and so may the service's: it could point at this machine
or its network. The host is resolved once, every address it has is held against the networks
below, and the connection is made to the very address that was checked.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from storyboard.novita.errors import Refused, TryLater

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Python's own `is_private` and `is_global` misjudge several of these, so they are listed:
# the IANA special-purpose registries for IPv4 and IPv6, and multicast.
CLOSED = tuple(
    ipaddress.ip_network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "100::/64", "2001::/23", "2001:db8::/32", "2620:4f:8000::/48", "3fff::/20"),
        *("5f00::/16", "64:ff9b:1::/48", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Place:
    """Where an address leads: what to ask for, and the IP addresses to ask, in this order."""

    scheme: str
    host: str
    port: int
    ips: tuple[str, ...]


def place_of(url: str, service: str) -> Place:
    """Return where `url` leads; raise Refused when it must not be asked.

    https on port 443 only, except for the host and port of `service`, the base address that
    the operator set: that one may be plain http, and on a closed network. Empty is none.
    """
    scheme, host, port = _parts(url)
    own = bool(service) and (scheme, host, port) == _parts(service)
    if not own and (scheme, port) != ("https", 443):
        raise Refused("The video's address is not plain https.", reason="address_refused")
    ips = _resolve(host, port)
    if not own:
        for ip in ips:
            if is_closed(ip):
                raise Refused("The video's address leads inside.", reason="address_refused")
    return Place(scheme, host, port, tuple(dict.fromkeys(map(str, ips))))


def open_ips(host: str, port: int) -> list[str]:
    """Return the IP addresses of a host that lie outside, all of which must.

    Raises Refused where one leads inside, and OSError where the host has none.
    """
    ips = _look_up(host, port)
    if any(map(is_closed, ips)):
        raise Refused("The service's address leads inside.", reason="address_refused")
    return list(dict.fromkeys(map(str, ips)))


def is_closed(ip: Address) -> bool:
    """Whether an address leads to this machine, a private network or nowhere in particular."""
    if any(ip.version == network.version and ip in network for network in CLOSED):
        return True
    inner = _inside(ip)
    return inner is not None and is_closed(inner)


def _inside(ip: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 one carries: mapped, 6to4 or NAT64."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour


def _parts(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise Refused("The video's address cannot be read.", reason="address_refused") from exc
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".").lower()
    if scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise Refused("The video's address is not a plain web address.", reason="address_refused")
    return scheme, host, port or (443 if scheme == "https" else 80)


def _resolve(host: str, port: int) -> list[Address]:
    try:
        return _look_up(host, port)
    except OSError as exc:
        raise TryLater("The video's host has no address.", reason="download_broken") from exc


def _look_up(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as exc:
        raise OSError("no name of a host") from exc
    return [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in found]
