"""Has traces sent, where somebody takes them.

The parts that do so load the SDK when they are named, so their room alone is imported here.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from preview_worker import __version__, observability
from preview_worker.settings import SettingsError

if TYPE_CHECKING:
    from preview_worker.api.tracing import RequestTracer
    from preview_worker.bootstrap.observers import Observers
    from preview_worker.observability import Tracing
    from preview_worker.settings import Settings

_EXTRA = "mobius-preview-worker[otel]"
_PACKAGES = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class Traces:
    """What is traced in this process, if anything is."""

    def __init__(
        self, tracing: Tracing | None = None, requests: RequestTracer | None = None
    ) -> None:
        """Trace by ``tracing``, and what comes over HTTP by ``requests``."""
        self._tracing = tracing
        self.requests = requests

    async def close(self) -> None:
        """Send what is left, within a bounded time."""
        if self._tracing is not None:
            await self._tracing.close()


def attach_tracing(settings: Settings, observers: Observers) -> Traces:
    """Begin to trace as the settings say, and have ``observers`` tell of attempts.

    Raises ``SettingsError`` where that takes packages that are not there.
    """
    if settings.traces is None:
        return Traces()
    if not all(map(_is_there, _PACKAGES)):
        message = (
            "OTEL_EXPORTER_OTLP_ENDPOINT: the packages that send traces are not installed. "
            f"Install them (pip install '{_EXTRA}') or set OTEL_TRACES_EXPORTER=none"
        )
        raise SettingsError(message)
    tracing = observability.Tracing(settings.traces, __version__)
    observers.attach(observability.TraceObserver(tracing))
    return Traces(tracing, observability.RequestSpans(tracing))


def _is_there(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # nor is what it lies in
        return False
