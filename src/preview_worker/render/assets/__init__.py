"""Pictures and sounds that payloads name: found beneath the asset roots, judged, decoded."""

from __future__ import annotations

from preview_worker.render.assets.digests import AssetDigests
from preview_worker.render.assets.files import AssetRef, FileAssets
from preview_worker.render.assets.source import AssetSource

__all__ = ["AssetDigests", "AssetRef", "AssetSource", "FileAssets"]
