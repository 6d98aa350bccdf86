"""Slots are computed as every cluster client computes them, and redirections are understood."""

from __future__ import annotations

import pytest

from preview_worker.queue.address import Node
from preview_worker.queue.cluster import ClusterGuide, slot_of
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.credentials import Credentials
from preview_worker.queue.dial import Dialler
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import RedisError

pytestmark = pytest.mark.anyio


def a_guide() -> ClusterGuide:
    """Return a guide that knows one node, where nobody listens."""
    connection = ConnectionSettings(cluster=(Node("127.0.0.1", 1),))
    settings = QueueSettings(prefix="{bull}", connection=connection)
    return ClusterGuide(settings, Credentials(settings), Dialler(settings))


@pytest.mark.parametrize(("tag", "slot"), [("foo", 12182), ("user1000", 3443), ("bull", 9263)])
def test_a_slot_is_that_of_the_specification(tag: str, slot: int) -> None:
    """The first two stand in the specification of Redis Cluster."""
    assert slot_of(tag) == slot


async def test_a_redirection_is_followed_at_the_next_connection() -> None:
    """Nobody is asked then: the node that sent us there knows best."""
    guide = a_guide()
    assert guide.follow(RedisError("MOVED 9263 10.0.0.7:7001"))
    address = await guide.find()
    assert (address.host, address.port) == ("10.0.0.7", 7001)


@pytest.mark.parametrize("refusal", ["ASK 9263 10.0.0.7:7001", "CLUSTERDOWN", "MOVED", "ERR no"])
def test_other_refusals_are_not_followed(refusal: str) -> None:
    """To follow ASK would run scripts where some of their keys are missing."""
    assert not a_guide().follow(RedisError(refusal))
