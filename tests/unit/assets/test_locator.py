"""Addresses of assets are read in one way, or refused."""

from __future__ import annotations

import pytest

from preview_worker.assets.hosts import read_hosts
from preview_worker.assets.locator import read_locator
from preview_worker.contract import ErrorCode, PreviewError

HOSTS = read_hosts("img.example.org")


@pytest.mark.parametrize(
    ("address", "same"),
    [
        ("https://img.example.org/a.png", "https://img.example.org/a.png"),
        ("HTTPS://IMG.Example.ORG/A.png", "https://img.example.org/A.png"),
        ("https://img.example.org:443/a.png", "https://img.example.org/a.png"),
        ("https://img.example.org", "https://img.example.org/"),
        ("https://img.example.org?a=1", "https://img.example.org/?a=1"),
        ("https://img.example.org/a.png?b=%20c&d#e", "https://img.example.org/a.png?b=%20c&d"),
        ("https://img.example.org/A game é.png", "https://img.example.org/A%20game%20%C3%A9.png"),
        ("https://img.example.org:8443/a", "https://img.example.org:8443/a"),
        ("https://xn--bcher-kva.example/a", "https://xn--bcher-kva.example/a"),
    ],
)
def test_an_address_has_one_spelling(address: str, same: str) -> None:
    """Whatever is equal is spelled equally, and paths go to the host as it knows them."""
    assert str(read_locator(address)) == same


@pytest.mark.parametrize(
    ("reference", "target"),
    [
        ("/b.png", "https://img.example.org/b.png"),
        ("b.png", "https://img.example.org/deep/b.png"),
        ("?c=1", "https://img.example.org/deep/a.png?c=1"),
        ("//cdn.example.org/b.png", "https://cdn.example.org/b.png"),
    ],
)
def test_a_redirect_is_read_where_it_is_told(reference: str, target: str) -> None:
    """Relative references are relative to the address that was asked."""
    assert str(read_locator("https://img.example.org/deep/a.png").join(reference)) == target


@pytest.mark.parametrize(
    "reference", ["http://img.example.org/", "//u@h.example.org", "https://[", "a\r\nb"]
)
def test_a_redirect_is_no_way_round(reference: str) -> None:
    """D8: where it leads is read as strictly as what the payload said."""
    with pytest.raises(PreviewError) as caught:
        read_locator("https://img.example.org/").join(reference)
    assert caught.value.code is ErrorCode.ASSET_FORBIDDEN


def test_a_refusal_tells_no_secret() -> None:
    """Neither a password nor the signature in a query."""
    with pytest.raises(PreviewError) as caught:
        read_locator("https://user:hunter2@img.example.org/a.png?signature=hunter3")
    assert "img.example.org/a.png" in caught.value.message
    assert "hunter" not in caught.value.message
