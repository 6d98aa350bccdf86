"""Commands that the server runs as one: nobody sees, and nothing leaves, the state between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from preview_worker.queue.link import RedisLink
from preview_worker.queue.port import QueueUnavailableError
from preview_worker.queue.scripts import LuaScript, evalsha
from preview_worker.queue.wire import Argument, RedisError, Reply

Query = tuple[Argument, ...]
"""A command as it is sent."""


class Command(NamedTuple):
    """A script with its keys and arguments."""

    script: LuaScript
    keys: tuple[str | bytes, ...]
    args: tuple[Argument, ...]


async def run_together(link: RedisLink, first: Command, second: Command) -> Reply:
    """Run ``first`` and ``second`` in one transaction and return the answer of ``second``.

    Raises what ``RedisLink.call`` raises, also when ``first`` stumbled. The transaction loads
    ``first`` itself, so that ``second`` never runs without it. When the server does not know
    ``second``, the transaction is sent again: ``first`` must bear that.
    """
    packet: list[Query] = [
        ("SCRIPT", "LOAD", first.script.body),
        evalsha(*first),
        evalsha(*second),
    ]
    replies = await ask_together(link, packet)
    if isinstance(replies[-1], RedisError) and replies[-1].code == "NOSCRIPT":
        await link.call("SCRIPT", "LOAD", second.script.body)
        replies = await ask_together(link, packet)
    for reply in replies:
        link.checked(reply)
    return replies[-1]


async def ask_together(link: RedisLink, queries: Sequence[Query]) -> list[Reply]:
    """Carry out ``queries`` in one transaction; an error of one of them is among the replies.

    Raises what ``RedisLink.call`` raises when the transaction itself was refused.
    """
    answers = (await link.call_together([("MULTI",), *queries, ("EXEC",)]))[-1]
    if not isinstance(answers, list):
        message = "Redis gave a transaction up"
        raise QueueUnavailableError(message)
    return answers


async def ask_unless_changed(
    link: RedisLink, key: str | bytes, before: Sequence[Query], queries: Sequence[Query]
) -> list[Reply] | None:
    """Carry out ``queries`` in one transaction, unless ``key`` is written to first: then None.

    ``before`` goes ahead of the transaction and may write to it as well, so that a script decides
    whether anything is done. All goes in one packet: nobody else who uses ``link`` comes between.
    """
    watched = [("WATCH", key), *before, ("MULTI",), *queries, ("EXEC",)]
    answers = (await link.call_together(watched))[-1]
    return answers if isinstance(answers, list) else None
