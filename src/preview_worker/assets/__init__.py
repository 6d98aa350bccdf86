"""Assets from elsewhere: by https from allowed hosts, or from a bucket; kept by their content."""

from __future__ import annotations

from preview_worker.assets.hosts import HostList, read_hosts
from preview_worker.assets.pause import asked_pause_s
from preview_worker.assets.port import AssetFetcher, AssetVisit, Fetched, NoFetcher, Tell, Wanted
from preview_worker.assets.settings import AssetSettings

__all__ = [
    "AssetFetcher",
    "AssetSettings",
    "AssetVisit",
    "Fetched",
    "HostList",
    "NoFetcher",
    "Tell",
    "Wanted",
    "asked_pause_s",
    "read_hosts",
]
