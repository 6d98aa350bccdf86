"""Keeps the queue from running scripts that this Redis user may run in part only.

A script that meets a command which is forbidden stops where it is, and what it did before stays
done. So no job is taken before everything that the queue needs is allowed.
"""

from __future__ import annotations

from preview_worker.queue.link import RedisLink
from preview_worker.queue.permissions import find_shortage
from preview_worker.queue.refusals import NotPermittedError
from preview_worker.queue.settings import QueueSettings


class Clearance:
    """Knows whether the user was allowed everything when that was last looked at."""

    def __init__(self, settings: QueueSettings, *, client_name: str) -> None:
        """Doubt it until it was looked at, but only ``confirm`` looks."""
        self._settings = settings
        self._client_name = client_name
        self._confirmed = False
        self.withdrawn = False
        """Whether a command was refused since."""

    async def confirm(self) -> None:
        """Return when everything is allowed; raise ``NotPermittedError`` naming what is not."""
        if self._confirmed:
            return
        link = RedisLink(self._settings, client_name=self._client_name)
        try:
            shortage = await find_shortage(link, self._settings)
        finally:
            await link.close()
        if shortage:
            message = f"The queue cannot be worked on: {shortage}"
            raise NotPermittedError(message)
        self._confirmed = True
        self.withdrawn = False

    def withdraw(self) -> None:
        """Take note that a command was refused."""
        self._confirmed = False
        self.withdrawn = True
