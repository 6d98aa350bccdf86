"""Stored previews: names, documents, and publishing so that nobody ever sees half of one."""

from __future__ import annotations

from preview_worker.artifacts.bundle import Bundle, BundleChangedError, Bundler
from preview_worker.artifacts.draft import PreviewDraft
from preview_worker.artifacts.expiry import RetiredPreview
from preview_worker.artifacts.keys import folder_name, preview_folder
from preview_worker.artifacts.manifest import StoredFile
from preview_worker.artifacts.port import (
    Fence,
    FencedError,
    PreviewStore,
    PublishedPreview,
    Staging,
)
from preview_worker.artifacts.scenes import MOST_SCENE_BYTES, SharedScenes
from preview_worker.artifacts.settings import ArtifactSettings
from preview_worker.artifacts.viewing import LocalViewer, PreviewViewer, ViewedPreview

__all__ = [
    "MOST_SCENE_BYTES",
    "ArtifactSettings",
    "Bundle",
    "BundleChangedError",
    "Bundler",
    "Fence",
    "FencedError",
    "LocalViewer",
    "PreviewDraft",
    "PreviewStore",
    "PreviewViewer",
    "PublishedPreview",
    "RetiredPreview",
    "SharedScenes",
    "Staging",
    "StoredFile",
    "ViewedPreview",
    "folder_name",
    "preview_folder",
]
