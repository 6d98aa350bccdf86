"""Redis URLs are understood, and shown without their password."""

from __future__ import annotations

import pytest

from preview_worker.queue.address import Node, RedisAddress, parse_nodes


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


def test_nodes_are_read_from_a_list() -> None:
    """Spaces and a last comma do no harm, and IPv6 hosts stand in brackets."""
    assert parse_nodes(" a:1, [::1]:26379,") == (Node("a", 1), Node("::1", 26379))
    assert [str(node) for node in parse_nodes("a:1,[::1]:2")] == ["a:1", "[::1]:2"]
    assert parse_nodes("") == ()


@pytest.mark.parametrize("text", ["host", ":1", "host:", "host:port", "host:0", "host:65536"])
def test_a_node_that_cannot_be_read_is_told(text: str) -> None:
    """The message shows the form and the part that does not have it."""
    with pytest.raises(ValueError, match="host:port"):
        parse_nodes(f"good:1,{text}")


def test_a_login_names_the_user_only_when_there_is_one() -> None:
    """Servers before version 6 know passwords but no users."""
    assert RedisAddress("h").login() == ()
    assert RedisAddress("h", password="p").login() == ("AUTH", "p")
    assert RedisAddress("h", username="u", password="p").login() == ("AUTH", "u", "p")
