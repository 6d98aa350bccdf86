"""Other readers of addresses agree with ours about everything that ours accepts."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

import httpcore
from hypothesis import example, given
from hypothesis import strategies as st

from preview_worker.assets.locator import read_locator
from preview_worker.assets.networks import refusal_of
from preview_worker.contract import PreviewError

SCRAPS = (
    "https :// img.example.org evil.example.net 127.0.0.1 0x7f [::1] :443 :8443 @ \\ / // ? # %2f "
    "%00 .. . - é 。 xn--a"
)
PARTS = st.sampled_from([*SCRAPS.split(), " "])
WRITTEN = st.lists(PARTS | st.text(max_size=3), max_size=12).map("".join)
ADDRESSES = WRITTEN | WRITTEN.map("https://".__add__) | WRITTEN.map("https://a.example".__add__)


@given(ADDRESSES)
@example("https://a.example/\\..\\@b.example")
@example("https://a.example?@b.example/")
def test_no_other_reader_finds_another_host_in_what_is_accepted(address: str) -> None:
    """D8: nor another port, and what is asked for reads the same when it is written out."""
    try:
        locator = read_locator(address)
    except PreviewError:
        return
    assert read_locator(str(locator)) == locator
    for text in (address, str(locator)):
        split = urlsplit(text)
        assert (split.scheme, split.hostname) == ("https", locator.host)
        assert (split.port or 443, split.username) == (locator.port, None)
    url = httpcore.URL(str(locator))
    assert (url.host.decode(), url.port or 443) == (locator.host, locator.port)
    assert url.target.decode() == locator.target


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address))
@example(IPv4Address("192.88.99.1"))
@example(IPv6Address("2001:0:1::1"))
def test_what_passes_is_global_for_python_too(address: IPv4Address | IPv6Address) -> None:
    """D8: our tables forbid at least what the standard library's do."""
    if refusal_of(address) is None:
        assert address.is_global
        assert not address.is_multicast


@given(st.integers(0x20 << 120, (0x40 << 120) - 1).map(IPv6Address))
def test_what_passes_of_the_public_addresses_is_global_too(address: IPv6Address) -> None:
    """D8: where IPv6 has its hosts."""
    if refusal_of(address) is None:
        assert address.is_global
        assert (address.ipv4_mapped, address.sixtofour, address.teredo) == (None, None, None)
