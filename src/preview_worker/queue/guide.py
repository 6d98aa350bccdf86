"""Leads a link to the server that serves the queue now."""

from __future__ import annotations

from typing import Protocol

from preview_worker.queue.address import RedisAddress
from preview_worker.queue.cluster import ClusterGuide
from preview_worker.queue.credentials import Credentials
from preview_worker.queue.dial import Dialler
from preview_worker.queue.sentinel import SentinelGuide
from preview_worker.queue.settings import QueueSettings
from preview_worker.queue.wire import RedisError


class Guide(Protocol):
    """Knows the way. It is asked whenever a connection is to be made."""

    wants_primary: bool
    """Whether the server found has to say itself that it is the primary."""

    async def find(self) -> RedisAddress:
        """Return where to connect; raises ``LostWayError``, or what opening a socket raises."""

    def follow(self, refusal: RedisError) -> bool:
        """Take note of a redirection; False when ``refusal`` is not one that we can follow."""


class FixedGuide:
    """One server, where the URL says."""

    wants_primary = False

    def __init__(self, credentials: Credentials) -> None:
        """Trust ``credentials``."""
        self._credentials = credentials

    async def find(self) -> RedisAddress:
        """Return the configured address."""
        return self._credentials.read()

    def follow(self, refusal: RedisError) -> bool:
        """Go nowhere else."""
        del refusal
        return False


def guide_for(settings: QueueSettings, dialler: Dialler) -> Guide:
    """Return the guide that the settings ask for."""
    credentials = Credentials(settings)
    connection = settings.connection
    if connection.sentinels:
        return SentinelGuide(connection, credentials, dialler)
    if connection.cluster:
        return ClusterGuide(settings, credentials, dialler)
    return FixedGuide(credentials)
