"""What a Redis user must be allowed for the queue to work, and how to find out what is missing.

Redis says who may run what only to administrators. But it refuses a command at the moment at which
it is queued in a transaction, so every command can be tried without carrying out any: the
transaction is discarded at its end. That works in every version that has users.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import Argument, RedisError, Reply

_KEY = "<key>"
"""Stands for a key of the queue."""
_SHA1 = "0" * 40
_KEY_REFUSED = re.compile(r"\bkeys?\b")
DEFAULT_USER = "preview-worker"

PROBES: Mapping[str, tuple[Argument, ...]] = {
    "bzpopmin": (_KEY, 1),
    "client|id": (),
    "client|setname": ("probe",),
    "client|unblock": (0,),
    "cluster|slots": (),
    "del": (_KEY,),
    "evalsha": (_SHA1, 1, _KEY),
    "exists": (_KEY,),
    "get": (_KEY,),
    "hdel": (_KEY, "f"),
    "hexists": (_KEY, "f"),
    "hget": (_KEY, "f"),
    "hgetall": (_KEY,),
    "hincrby": (_KEY, "f", 1),
    "hmget": (_KEY, "f"),
    "hmset": (_KEY, "f", "v"),
    "hset": (_KEY, "f", "v"),
    "incr": (_KEY,),
    "info": ("server",),
    "lindex": (_KEY, 0),
    "llen": (_KEY,),
    "lpop": (_KEY,),
    "lpos": (_KEY, "v"),
    "lpush": (_KEY, "v"),
    "lrange": (_KEY, 0, 0),
    "lrem": (_KEY, 0, "v"),
    "lset": (_KEY, 0, "v"),
    "ltrim": (_KEY, 0, 0),
    "mget": (_KEY,),
    "persist": (_KEY,),
    "pexpire": (_KEY, 1),
    "ping": (),
    "pttl": (_KEY,),
    "rename": (_KEY, _KEY),
    "role": (),
    "rpop": (_KEY,),
    "rpoplpush": (_KEY, _KEY),
    "rpush": (_KEY, "v"),
    "sadd": (_KEY, "v"),
    "scard": (_KEY,),
    "script|load": ("return 1",),
    "select": (0,),
    "set": (_KEY, "v"),
    "smembers": (_KEY,),
    "srem": (_KEY, "v"),
    "time": (),
    "type": (_KEY,),
    "xadd": (_KEY, "*", "f", "v"),
    "xdel": (_KEY, "0-1"),
    "xrange": (_KEY, "-", "+"),
    "xread": ("STREAMS", _KEY, "0"),
    "xrevrange": (_KEY, "+", "-"),
    "xtrim": (_KEY, "MAXLEN", 1000),
    "zadd": (_KEY, 0, "v"),
    "zcard": (_KEY,),
    "zpopmin": (_KEY,),
    "zrange": (_KEY, 0, 0),
    "zrangebyscore": (_KEY, 0, 0),
    "zrem": (_KEY, "v"),
    "zremrangebyrank": (_KEY, 0, 0),
    "zremrangebyscore": (_KEY, 0, 0),
    "zrevrange": (_KEY, 0, 0),
    "zrevrangebyscore": (_KEY, 0, 0),
    "zscore": (_KEY, "v"),
}
"""Each command that the room or one of its scripts runs, with arguments that are well formed."""

TRANSACTIONS = ("exec", "discard", "watch", "multi")
"""Tried by themselves: the first two are refused for another reason outside of a transaction, and
the third within one."""

COMMANDS = tuple(sorted((*PROBES, *TRANSACTIONS)))


@dataclass(frozen=True, slots=True)
class Shortage:
    """What the user may not do. Empty when everything is allowed."""

    commands: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    """Patterns of the keys that may not be touched."""

    def __bool__(self) -> bool:
        """Tell whether anything is missing."""
        return bool(self.commands or self.keys)

    def __str__(self) -> str:
        """Say what is missing and what would give it."""
        lacking = [f"commands: {' '.join(self.commands)}"] if self.commands else []
        lacking += [f"keys: {' '.join(self.keys)}"] if self.keys else []
        rules = [f"+{name}" for name in self.commands] + [f"~{keys}" for keys in self.keys]
        return f"the Redis user lacks {', '.join(lacking)} (ACL SETUSER … {' '.join(rules)})"


def key_patterns(settings: QueueSettings) -> tuple[str, ...]:
    """Return patterns of all keys that the queue and its dead letters use."""
    roots = (
        QueueKeys(settings.prefix, settings.queue_name).root,
        QueueKeys(settings.prefix, settings.dead_queue_name).root,
    )
    return tuple(f"{root}*" for root in roots)


def acl_rule(settings: QueueSettings, secret: str) -> str:
    """Return the line of an ACL file that allows what the queue needs and nothing else.

    ``secret`` is ``>password`` or ``#`` and its SHA-256.
    """
    user = settings.connection.username or DEFAULT_USER
    keys = " ".join(f"~{pattern}" for pattern in key_patterns(settings))
    commands = " ".join(f"+{name}" for name in COMMANDS)
    return f"user {user} on {secret} resetchannels -@all {keys} {commands}"


async def find_shortage(link: RedisLink, settings: QueueSettings) -> Shortage:
    """Try every command over ``link``, which must have no other use and is broken afterwards.

    Raises ``QueueUnavailableError`` when the server cannot be asked.
    """
    patterns = key_patterns(settings)
    tries = [_probe(name, _scratch(patterns[0])) for name in PROBES]
    touches = [("EXISTS", _scratch(pattern)) for pattern in patterns]
    try:
        watch = ("WATCH", _scratch(patterns[0]))
        begun = await link.answers([("EXEC",), ("DISCARD",), watch, ("MULTI",)])
        denied = [
            name
            for name, reply in zip(TRANSACTIONS, begun, strict=True)
            if _lacks(reply, "command")
        ]
        if "multi" in denied:
            return Shortage(tuple(denied))  # without it the others would be carried out
        tried = await link.answers([*tries, *touches, ("DISCARD",)])
    finally:
        link.drop()
    replies = dict(zip((*PROBES, *patterns), tried, strict=False))
    denied += [name for name in PROBES if _lacks(replies[name], "command")]
    closed = [pattern for pattern in patterns if _lacks(replies[pattern], "key")]
    return Shortage(tuple(sorted(denied)), tuple(closed))


def _probe(name: str, key: str) -> tuple[Argument, ...]:
    words = name.upper().split("|")
    return (*words, *(key if word == _KEY else word for word in PROBES[name]))


def _scratch(pattern: str) -> str:
    return f"{pattern.removesuffix('*')}probe"


def _lacks(reply: Reply, what: str) -> bool:
    """Tell whether a reply refuses ``what``: the command, or the key that it was to touch."""
    if not isinstance(reply, RedisError) or "NOPERM" not in str(reply):  # EXEC wraps the word
        return False
    return ("key" if _KEY_REFUSED.search(str(reply)) else "command") == what
