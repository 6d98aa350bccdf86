"""A queue in a cluster: found by its slot, followed when that moves or its owner changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pytest

from preview_worker.queue import Completed, JobRequest, JobState, QueueUnavailableError
from preview_worker.queue.address import Node
from preview_worker.queue.bullmq import BullQueue
from preview_worker.queue.cluster import SLOTS, slot_of
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.producer import BullProducer
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import RedisError
from tests.redis_programs import HOST, RedisProgram, running
from tests.redis_server import leased, quick_settings

pytestmark = pytest.mark.anyio
TAG = "bull"
SLOT = slot_of(TAG)
REQUEST = JobRequest(payload={"a": 1}, priority=2)
ELECTION_S = 60
"""Two seconds are enough on an idle machine."""
QUICK_MS, PATIENT_MS = 1000, 15_000
"""After which silence a node is missed: where one is to be, and where the machine may pause."""
THIRDS = ((0, 5460), (5461, 10922), (10923, SLOTS - 1))


@dataclass
class Cluster:
    """Three nodes that share the slots."""

    nodes: tuple[RedisProgram, ...]

    @property
    def owner(self) -> RedisProgram:
        """The node that the queue's slot was given to at first."""
        return next(n for n, (a, b) in zip(self.nodes, THIRDS, strict=True) if a <= SLOT <= b)

    @property
    def others(self) -> list[RedisProgram]:
        """The nodes that were given other slots."""
        return [node for node in self.nodes if node is not self.owner]

    @cached_property
    def settings(self) -> QueueSettings:
        """Settings that know a node which is down and one which does not hold the queue."""
        nodes = (Node(HOST, 1), Node(HOST, self.others[0].port))
        settings = quick_settings("redis://ignored.invalid")
        connection = ConnectionSettings(cluster=nodes)
        return replace(settings, connection=connection, prefix=f"{{{TAG}}}", lock_s=8.0)

    async def name_of(self, node: RedisProgram) -> str:
        """Return the cluster's own name of a node."""
        name = await node.call("CLUSTER", "MYID")
        assert isinstance(name, bytes)
        return name.decode()

    async def miss_after(self, silence_ms: int) -> None:
        """Have the nodes miss another after such a silence."""
        for node in self.nodes:
            await node.call("CONFIG", "SET", "cluster-node-timeout", silence_ms)

    async def begin_move(self, source: RedisProgram, target: RedisProgram) -> None:
        """Let the slot be on its way."""
        setting = ("CLUSTER", "SETSLOT", SLOT)
        await target.call(*setting, "IMPORTING", await self.name_of(source))
        await source.call(*setting, "MIGRATING", await self.name_of(target))

    async def end_move(self, source: RedisProgram, target: RedisProgram) -> None:
        """Carry the keys over and make the target the owner."""
        keys = await source.call("CLUSTER", "GETKEYSINSLOT", SLOT, 1000)
        assert isinstance(keys, list)
        for key in keys:
            assert isinstance(key, bytes)
            await source.call("MIGRATE", HOST, target.port, key.decode(), 0, 5000)
        for node in (target, source, *self.nodes):
            await node.call("CLUSTER", "SETSLOT", SLOT, "NODE", await self.name_of(target))


def a_node(folder: Path) -> RedisProgram:
    """Return a node that belongs to no cluster yet and is quick to miss another."""
    return RedisProgram(
        folder,
        cluster_enabled="yes",
        cluster_node_timeout=str(QUICK_MS),
        # On a busy machine a replica may be asked late, and must not think itself too old by then.
        cluster_replica_validity_factor="0",
    )


async def introduce(node: RedisProgram, known: RedisProgram) -> None:
    """Have a node join, asking again: a handshake that takes a second is given up for good."""
    async with asyncio.timeout(60):
        while str(node.port).encode() not in await nodes_known_to(known):
            await known.call("CLUSTER", "MEET", HOST, node.port)
            await asyncio.sleep(0.2)


async def nodes_known_to(node: RedisProgram) -> bytes:
    """Return the lines of the nodes that a node has shaken hands with."""
    told = await node.call("CLUSTER", "NODES")
    assert isinstance(told, bytes)
    return b"".join(line for line in told.splitlines() if b"handshake" not in line)


@pytest.fixture
async def cluster(tmp_path: Path) -> AsyncIterator[Cluster]:
    """A cluster in which every node knows who holds what."""
    nodes = [a_node(tmp_path / f"node-{number}") for number in range(3)]
    with running(*nodes):
        for node, (first, last) in zip(nodes, THIRDS, strict=True):
            await node.call("CLUSTER", "ADDSLOTS", *range(first, last + 1))
        for number, node in enumerate(nodes, start=1):
            await node.call("CLUSTER", "SET-CONFIG-EPOCH", number)
        for node in nodes[1:]:
            await introduce(node, nodes[0])
        for node in nodes:
            await node.wait_until("CLUSTER", "INFO", holds=b"cluster_state:ok")
        formed = Cluster(tuple(nodes))
        await formed.miss_after(PATIENT_MS)
        for node in nodes:
            await node.wait_until("CLUSTER", "INFO", holds=b"cluster_state:ok")
        yield formed


async def run_a_job(queue: BullQueue, producer: BullProducer) -> None:
    """Add a job, lease it and complete it."""
    added = await producer.add(REQUEST)
    job = await leased(queue)
    settled = await queue.settle(job, Completed({"ok": True}))
    assert (job.id, settled.state) == (added.id, JobState.COMPLETED)


async def test_a_job_runs_in_a_cluster(cluster: Cluster) -> None:
    """The node that holds the queue is found by asking any other."""
    queue, producer = BullQueue(cluster.settings), BullProducer(cluster.settings)
    await queue.open()
    await run_a_job(queue, producer)
    assert (await queue.counts()).completed == 1
    await queue.close()
    await producer.close()


async def test_a_project_has_its_places_in_a_cluster(cluster: Cluster) -> None:
    """They are on the node that holds the queue."""
    bounded = replace(cluster.settings, project_max_active=1)
    queue, producer = BullQueue(bounded), BullProducer(bounded)
    await queue.open()
    for _ in range(2):
        await producer.add(REQUEST)
    first, second = [await leased(queue) for _ in range(2)]
    assert await queue.claim(first, "lighthouse") is None
    assert await queue.claim(second, "lighthouse") is not None
    await queue.settle(first, Completed({}))
    assert (await leased(queue)).id == second.id
    await queue.close()
    await producer.close()


async def test_a_queue_that_moved_is_followed(cluster: Cluster) -> None:
    """A job that runs while the slot moves is completed at its new owner, and the next one too."""
    queue, producer = BullQueue(cluster.settings), BullProducer(cluster.settings)
    await queue.open()
    added = await producer.add(REQUEST)
    job = await leased(queue)
    source, target = cluster.owner, cluster.others[0]
    await cluster.begin_move(source, target)
    settling = asyncio.create_task(queue.settle(job, Completed({"ok": True})))
    await asyncio.wait({settling}, timeout=0.5)
    await cluster.end_move(source, target)
    assert (await asyncio.wait_for(settling, 10)).state is JobState.COMPLETED
    status = await producer.status(added.id)
    assert status is not None
    assert (status.state, status.attempts_made) == (JobState.COMPLETED, 1)
    await run_a_job(queue, producer)
    await queue.close()
    await producer.close()


async def test_an_idle_worker_follows_the_queue(cluster: Cluster) -> None:
    """It waits at the marker when the slot moves away from under it."""
    settings = replace(cluster.settings, block_s=30.0, reply_timeout_s=30.0)
    queue, producer = BullQueue(settings), BullProducer(settings)
    leasing = asyncio.create_task(leased(queue, within_s=60))
    await asyncio.wait({leasing}, timeout=0.5)
    await cluster.begin_move(cluster.owner, cluster.others[0])
    await cluster.end_move(cluster.owner, cluster.others[0])
    added = await producer.add(REQUEST)
    assert (await asyncio.wait_for(leasing, 15)).id == added.id
    await queue.close()
    await producer.close()


async def test_a_slot_on_its_way_is_waited_for(cluster: Cluster) -> None:
    """Nothing is run where only some of the queue's keys may have arrived."""
    queue = BullQueue(cluster.settings)
    await queue.ping()
    await cluster.begin_move(cluster.owner, cluster.others[0])
    with pytest.raises(QueueUnavailableError, match="moving the queue to another cluster node"):
        await queue.lease()
    await queue.close()


async def test_a_replica_that_takes_over_is_found(cluster: Cluster, tmp_path: Path) -> None:
    """When the owner dies, the queue goes on at the replica that the cluster promotes."""
    owner = cluster.owner
    replica = a_node(tmp_path / "replica")
    with running(replica):
        await introduce(replica, owner)
        name = await cluster.name_of(owner)
        await _retried(replica, "CLUSTER", "REPLICATE", name)
        await replica.wait_until("INFO", "replication", holds=b"master_link_status:up")
        for node in cluster.others:
            await node.wait_until("CLUSTER", "NODES", holds=f"slave {name}".encode())
            # Whom the replica does not know by the time the owner dies, it can ask for no vote.
            await replica.wait_until("CLUSTER", "NODES", holds=f":{node.port}@".encode())
        await replica.wait_until("CLUSTER", "INFO", holds=b"cluster_state:ok")
        settings = replace(cluster.settings, lock_s=2 * ELECTION_S)
        queue, producer = BullQueue(settings), BullProducer(settings)
        await producer.add(REQUEST)
        await queue.open()
        job = await leased(queue)
        await owner.call("WAIT", 1, 5000)
        await cluster.miss_after(QUICK_MS)
        owner.kill()
        settling = asyncio.wait_for(queue.settle(job, Completed({"ok": True})), ELECTION_S)
        assert (await settling).state is JobState.COMPLETED
        await queue.close()
        await producer.close()


async def test_a_cluster_that_is_not_announced_is_told(cluster: Cluster) -> None:
    """Whoever names one node as if it were a server learns which setting is wanting."""
    other = cluster.others[0]
    queue = BullQueue(replace(quick_settings(other.url), prefix=f"{{{TAG}}}"))
    with pytest.raises(QueueUnavailableError, match="PREVIEW_REDIS_CLUSTER"):
        await queue.lease()
    await queue.close()
    owner = BullQueue(quick_settings(cluster.owner.url))
    with pytest.raises(QueueUnavailableError, match="in braces"):
        await owner.lease()
    await owner.close()


async def test_a_cluster_without_an_owner_is_told(cluster: Cluster) -> None:
    """The message names the slot that nobody serves."""
    for node in cluster.nodes:
        await node.call("CLUSTER", "DELSLOTS", SLOT)
    queue = BullQueue(cluster.settings)
    with pytest.raises(QueueUnavailableError, match=f"no owner of slot {SLOT}"):
        await queue.ping()
    await queue.close()


async def _retried(node: RedisProgram, *words: str) -> None:
    async with asyncio.timeout(60):
        while True:
            try:
                await node.call(*words)
            except RedisError:
                continue
            return
