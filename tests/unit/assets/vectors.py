"""Addresses that nothing may ever be fetched from, and neighbours that are fine."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

FORBIDDEN_V4 = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
FORBIDDEN_V6 = (
    "::/128",
    "::1/128",
    "64:ff9b:1::/48",
    "100::/64",
    "100:0:0:1::/64",
    "2001::/23",
    "2001:db8::/32",
    "2001:10::/28",
    "2001:20::/28",
    "2620:4f:8000::/48",
    "3fff::/20",
    "4000::/3",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
)
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "192.0.3.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2003::1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:82a::2004",
)
_METADATA = ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254")


def clothed(address: IPv4Address) -> list[str]:
    """Return an IPv4 address in everything that IPv6 has to carry one in."""
    plain, flipped = int(address), int(address) ^ 0xFFFFFFFF
    return [
        f"::ffff:{address}",
        str(IPv6Address(plain)),
        str(IPv6Address((0xFFFF << 48) | plain)),
        str(IPv6Address((0x0064FF9B << 96) | plain)),
        str(IPv6Address((0x0064FF9B0001 << 80) | plain)),
        str(IPv6Address((0x2002 << 112) | (plain << 80) | 1)),
        str(IPv6Address((0x20010000 << 96) | (0x5DB8D822 << 64) | flipped)),
        str(IPv6Address((0x26064700 << 96) | (0x00005EFE << 32) | plain)),
        str(IPv6Address((0x26064700 << 96) | (0x02005EFE << 32) | plain)),
    ]


def _edges(network: IPv4Network | IPv6Network) -> list[IPv4Address | IPv6Address]:
    first, last = int(network[0]), int(network[-1])
    return [network[offset] for offset in sorted({0, (last - first) // 3, last - first})]


def forbidden_addresses() -> list[str]:
    """Return the edges and an inner address of each network, plain and in IPv6 clothes."""
    found = list(_METADATA)
    for text in FORBIDDEN_V4:
        for address in _edges(IPv4Network(text)):
            found.append(str(address))
            found += clothed(IPv4Address(int(address)))
    for text in FORBIDDEN_V6:
        found += map(str, _edges(IPv6Network(text)))
    for text in PUBLIC[:3]:  # even a public one has no business in these clothes
        found += clothed(IPv4Address(text))
    found += ["fe80::1%1", "2606:4700::1%eth0", "nonsense", "", "1.1.1", "0x7f000001"]
    return list(dict.fromkeys(found))


def _spellings(text: str) -> list[str]:
    """Return what various readers take for the IPv4 address ``text``."""
    a, b, c, d = (int(part) for part in text.split("."))
    number = int(IPv4Address(text))
    wide = str.maketrans("0123456789.", "０１２３４５６７８９。")
    rings = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
    return [
        text,
        f"{text}.",
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a}.{number & 0xFFFFFF}",
        f"{a}.{b}.{number & 0xFFFF}",
        f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}",
        f"0{a:o}.0{b:o}.0{c:o}.0{d:o}",
        f"{a:03}.{b:03}.{c:03}.{d:03}",
        f"0x{a:x}.{b}.0{c:o}.{d}",
        str(number + (1 << 32)),
        text.replace(".", "%2e"),
        "".join(f"%{ord(sign):02x}" for sign in text),
        text.translate(wide),
        text.translate(rings),
        f"[::ffff:{text}]",
        f"[::{text}]",
        f"[64:ff9b::{text}]",
        f"{text}.example.org",
        f"{text}#img.example.org",
        f"{text}?img.example.org",
        f"img.example.org@{text}",
        f"img.example.org:443@{text}",
        f"img.example.org%40{text}",
        f"img.example.org\\@{text}",
        f"img.example.org\\.{text}",
    ]


_TARGETS = (
    "127.0.0.1",
    "169.254.169.254",
    "10.0.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 -- nothing is bound
)
_ODD = (
    "",
    "https:",
    "https:/",
    "https://",
    "https:///x.png",
    "https:x.png",
    "https:/img.example.org/x.png",
    "https:\\\\img.example.org\\x.png",
    "https://img.example.org\\x.png",
    "https:///img.example.org/x.png",
    "http://img.example.org/x.png",
    "HTTP://img.example.org/x.png",
    "ftp://img.example.org/x.png",
    "file:///etc/passwd",
    "file://img.example.org/etc/passwd",
    "gopher://img.example.org:70/_x",
    "data:image/png;base64,AAAA",
    "javascript:alert(1)",
    "jar:https://img.example.org!/x",
    "dict://img.example.org:11211/stat",
    "ldap://img.example.org",
    "ws://img.example.org",
    "//img.example.org/x.png",
    "https+unix://img.example.org/x.png",
    "view-source:https://img.example.org/x.png",
    " https://img.example.org/x.png",
    "\thttps://img.example.org/x.png",
    "https ://img.example.org/x.png",
    "https://img.example.org /x.png",
    "https://img.example.org\t/x.png",
    "https://img.example.org/x.png\r\nHost: evil.example.net",
    "https://img.example.org/\r\n\r\nGET / HTTP/1.1",
    "https://img.example.org/\x00",
    "https://img.example.org\x00.evil.example.net/",
    "https://img.example.org/\x7f",
    "https://img.example.org/\x85",
    "https://img.example.org/\ud800",
    "https://user@img.example.org/x.png",
    "https://user:secret@img.example.org/x.png",
    "https://@img.example.org/x.png",
    "https://:@img.example.org/x.png",
    "https://evil.example.net@img.example.org/x.png",
    "https://img.example.org@evil.example.net/x.png",
    "https://img.example.org:443@evil.example.net/x.png",
    "https://evil.example.net/x.png",
    "https://evil.example.net/https://img.example.org/",
    "https://evil.example.net#img.example.org",
    "https://evil.example.net?img.example.org",
    "https://img.example.org.evil.example.net/x.png",
    "https://evilimg.example.org/x.png",
    "https://sub.img.example.org/x.png",
    "https://example.org/x.png",
    "https://img.example.org./x.png",
    "https://img..example.org/x.png",
    "https://.img.example.org/x.png",
    "https://-img.example.org/x.png",
    "https://img-.example.org/x.png",
    "https://img_.example.org/x.png",
    "https://img%2eexample.org/x.png",
    "https://img.example.org%00.evil.example.net/",
    "https://img.example.org%2f@evil.example.net/",
    "https://ìmg.example.org/x.png",
    "https://іmg.example.org/x.png",
    "https://img。example.org/x.png",
    "https://img．example．org/x.png",
    "https://img.example.oʳg/x.png",
    "https://xn--mg-wxa.example.org/x.png",
    "https://img.example.org:80/x.png",
    "https://img.example.org:8443/x.png",
    "https://img.example.org:0/x.png",
    "https://img.example.org:65536/x.png",
    "https://img.example.org:65979/x.png",
    "https://img.example.org:-443/x.png",
    "https://img.example.org:443:443/x.png",
    "https://img.example.org:４４３/x.png",
    "https://img.example.org:x/x.png",
    "https://localhost/x.png",
    "https://localhost.localdomain/x.png",
    "https://metadata/computeMetadata/v1/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://kubernetes.default.svc/api",
    "https://redis/x.png",
    "https://[::1]/x.png",
    "https://[::]/x.png",
    "https://[fe80::1%25eth0]/x.png",
    "https://[fd00:ec2::254]/latest/",
    "https://[img.example.org]/x.png",
    "https://0/x.png",
    "https://1/x.png",
    "https://127.1/x.png",
    "https://0x7f.1/x.png",
    "https://img.example.0x7f/x.png",
    "https://img.example.1/x.png",
    "https://" + "a" * 64 + ".example.org/x.png",
    "https://" + "a." * 130 + "example.org/x.png",
    "https://img.example.org/" + "x" * 5000,
)


def forbidden_urls() -> list[str]:
    """Return addresses that lead, for some reader or other, to where nothing may be fetched."""
    spelled = [f"https://{host}/x.png" for text in _TARGETS for host in _spellings(text)]
    return list(dict.fromkeys([*_ODD, *spelled]))
