"""The list of hosts that an operator allows."""

from __future__ import annotations

import pytest

from preview_worker.assets.hosts import read_hosts
from preview_worker.assets.locator import read_locator

LIST = read_hosts(" img.example.org, *.cdn.example.net ,files.example.org:8443,")


@pytest.mark.parametrize(
    "address",
    [
        "https://img.example.org/",
        "https://IMG.EXAMPLE.ORG/",
        "https://a.cdn.example.net/",
        "https://a.b.cdn.example.net/",
        "https://files.example.org:8443/",
    ],
)
def test_what_is_listed_is_allowed(address: str) -> None:
    """By its name, by what it lies below, and at the port that is given."""
    assert LIST.allows(read_locator(address))


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/",
        "https://x.img.example.org/",
        "https://cdn.example.net/",
        "https://evilcdn.example.net/",
        "https://cdn.example.net.evil.example/",
        "https://img.example.org:8443/",
        "https://files.example.org/",
    ],
)
def test_what_is_not_listed_is_not(address: str) -> None:
    """A name is not its neighbours, an ending is not the name itself, a port is one port."""
    assert not LIST.allows(read_locator(address))


@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_an_empty_list_allows_nobody(text: str) -> None:
    """It is what stands when nothing is set."""
    assert not read_hosts(text)


@pytest.mark.parametrize(
    "entry",
    [
        "*",
        "*.",
        "*.org",
        "org",
        "localhost",
        "127.0.0.1",
        "10.0.0.0/8",
        "[::1]",
        "https://img.example.org",
        "img.example.org/path",
        "img.*.example.org",
        "*img.example.org",
        "bücher.example",
        "img.example.org:",
        "img.example.org:0",
        "img.example.org:65536",
        "user@img.example.org",
        "img.example.org.",
    ],
)
def test_an_entry_that_is_no_host_stops_the_start(entry: str) -> None:
    """With the entry in the message, rather than being taken for something wider."""
    with pytest.raises(ValueError, match="is no host; write") as caught:
        read_hosts(f"img.example.org,{entry}")
    assert repr(entry) in str(caught.value)
