"""The worker's HTTP port. Its server libraries load when they are asked for, not before."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from preview_worker.api.settings import ApiSettings, ProbeSettings

if TYPE_CHECKING:
    from preview_worker.api.application import create_app
    from preview_worker.api.front import Front
    from preview_worker.api.keys import KeyFormatError, read_keys
    from preview_worker.api.probes import (
        HealthSource,
        MetricsSource,
        create_probe_app,
        probe_routes,
    )
    from preview_worker.api.server import ProbePortError, ProbeServer
    from preview_worker.api.services import Still

__all__ = [
    "ApiSettings",
    "Front",
    "HealthSource",
    "KeyFormatError",
    "MetricsSource",
    "ProbePortError",
    "ProbeServer",
    "ProbeSettings",
    "Still",
    "create_app",
    "create_probe_app",
    "probe_routes",
    "read_keys",
]

_HOMES = {
    "Front": "front",
    "HealthSource": "probes",
    "KeyFormatError": "keys",
    "MetricsSource": "probes",
    "ProbePortError": "server",
    "ProbeServer": "server",
    "Still": "services",
    "create_app": "application",
    "create_probe_app": "probes",
    "probe_routes": "probes",
    "read_keys": "keys",
}


def __getattr__(name: str) -> object:
    """Load a public name from its module the first time that it is asked for (PEP 562)."""
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
