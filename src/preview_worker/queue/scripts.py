"""BullMQ's own Lua scripts, read from the pinned ``bullmq`` wheel without importing it.

The scripts are the protocol: every BullMQ client, in whatever language, moves jobs with them. Their
keys and arguments are documented at the head of each file. A test compares the SHA-1 of each script
with the ones that this room was written against, so that a new wheel cannot slip in unread.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from enum import Enum, IntEnum
from functools import cached_property
from pathlib import Path
from typing import Protocol

from preview_worker.queue.link import RedisLink
from preview_worker.queue.wire import Argument, RedisError, Reply, pack


class LuaScript(Protocol):
    """A script that Redis can run: BullMQ's or our own."""

    @property
    def body(self) -> bytes:
        """The text of the script."""

    @property
    def sha1(self) -> str:
        """The digest by which Redis knows the script."""

    @property
    def key_count(self) -> int:
        """How many of the arguments are keys."""


@dataclass(frozen=True)
class OwnScript:
    """A script of our own, for what BullMQ has none."""

    body: bytes
    key_count: int

    @cached_property
    def sha1(self) -> str:
        """The digest by which Redis knows the script."""
        return hashlib.sha1(self.body, usedforsecurity=False).hexdigest()


class ScriptCode(IntEnum):
    """What a script answers instead of doing its work."""

    MISSING_JOB = -1
    MISSING_LOCK = -2
    NOT_ACTIVE = -3
    PENDING_CHILDREN = -4
    MISSING_PARENT = -5
    FOREIGN_LOCK = -6
    OTHER_PARENT = -7
    FAILED_CHILDREN = -9


class Script(Enum):
    """A script by the name of its file; the number in it counts the keys."""

    ADD_DELAYED = "addDelayedJob-6"
    ADD_LOG = "addLog-2"
    ADD_PARENT = "addParentJob-6"
    ADD_PRIORITIZED = "addPrioritizedJob-9"
    ADD_STANDARD = "addStandardJob-9"
    CLEAN = "cleanJobsInSet-3"
    DRAIN = "drain-5"
    EXTEND_LOCKS = "extendLocks-1"
    GET_STATE = "getStateV2-8"
    MOVE_ACTIVE_TO_WAIT = "moveJobFromActiveToWait-9"
    MOVE_STALLED_TO_WAIT = "moveStalledJobsToWait-9"
    MOVE_TO_ACTIVE = "moveToActive-11"
    MOVE_TO_DELAYED = "moveToDelayed-11"
    MOVE_TO_FINISHED = "moveToFinished-14"
    OBLITERATE = "obliterate-2"
    PAUSE = "pause-7"
    PROMOTE = "promote-9"
    REPROCESS_JOB = "reprocessJob-9"
    RETRY_JOB = "retryJob-11"
    UPDATE_JOB_SCHEDULER = "updateJobScheduler-12"
    UPDATE_PROGRESS = "updateProgress-3"

    @cached_property
    def body(self) -> bytes:
        """The text of the script."""
        return (commands_folder() / f"{self.value}.lua").read_bytes()

    @cached_property
    def sha1(self) -> str:
        """The digest by which Redis knows the script."""
        return hashlib.sha1(self.body, usedforsecurity=False).hexdigest()

    @cached_property
    def key_count(self) -> int:
        """How many of the arguments are keys."""
        return int(self.value.rpartition("-")[2])


def read_all() -> None:
    """Read all scripts, so that none has to be opened when no file descriptor is left."""
    for script in Script:
        _ = script.sha1


def commands_folder() -> Path:
    """Return the folder of Lua scripts in the installed ``bullmq`` package.

    ``find_spec`` of a top-level package only looks for it: importing bullmq would cost memory and
    start-up time for code that is never run here.
    """
    spec = importlib.util.find_spec("bullmq")
    if spec is None or not spec.submodule_search_locations:
        message = "The Python package 'bullmq' is not installed; it carries the queue's scripts"
        raise RuntimeError(message)
    return Path(spec.submodule_search_locations[0]) / "commands"


class ScriptRunner:
    """Runs scripts over one link by their digest and loads those that the server does not know."""

    def __init__(self, link: RedisLink) -> None:
        """Run over ``link``."""
        self._link = link

    async def run(
        self, script: LuaScript, keys: tuple[str | bytes, ...], args: tuple[Argument, ...]
    ) -> Reply:
        """Run ``script``; raises what ``RedisLink.call`` raises.

        Nothing is sent twice but after NOSCRIPT, when the server is known to have done nothing.
        """
        packed = pack(evalsha(script, keys, args))
        reply = await self._link.send(packed)
        if isinstance(reply, RedisError) and reply.code == "NOSCRIPT":
            await self._link.call("SCRIPT", "LOAD", script.body)
            reply = await self._link.send(packed)
        return self._link.checked(reply)


def evalsha(
    script: LuaScript, keys: tuple[str | bytes, ...], args: tuple[Argument, ...]
) -> tuple[Argument, ...]:
    """Return the command that runs ``script``."""
    return ("EVALSHA", script.sha1, script.key_count, *keys, *args)
