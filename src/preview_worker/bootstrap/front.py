"""Opens the HTTP interface, unless strangers would come in."""

from __future__ import annotations

import ipaddress
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from preview_worker.bootstrap.serving import open_services
from preview_worker.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from preview_worker.api import Front
    from preview_worker.events import Observer
    from preview_worker.settings import Settings
    from preview_worker.worker.rendering import ChildRenderer

_LOCAL_NAME = "localhost"


@asynccontextmanager
async def open_front(
    front: Front, settings: Settings, observer: Observer, renderer: ChildRenderer | None = None
) -> AsyncIterator[None]:
    """Serve the HTTP interface behind ``front`` while the block runs; see ``open_services``."""
    async with open_services(settings, observer, renderer) as services:
        with front.open_to(services):
            yield


def check_openness(settings: Settings) -> None:
    """Raise ``SettingsError`` where the HTTP interface would be open to strangers.

    Without keys whoever reaches the port may do everything, so it has to be on loopback then.
    """
    host = settings.probes.host
    try:
        local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        local = host == _LOCAL_NAME
    if not local and not settings.api.keys:
        where = host or "any address"
        message = (
            f"PREVIEW_API_KEYS: keys are needed to serve the HTTP interface on {where}. "
            "Set some, or PREVIEW_HEALTH_HOST=127.0.0.1"
        )
        raise SettingsError(message)
