"""Two scripts that the server runs as one: nobody sees, and nothing leaves, the state between."""

from __future__ import annotations

from typing import NamedTuple

from preview_worker.queue.link import RedisLink
from preview_worker.queue.scripts import LuaScript, evalsha
from preview_worker.queue.wire import Argument, RedisError, Reply


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
    packet: list[tuple[Argument, ...]] = [
        ("MULTI",),
        ("SCRIPT", "LOAD", first.script.body),
        evalsha(*first),
        evalsha(*second),
        ("EXEC",),
    ]
    replies = await _answers(link, packet)
    if isinstance(replies[-1], RedisError) and replies[-1].code == "NOSCRIPT":
        await link.call("SCRIPT", "LOAD", second.script.body)
        replies = await _answers(link, packet)
    for reply in replies:
        link.checked(reply)
    return replies[-1]


async def _answers(link: RedisLink, packet: list[tuple[Argument, ...]]) -> list[Reply]:
    answers = (await link.call_together(packet))[-1]
    return answers if isinstance(answers, list) else [answers]
