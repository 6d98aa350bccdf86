"""A parent is looked for in the queue of its child, and nowhere else."""

from __future__ import annotations

import pytest

from preview_worker.queue import LeasedJob, QueueSettings
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.parents import Parents

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("parent_key", [None, "bull:others:secret", "secret", "bull:previews"])
async def test_a_parent_elsewhere_is_none(parent_key: str | None) -> None:
    """Redis is not even asked: here is none."""
    link = RedisLink(QueueSettings(redis_url="redis://127.0.0.1:1"), client_name="test")
    parents = Parents(link, QueueKeys("bull", "previews"))
    job = LeasedJob("1", "part", b"{}", "token", 0, 1, 5, 0, parent_key=parent_key)
    assert await parents.read(job) is None
    await parents.advance(job, 90)
