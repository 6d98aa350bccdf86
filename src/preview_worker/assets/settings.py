"""What an operator can choose about remote assets, and the limits of fetching them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from preview_worker.assets.hosts import NO_HOSTS, HostList

_ANY_SIZE = 1 << 62
"""The reference says how many bytes its asset may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetSettings:
    """Which hosts may be asked, what one job may cost, and where fetched assets are kept."""

    hosts: HostList = NO_HOSTS
    """Nothing is fetched unless this names somebody."""
    folder: Path = Path("data/cache/assets")
    cache_max_bytes: int = 1024**3
    """What the cache may take. Assets that running jobs use stay, even beyond it."""
    max_bytes: int = 50 * 1024**2
    """The most of one answer that is ever received, whatever its asset may have."""
    max_job_bytes: int = 512 * 1024**2
    """The most that is received for one job."""
    max_assets: int = 256
    """The most assets that are fetched for one job."""
    at_once: int = 4
    """Fetches at the same time, for one job as for one host."""
    max_redirects: int = 3
    connect_timeout_s: float = 4
    """For one address of a host to accept a connection."""
    fetch_timeout_s: float = 15
    """For one asset from the look-up of its host to its last byte, redirects included."""
    job_timeout_s: float = 60
    """For all assets of a job, pauses before other tries included."""
    grace_s: float = 5
    """How long a host may take before it is judged by its rate."""
    min_bytes_per_s: int = 16 * 1024
    tries: int = 4
    patience_s: float = 0
    """How long one asset is tried again when its ``tries`` are spent."""
    backoff_s: float = 1
    """The longest pause before the second try; it doubles with each further one."""
    max_pause_s: float = 30
    max_retry_after_s: float = 60
    """A host that asks for a longer pause is left to the job's own backoff."""

    def for_depot(self, timeout_s: float, patience_s: float | None = None) -> AssetSettings:
        """Return the limits for a bucket of the operator's own, in the same folder.

        They are those of asset roots, as far as a network allows: sounds of any length, as many
        pictures as scenes. A silence of ``timeout_s`` is too long. An outage of ``patience_s``
        is waited for: two minutes, as it is when a preview is published, so that it costs no job
        an attempt.
        """
        return replace(
            self,
            hosts=NO_HOSTS,
            max_bytes=_ANY_SIZE,
            max_job_bytes=4 * 1024**3,
            max_assets=2000,
            at_once=8,
            fetch_timeout_s=300,
            job_timeout_s=300,
            grace_s=timeout_s,
            patience_s=120 if patience_s is None else patience_s,
            max_pause_s=5,
        )

    def __post_init__(self) -> None:
        """Refuse limits with which nothing could be fetched."""
        for name in (
            "cache_max_bytes",
            "max_bytes",
            "max_job_bytes",
            "max_assets",
            "at_once",
            "min_bytes_per_s",
            "tries",
        ):
            if getattr(self, name) < 1:
                message = f"{name} must be at least 1, not {getattr(self, name)}"
                raise ValueError(message)
