"""The keeper of locks, against a server that answers when the test wants it to."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from preview_worker.events import LeaseLost, LeaseRegained
from preview_worker.queue import LeasedJob, QueueSettings
from preview_worker.queue.keeper import Lease, LeaseKeeper
from preview_worker.queue.protocol import BullProtocol
from tests.conformance.yard import Notes

pytestmark = pytest.mark.anyio

JOB = LeasedJob(
    id="a",
    name="render-preview",
    payload=b"{}",
    token="token",
    attempts_made=0,
    attempts_started=1,
    max_attempts=5,
    added_at_ms=0,
)


@dataclass
class Link:
    """A connection that was made anew since the job was leased."""

    connections: int = 1
    turns: int = 0

    async def call(self, *_words: object) -> bytes:
        """Answer a PING; each one takes longer than the one before."""
        self.turns += 1
        for _ in range(self.turns):
            await asyncio.sleep(0)
        self.connections = 2
        return b"PONG"


@dataclass
class Server:
    """A server whose lock ran out, and that gives it again."""

    link: Link = field(default_factory=Link)
    given: int = 0
    silent: bool = False
    token: str = JOB.token
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def extend_locks(self, ids: list[str], tokens: list[str]) -> set[str]:
        """Refuse every lock of another token, by the id of its job alone; or do not answer."""
        if self.silent:
            await asyncio.Event().wait()
        self.asked.set()
        return {job_id for job_id, token in zip(ids, tokens, strict=True) if token != self.token}

    async def readopt(self, _: LeasedJob) -> bool:
        """Give the lock again."""
        await asyncio.sleep(0)
        self.given += 1
        return True


async def test_all_who_learn_at_once_that_a_lock_ran_out_keep_it() -> None:
    """R1: renewal, fence and settlement meet after an outage; the lock is taken again once."""
    server, notes = Server(), Notes()
    keeper = LeaseKeeper(cast("BullProtocol", server), QueueSettings(), notes)
    lease = Lease(JOB, b"", time.monotonic())
    keeper.hold(lease)
    missed_at_s = time.monotonic()

    answers = await asyncio.gather(*(keeper.readopt(lease, missed_at_s) for _ in range(3)))

    assert answers == [True, True, True]
    assert server.given == 1
    assert notes.events == [LeaseRegained(job_id="a")]


async def test_a_lock_that_is_gone_again_after_it_was_taken_again_was_taken_away() -> None:
    """The first answer explains nothing that was asked after it."""
    server, notes = Server(), Notes()
    keeper = LeaseKeeper(cast("BullProtocol", server), QueueSettings(), notes)
    lease = Lease(JOB, b"", time.monotonic())
    keeper.hold(lease)
    assert await keeper.readopt(lease, time.monotonic())

    assert await keeper.readopt(lease, time.monotonic()) is False
    assert LeaseLost(job_id="a") not in notes.events


async def test_renewal_that_was_frozen_with_everything_else_is_not_accused() -> None:
    """P7: whoever is the first to look after a thaw has overtaken renewal, and that is all."""
    keeper = LeaseKeeper(cast("BullProtocol", Server()), QueueSettings(renew_s=0.2), None)
    keeper.start()
    await asyncio.sleep(0)

    time.sleep(1.5)  # noqa: ASYNC251 -- as if the process were stopped: all its timers are late

    assert keeper.still_s < 1
    await keeper.stop()


async def test_renewal_that_hangs_while_all_else_goes_on_is_noticed() -> None:
    """P14: a round that never ends renews nothing."""
    server = Server(silent=True)
    keeper = LeaseKeeper(cast("BullProtocol", server), QueueSettings(renew_s=0.01), None)
    keeper.hold(Lease(JOB, b"", time.monotonic()))
    keeper.start()

    async with asyncio.timeout(30):
        while keeper.still_s < 1:  # noqa: ASYNC110 -- a clock rings for nobody
            await asyncio.sleep(0.05)

    assert not keeper.ended
    await keeper.stop()
    assert keeper.still_s == 0


@pytest.mark.parametrize("settling", [False, True])
async def test_a_new_lease_of_a_job_does_not_share_the_fate_of_the_old_one(
    *, settling: bool
) -> None:
    """The script names jobs and no tokens, so it must not be asked about both."""
    server, notes = Server(token="new"), Notes()
    keeper = LeaseKeeper(cast("BullProtocol", server), QueueSettings(renew_s=0.01), notes)
    old, new = (Lease(replace(JOB, token=token), b"", time.monotonic()) for token in ("old", "new"))
    keeper.hold(old)
    old.settling = settling  # then its settlement finds out whether it was lost or settled
    keeper.hold(new)

    keeper.start()
    for _ in range(2):  # when it asks again it has dealt with the answer
        await asyncio.wait_for(server.asked.wait(), 30)
        server.asked.clear()
    await keeper.stop()

    assert keeper.lease_of(new.job) is new
    assert notes.events == ([] if settling else [LeaseLost(job_id="a")])
