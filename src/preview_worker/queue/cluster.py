"""Finds the cluster node that holds a queue.

All keys of a queue carry the same word in braces, so they share a slot, and a slot has one owner at
a time. There is nothing to route, then: a link talks to the owner and follows it when it changes.
"""

from __future__ import annotations

import binascii

from preview_worker.queue.address import Node, RedisAddress
from preview_worker.queue.credentials import Credentials
from preview_worker.queue.dial import Dialler
from preview_worker.queue.refusals import LostWayError
from preview_worker.queue.settings import QueueSettings, hash_tag
from preview_worker.queue.wire import RedisError, Reply, WireBrokenError

SLOTS = 16_384


def slot_of(tag: str) -> int:
    """Return the slot of all keys with ``tag`` in braces (CRC-16/XMODEM, as the cluster does)."""
    return binascii.crc_hqx(tag.encode(), 0) % SLOTS


class ClusterGuide:
    """Leads to the owner of the queue's slot.

    A slot on its way to another node is waited for (ASK, TRYAGAIN): a script that ran where only
    some of its keys have arrived would take the others for missing.
    """

    wants_primary = False

    def __init__(self, settings: QueueSettings, credentials: Credentials, dialler: Dialler) -> None:
        """Ask nobody yet."""
        self._slot = slot_of(hash_tag(settings.prefix))
        self._known = list(settings.connection.cluster)
        self._credentials = credentials
        self._dialler = dialler
        self._hint: Node | None = None

    async def find(self) -> RedisAddress:
        """Return the owner's address: where a node just sent us, else as the nodes tell it."""
        address = self._credentials.read()
        hint, self._hint = self._hint, None
        if hint is not None:
            return address.at(hint)
        troubles = []
        for node in list(self._known):
            try:
                reply = await self._dialler.ask(address.at(node), "CLUSTER", "SLOTS")
            except (OSError, TimeoutError, WireBrokenError, RedisError) as error:
                troubles.append(f"{node}: {str(error) or 'no answer'}")
            else:
                owner = self._learn(reply, node)
                if owner is not None:
                    return address.at(owner)
                troubles.append(f"{node} knows no owner of slot {self._slot}")
            # The next attempt begins with one that may be better off.
            self._known.append(self._known.pop(self._known.index(node)))
        message = f"No cluster node tells where the queue is ({'; '.join(troubles)})"
        raise LostWayError(message)

    def follow(self, refusal: RedisError) -> bool:
        """Go to the node that ``MOVED slot host:port`` names."""
        words = str(refusal).split()
        if refusal.code != "MOVED" or len(words) != len(("MOVED", "slot", "host:port")):
            return False
        try:
            self._hint = Node.parse(words[2])
        except ValueError:
            self._hint = None  # a node without a name of its own: the others are asked
        return True

    def _learn(self, reply: Reply, asked: Node) -> Node | None:
        """Return the owner in CLUSTER SLOTS' reply, and keep all nodes for later questions."""
        owner = None
        for entry in reply if isinstance(reply, list) else []:
            match entry:
                case [int(first), int(last), primary, *replicas]:
                    nodes = [_node(member, asked) for member in (primary, *replicas)]
                    self._known += [node for node in nodes if node not in self._known]
                    if first <= self._slot <= last:
                        owner = nodes[0]
                case _:
                    pass
        return owner


def _node(member: Reply, asked: Node) -> Node:
    """Read a node; one that does not know its own host is where we asked."""
    match member:
        case [bytes(host), int(port), *_] if host:
            return Node(host.decode(), port)
        case [_, int(port), *_]:
            return Node(asked.host, port)
        case _:
            return asked
