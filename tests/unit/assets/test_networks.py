"""Which addresses may be connected to: public hosts, and nothing that only looks like one."""

from __future__ import annotations

import pytest

from preview_worker.assets.networks import read_ip, refusal_of
from tests.unit.assets.vectors import PUBLIC, forbidden_addresses


@pytest.mark.parametrize("text", forbidden_addresses())
def test_an_address_that_is_no_public_host_is_refused(text: str) -> None:
    """D8: private, local, reserved, or an IPv4 address in any of IPv6's clothes."""
    address = read_ip(text)
    assert address is None or refusal_of(address)


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_host_passes(text: str) -> None:
    """Right up to the edges of what is refused."""
    address = read_ip(text)
    assert address is not None
    assert refusal_of(address) is None


def test_there_are_enough_addresses_to_mean_something() -> None:
    """The table is not emptied by a slip in what makes it."""
    assert len(forbidden_addresses()) > 500
