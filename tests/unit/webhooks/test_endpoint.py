"""Addresses of receivers and their secrets, as operators write them."""

from __future__ import annotations

import base64
from ipaddress import ip_address

import pytest

from preview_worker.bootstrap.webhooks import judge_of
from preview_worker.webhooks import Endpoint, read_endpoints

KEY, OTHER = b"k" * 24, b"o" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
SECOND = "whsec_" + base64.b64encode(OTHER).decode()


def the(url: str, private_hosts: str = "") -> Endpoint:
    """Return the one endpoint at ``url``."""
    (endpoint,) = read_endpoints(url, SECRET, private_hosts)
    return endpoint


def test_an_address_is_taken_apart() -> None:
    """What is asked for is built from the parts."""
    endpoint = the("https://Hooks.Example.org/a b/ü?x=1".replace(" ", "%20"))

    assert (endpoint.scheme, endpoint.host, endpoint.port) == ("https", "hooks.example.org", 443)
    assert endpoint.target == "/a%20b/%C3%BC?x=1"
    assert endpoint.authority == "hooks.example.org"
    assert endpoint.secrets == (KEY,)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("https://hooks.example.org:8443/", "hooks.example.org:8443"),
        ("http://127.0.0.1:9000", "127.0.0.1:9000"),
        ("http://[::1]:9000/x", "[::1]:9000"),
        ("http://localhost/x", "localhost"),
    ],
)
def test_the_authority_is_what_the_host_header_says(url: str, authority: str) -> None:
    """A usual port is left out, and an address of the sixth version stands in brackets."""
    assert the(url).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "hooks.example.org",
        "https:///hooks",
        "https://user:secret@hooks.example.org/",
        "https://hooks.example.org/#part",
        "https://hooks.example.org:0/",
        "https://hooks.example.org:99999/",
        "https://hooks.example.org/a\\b",
        "https://[::1/",
    ],
)
def test_other_addresses_are_refused_without_being_quoted(url: str) -> None:
    """They may hold secrets, and the message goes to a log."""
    with pytest.raises(ValueError, match="webhook address 1") as error:
        read_endpoints(url, SECRET)

    assert url not in str(error.value)
    assert "secret" not in str(error.value)


def test_one_secret_serves_for_all_or_there_is_one_for_each() -> None:
    """Two secrets with a bar between belong to one address, while one is changed."""
    two = "https://a.example.org/\nhttps://b.example.org/"

    assert [one.secrets for one in read_endpoints(two, SECRET)] == [(KEY,), (KEY,)]
    each = read_endpoints(two, f"{SECRET},{SECOND}|{SECRET}")
    assert [one.secrets for one in each] == [(KEY,), (OTHER, KEY)]
    assert read_endpoints("", "") == ()


@pytest.mark.parametrize(
    ("urls", "secrets", "wrong"),
    [
        ("https://a.example.org/", "", "give one secret for all, or one for each"),
        ("https://a.example.org/", f"{SECRET},{SECOND}", "1 webhook addresses and 2 secrets"),
        ("https://a.example.org/,https://A.example.org", SECRET, "are the same"),
        ("https://a.example.org/", "whsec_c2hvcnQ=", "24 to 64 random bytes"),
        ("https://a.example.org/", base64.b64encode(KEY).decode(), "whsec_ and"),
        ("https://a.example.org/", "whsec_!", "in base64"),
        (",".join(f"https://{n}.example.org/" for n in range(17)), SECRET, "16 are possible"),
    ],
)
def test_what_does_not_go_together_is_refused(urls: str, secrets: str, wrong: str) -> None:
    """The start stops with one sentence that tells no secret."""
    with pytest.raises(ValueError, match=wrong) as error:
        read_endpoints(urls, secrets)

    assert secrets == "" or secrets not in str(error.value)


def test_the_key_of_an_endpoint_is_that_of_its_address() -> None:
    """A secret that is changed, or a port that is written out, loses no delivery."""
    one = the("https://hooks.example.org/x")

    assert one.key == read_endpoints("https://hooks.example.org:443/x", SECOND)[0].key
    assert one.key != the("https://hooks.example.org/y").key
    assert "hooks" not in one.key


@pytest.mark.parametrize(
    ("address", "public", "private", "local"),
    [
        ("93.184.215.14", True, True, False),
        ("2606:2800:21f:cb07::1", True, True, False),
        ("10.0.0.7", False, True, False),
        ("172.16.3.4", False, True, False),
        ("192.168.1.1", False, True, False),
        ("100.64.0.1", False, True, False),
        ("fd12::1", False, True, False),
        ("127.0.0.1", False, True, True),
        ("::1", False, True, True),
        ("169.254.169.254", False, False, False),
        ("168.63.129.16", False, False, False),
        ("0.0.0.0", False, False, False),  # noqa: S104 -- judged, not bound
        ("224.0.0.1", False, False, False),
        ("fe80::1", False, False, False),
        ("::ffff:10.0.0.7", False, False, False),
    ],
)
def test_a_host_may_be_in_a_private_network_only_where_the_operator_says_so(
    address: str, *, public: bool, private: bool, local: bool
) -> None:
    """Where clouds keep secrets nobody may be; at this machine only who is named after it."""
    found = ip_address(address)

    assert (judge_of(the("https://a.example.org/"))(found) is None) == public
    named = the("https://a.example.org/", "b.example.org, A.example.org")
    assert (judge_of(named)(found) is None) == private
    assert (judge_of(the("http://localhost:9/"))(found) is None) == local
