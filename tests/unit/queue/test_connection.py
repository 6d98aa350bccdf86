"""Ways to reach Redis that contradict each other are refused with the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from preview_worker.queue.address import Node
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.settings import QueueSettings

NODES = (Node("a", 1),)


def test_sentinels_do_not_watch_over_a_cluster() -> None:
    """One of the two is set by mistake."""
    with pytest.raises(ValueError, match="not both"):
        ConnectionSettings(sentinels=NODES, cluster=NODES)


def test_a_key_needs_its_certificate() -> None:
    """A key alone proves nothing."""
    with pytest.raises(ValueError, match="certificate"):
        ConnectionSettings(key_file=Path("key"))


@pytest.mark.parametrize("prefix", ["bull", "{}", "{bull", "bull}"])
def test_a_cluster_wants_a_prefix_in_braces(prefix: str) -> None:
    """Without it the keys of a queue would be spread over nodes, where no script can work."""
    with pytest.raises(ValueError, match="braces"):
        QueueSettings(prefix=prefix, connection=ConnectionSettings(cluster=NODES))


def test_a_cluster_has_one_database() -> None:
    """The tag may be a part of the prefix."""
    connection = ConnectionSettings(cluster=NODES)
    QueueSettings(prefix="a{b}c", connection=connection)
    with pytest.raises(ValueError, match="one database"):
        QueueSettings(redis_url="redis://h/1", prefix="{bull}", connection=connection)
