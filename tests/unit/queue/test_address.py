"""Redis URLs are understood, and shown without their password."""

from __future__ import annotations

import pytest

from preview_worker.queue.address import RedisAddress


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("redis://localhost", RedisAddress("localhost")),
        ("redis://", RedisAddress("127.0.0.1")),
        ("redis://10.0.0.1:7000/3", RedisAddress("10.0.0.1", 7000, 3)),
        ("rediss://h/", RedisAddress("h", tls=True)),
        ("redis://:p%40ss@h", RedisAddress("h", password="p@ss")),
        ("redis://me:x@[::1]:1", RedisAddress("::1", 1, username="me", password="x")),
    ],
)
def test_a_url_is_read(url: str, address: RedisAddress) -> None:
    """Every part has its place, and what is left out its default."""
    assert RedisAddress.parse(url) == address


def test_a_password_in_the_url_wins() -> None:
    """The separate password is for URLs that hold none."""
    assert RedisAddress.parse("redis://:a@h", password="b").password == "a"
    assert RedisAddress.parse("redis://h", password="b").password == "b"


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("http://h", "redis://"),
        ("localhost:6379", "redis://"),
        ("redis://h:port", "port"),
        ("redis://h:99999", "port"),
        ("redis://h/zero", "database"),
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_being_repeated(url: str, hint: str) -> None:
    """The message says what is wrong; the URL may hold a secret."""
    with pytest.raises(ValueError, match=hint) as caught:
        RedisAddress.parse(url)
    assert url not in str(caught.value)


def test_an_address_never_shows_its_password() -> None:
    """Neither in messages nor in a debugger."""
    address = RedisAddress.parse("rediss://me:hunter2@[::1]:7000/2")
    assert str(address) == "rediss://[::1]:7000/2"
    assert "hunter2" not in repr(address)
