"""Claims: one holder at a time has a name, for a short while, in memory as in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from preview_worker.queue import CLAIM_MS, Claims, ClaimState, MemoryClaims, QueueSettings
from preview_worker.queue.claims import BullClaims
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink

pytestmark = pytest.mark.anyio

THEIRS, OURS, DONE, FREE = ClaimState


@pytest.fixture(params=["memory", "redis"])
async def claims(request: pytest.FixtureRequest) -> AsyncIterator[Claims]:
    """Each kind of claims in turn."""
    made: Claims = MemoryClaims()
    if request.param == "redis":
        made = BullClaims(request.getfixturevalue("queue_settings"))
    yield made
    await made.close()


async def test_a_name_is_claimed_by_one_holder(claims: Claims) -> None:
    """Whoever comes second is told so, and asks for others."""
    assert await claims.take(["a", "b"], "one", 9) == [OURS, OURS]
    assert await claims.take(["a", "b", "c"], "two", 9) == [THEIRS, THEIRS, OURS]


async def test_of_many_who_claim_at_once_one_gets_each_name(claims: Claims) -> None:
    """Every name has exactly one holder."""
    names = [f"name-{number}" for number in range(20)]
    asked = (claims.take(names, f"holder-{number}", 20) for number in range(10))
    answers = await asyncio.gather(*asked)
    assert [sum(states) for states in zip(*answers, strict=True)] == [OURS] * 20


async def test_no_more_is_claimed_than_was_asked_for(claims: Claims) -> None:
    """The first in order; the rest stays free for others."""
    assert await claims.take(["a", "b", "c"], "one", 2) == [OURS, OURS, FREE]
    assert await claims.take(["a", "b", "c"], "two", 2) == [THEIRS, THEIRS, OURS]


async def test_what_a_holder_has_does_not_count_as_more(claims: Claims) -> None:
    """It is renewed, and others are claimed beside it."""
    await claims.take(["a"], "one", 1)
    assert await claims.take(["a", "b", "c"], "one", 1) == [OURS, OURS, FREE]


async def test_a_claim_that_is_given_up_is_free(claims: Claims) -> None:
    """Others make what was not made."""
    await claims.take(["a"], "one", 1)
    await claims.end(["a"], "one", done=False)
    assert await claims.take(["a"], "two", 1) == [OURS]


async def test_what_is_done_is_told_to_all(claims: Claims) -> None:
    """Nobody claims it again, not even who did it."""
    await claims.take(["a"], "one", 1)
    await claims.end(["a"], "one", done=True)
    assert await claims.take(["a"], "two", 1) == [DONE]
    assert await claims.take(["a"], "one", 1) == [DONE]


async def test_nobody_ends_the_claim_of_another(claims: Claims) -> None:
    """Neither as done nor as given up."""
    await claims.take(["a", "b"], "one", 2)
    await claims.end(["a"], "two", done=True)
    await claims.end(["b"], "two", done=False)
    await claims.renew(["a", "b"], "two")
    assert await claims.take(["a", "b"], "three", 2) == [THEIRS, THEIRS]


async def test_no_names_are_no_trouble(claims: Claims) -> None:
    """A render may have nothing to ask for."""
    assert await claims.take([], "one", 1) == []
    await claims.renew([], "one")
    await claims.end([], "one", done=True)


async def test_a_claim_in_memory_ends_by_itself() -> None:
    """Unless it is renewed in time."""
    now_s = 0.0
    claims = MemoryClaims(lambda: now_s)
    await claims.take(["a", "b"], "one", 2)
    now_s = CLAIM_MS / 1000 - 1
    await claims.renew(["b"], "one")
    now_s = CLAIM_MS / 1000
    assert await claims.take(["a", "b"], "two", 2) == [OURS, THEIRS]


async def test_every_key_in_redis_ends_by_itself(queue_settings: QueueSettings) -> None:
    """A holder that dies leaves nothing behind for longer than a claim lasts."""
    claims = BullClaims(queue_settings)
    await claims.take(["a", "b"], "one", 2)
    await claims.renew(["a"], "one")
    await claims.end(["b"], "one", done=True)
    await claims.close()
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    link = RedisLink(queue_settings, client_name="onlooker")
    lasting = [int(str(await link.call("PTTL", keys.claim(name)))) for name in ("a", "b")]
    await link.close()
    assert 0 < lasting[0] <= CLAIM_MS < lasting[1]
