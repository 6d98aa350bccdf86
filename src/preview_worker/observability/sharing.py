"""Metrics of the scenes that workers share by way of storage."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from preview_worker.events import ScenesShared

_RESULTS = ("hit", "miss", "kept", "failed")
_DIRECTIONS = ("received", "sent")


class SharingInstruments:
    """What was found with other workers, and what they were given."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the instruments in ``registry``."""
        self._scenes = Counter(
            "preview_worker_shared_scenes",
            "Scenes and sounds asked of storage (hit, miss), given to it (kept), or neither.",
            ["result"],
            registry=registry,
        )
        self._bytes = Counter(
            "preview_worker_shared_scenes_bytes",
            "Bytes of scenes and sounds that came from storage or went there.",
            ["direction"],
            registry=registry,
        )
        self._waited = Counter(
            "preview_worker_shared_scenes_wait_seconds",
            "Time in which renders had nothing to film, because other workers filmed it.",
            registry=registry,
        )
        for result in _RESULTS:
            self._scenes.labels(result)
        for direction in _DIRECTIONS:
            self._bytes.labels(direction)

    def count(self, event: ScenesShared) -> None:
        """Count what came of the sharing for one render."""
        counts = (event.found, event.missed, event.kept, event.failed)
        for result, count in zip(_RESULTS, counts, strict=True):
            self._scenes.labels(result).inc(count)
        for direction, size in zip(
            _DIRECTIONS, (event.received_bytes, event.sent_bytes), strict=True
        ):
            self._bytes.labels(direction).inc(size)
        self._waited.inc(event.waited_s)
