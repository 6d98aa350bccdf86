"""The workspace of one render: what it was ordered to do, and what has come of it so far."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from preview_worker.contract import ErrorCode, Finding, PreviewError, PreviewJob, RenderedFile
from preview_worker.render import audio
from preview_worker.render.assets import AssetDigests, FileAssets
from preview_worker.render.cache import Cache
from preview_worker.render.journal import Journal
from preview_worker.render.notes import CachedNotes
from preview_worker.render.settings import Provision, RenderSettings

Report = Callable[[str, float], None]
"""Told the phase, and the share of the whole (0 to 1) that is done."""
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


@dataclass(slots=True)
class Workspace:
    """One render under way."""

    job: PreviewJob
    directory: Path
    settings: RenderSettings
    report: Report
    assets: AssetDigests
    listener: audio.Listener
    cache: Cache
    provision: Provision
    journal: Journal = field(default_factory=Journal)
    findings: list[Finding] = field(default_factory=list)
    files: list[RenderedFile] = field(default_factory=list)
    shots: int = 0
    reused_shots: int = 0
    placeholders: tuple[str, ...] = ()
    """Ids of the scenes that could not be filmed."""

    @classmethod
    def open(
        cls,
        job: PreviewJob,
        directory: Path,
        settings: RenderSettings,
        report: Report,
        provision: Provision,
    ) -> Workspace:
        """Return the workspace for rendering ``job`` into ``directory``."""
        assets = AssetDigests(FileAssets(settings, provision.fetched))
        cache = Cache(settings.cache_dir, settings.cache_max_bytes)
        listener = audio.Listener(assets, settings, CachedNotes(cache, assets))
        return cls(job, directory, settings, report, assets, listener, cache, provision)

    def write(self, file: RenderedFile, text: str) -> None:
        """Write a text file into the preview's folder."""
        (self.directory / file.name).write_text(text, encoding="utf-8", newline="\n")
        self.files.append(file)


@contextmanager
def disk_told() -> Iterator[None]:
    """Turn what the system refuses while the block runs into the ``PreviewError`` that tells it."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise PreviewError(ErrorCode.OUTPUT) from error
        if error.errno in _DISK:
            reason = f"The preview could not be written: {error.strerror}."
            raise PreviewError(ErrorCode.DISK, reason) from error
        raise PreviewError(ErrorCode.RENDER, f"The render failed: {error.strerror}.") from error
