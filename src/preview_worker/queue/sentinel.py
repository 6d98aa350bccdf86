"""Asks Sentinels where the primary is."""

from __future__ import annotations

from dataclasses import replace

from preview_worker.queue.address import Node, RedisAddress
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.credentials import Credentials
from preview_worker.queue.dial import Dialler
from preview_worker.queue.refusals import LostWayError
from preview_worker.queue.wire import RedisError, Reply, WireBrokenError


class SentinelGuide:
    """Leads to the primary of a group that Sentinels watch over.

    After a failover the Sentinels know the new primary before the old one knows that it is none any
    more, so whoever is found is asked for its role as well.
    """

    wants_primary = True

    def __init__(
        self, settings: ConnectionSettings, credentials: Credentials, dialler: Dialler
    ) -> None:
        """Ask nobody yet."""
        self._sentinels = list(settings.sentinels)
        self._group = settings.sentinel_name
        self._password = settings.sentinel_password
        self._credentials = credentials
        self._dialler = dialler

    async def find(self) -> RedisAddress:
        """Return the primary's address as the first Sentinel tells it that answers."""
        address = self._credentials.read()
        troubles = []
        for sentinel in list(self._sentinels):
            asked = replace(
                address.at(sentinel), username=None, password=self._password, database=0
            )
            question = ("SENTINEL", "get-master-addr-by-name", self._group)
            try:
                primary = _primary(await self._dialler.ask(asked, *question))
            except (OSError, TimeoutError, WireBrokenError, RedisError) as error:
                troubles.append(f"{sentinel}: {str(error) or 'no answer'}")
            else:
                if primary is not None:
                    return address.at(primary)
                troubles.append(f"{sentinel} knows no primary named {self._group}")
            # The next attempt begins with one that may be better off.
            self._sentinels.append(self._sentinels.pop(self._sentinels.index(sentinel)))
        message = f"No Sentinel tells where Redis is ({'; '.join(troubles)})"
        raise LostWayError(message)

    def follow(self, refusal: RedisError) -> bool:
        """Go nowhere: servers under Sentinels do not redirect."""
        del refusal
        return False


def _primary(reply: Reply) -> Node | None:
    match reply:
        case [bytes(host), bytes(port)]:
            return Node(host.decode(), int(port))
        case _:
            return None
