"""Metrics of the assets that came from elsewhere."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter

from preview_worker.events import AssetFetched

_SCHEMES = ("https", "s3")
_RESULTS = ("fetched", "unchanged", "refused")


class AssetInstruments:
    """How assets at hosts and in the bucket were had, and how much came over the network."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the instruments in ``registry``."""
        self._assets = Counter(
            "preview_worker_assets",
            "Assets asked for at hosts (https) and in the bucket (s3), by what came of it.",
            ["scheme", "result"],
            registry=registry,
        )
        self._bytes = Counter(
            "preview_worker_assets_bytes",
            "Bytes of assets that came over the network.",
            ["scheme"],
            registry=registry,
        )
        self._tries = Counter(
            "preview_worker_assets_tries",
            "Requests for assets, those that were made again included; redirects are left out.",
            ["scheme"],
            registry=registry,
        )
        for scheme in _SCHEMES:
            self._bytes.labels(scheme)
            self._tries.labels(scheme)
            for result in _RESULTS:
                self._assets.labels(scheme, result)

    def count(self, event: AssetFetched) -> None:
        """Count what came of asking for one asset."""
        kept = "unchanged" if event.cached else "fetched"
        result = kept if event.code is None else "refused"
        self._assets.labels(event.scheme, result).inc()
        self._bytes.labels(event.scheme).inc(event.size_bytes)
        self._tries.labels(event.scheme).inc(event.tries)
