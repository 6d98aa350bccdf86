"""Two previews put side by side: published folders, payloads, or one of each."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from preview_worker.artifacts.reading import ShelvedPreview, UnreadablePreviewError, read_preview
from preview_worker.contract import read_job
from preview_worker.render.comparison import (
    Comparison,
    Publication,
    UnreadableVideoError,
    Version,
    compare,
    draw_sheet,
    open_version,
    plan_version,
)

if TYPE_CHECKING:
    from preview_worker.bootstrap.fetching import StoredAssets
    from preview_worker.settings import Settings


class Comparer:
    """Opens previews by their paths and compares them."""

    def __init__(self, settings: Settings, assets: StoredAssets) -> None:
        """Read pictures and sounds of payloads as ``settings`` allow it, and from ``assets``."""
        self._settings = settings
        self._assets = assets

    def open_folder(self, folder: Path) -> Version:
        """Open a published preview; raise ``UnreadablePreviewError`` for anything else."""
        shelved = read_preview(folder)
        videos = shelved.files.get("video", ())
        if not videos:
            message = f"{folder} is a dry run: it holds no video to compare"
            raise UnreadablePreviewError(message)
        captions = [name for name in shelved.files.get("captions", ()) if name == "captions.vtt"]
        publication = Publication(
            title=shelved.title,
            width_px=shelved.width_px,
            height_px=shelved.height_px,
            fps=Fraction(shelved.fps),
            scenes=shelved.scenes,
            silent=shelved.silent,
            video=folder / videos[0],
            captions=folder / captions[0] if captions else None,
            written=_written(shelved),
        )
        return open_version(str(folder), publication)

    def open_payload(self, name: str, raw: bytes, folder: Path) -> Version:
        """Plan the payload called ``name``, whose pictures may lie in ``folder``.

        Raises ``PreviewError`` when it could not be rendered.
        """
        settings = self._settings.with_asset_root(folder)
        job = read_job(raw, limits=settings.payload_limits).job
        fetched = self._assets.of(job, settings.render)
        return plan_version(name, job, settings.render, fetched)

    @staticmethod
    def compare(before: Version, after: Version, picture: Path | None) -> Comparison:
        """Compare two versions; ``picture`` is where to draw the scenes that differ.

        Raises ``UnreadablePreviewError`` when a video turns out to be broken.
        """
        try:
            comparison = compare(before, after)
        except UnreadableVideoError as error:
            message = f"{error} cannot be decoded"
            raise UnreadablePreviewError(message) from error
        if picture is not None:
            draw_sheet(comparison).save(picture)
        return comparison


def _written(shelved: ShelvedPreview) -> dict[str, str]:
    """Return the words on every scene, which only the storyboard of a tutorial set keeps."""
    board = shelved.document("storyboard")
    scenes = board.get("scenes") if isinstance(board, dict) else None
    return {
        str(scene.get("segmentId")): " ".join(str(one.get("text")) for one in scene["overlays"])
        for scene in (scenes if isinstance(scenes, list) else ())
    }
