"""Which addresses of the Internet Protocol are public hosts, and which may never be asked.

The tables follow the special-purpose registries of IANA. They are written out rather than taken
from ``ipaddress``, whose notion of a global address differs between releases of Python, and they
go further in one way: an IPv6 address that carries an IPv4 address is refused whatever that one
is, because it depends on the network's translators where a connection to it ends.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

_V4 = {
    "0.0.0.0/8": "this network",
    "10.0.0.0/8": "a private network",
    "100.64.0.0/10": "a carrier's shared network",
    "127.0.0.0/8": "this machine",
    "168.63.129.16/32": "a cloud's own services",
    "169.254.0.0/16": "link-local",
    "172.16.0.0/12": "a private network",
    "192.0.0.0/24": "reserved for protocols",
    "192.0.2.0/24": "for documentation",
    "192.31.196.0/24": "a sink of name servers",
    "192.52.193.0/24": "a relay of multicast",
    "192.88.99.0/24": "a relay to IPv6",
    "192.168.0.0/16": "a private network",
    "192.175.48.0/24": "a sink of name servers",
    "198.18.0.0/15": "for benchmarks",
    "198.51.100.0/24": "for documentation",
    "203.0.113.0/24": "for documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved or broadcast",
}
_V6 = {
    "::/128": "no address",
    "::1/128": "this machine",
    "::ffff:0:0/96": "an IPv4 address in IPv6 clothes",
    "::ffff:0:0:0/96": "an IPv4 address in IPv6 clothes",
    "::/96": "an IPv4 address in IPv6 clothes",
    "64:ff9b::/96": "an IPv4 address behind a translator",
    "64:ff9b:1::/48": "an IPv4 address behind a translator",
    "100::/64": "a sink",
    "100:0:0:1::/64": "a sink",
    "2001::/32": "an IPv4 address behind Teredo",
    "2001::/23": "reserved for protocols",
    "2001:db8::/32": "for documentation",
    "2002::/16": "an IPv4 address behind 6to4",
    "2620:4f:8000::/48": "a sink of name servers",
    "3fff::/20": "for documentation",
    "5f00::/16": "segment routing",
    "fc00::/7": "a private network",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
}
_V4_NETWORKS = {IPv4Network(text): meaning for text, meaning in _V4.items()}
_V6_NETWORKS = {IPv6Network(text): meaning for text, meaning in _V6.items()}
_PUBLIC_V6 = IPv6Network("2000::/3")
_ISATAP = {0x00005EFE, 0x02005EFE}
"""The third quarter of an IPv6 address whose last quarter is an IPv4 address (RFC 5214)."""


def read_ip(text: str) -> Address | None:
    """Read an address as resolvers write them; None for anything else."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def refusal_of(address: Address) -> str | None:
    """Say what an address is if it is not a public host; None if it is one."""
    if isinstance(address, IPv4Address):
        return next((said for network, said in _V4_NETWORKS.items() if address in network), None)
    if address.scope_id is not None:
        return "bound to one link"
    for network, said in _V6_NETWORKS.items():
        if address in network:
            return said
    if address not in _PUBLIC_V6:
        return "not in use"
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return "an IPv4 address behind ISATAP"
    return None
