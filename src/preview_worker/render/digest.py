"""The digest of everything that decides a preview's files: equal digests, equal previews."""

from __future__ import annotations

import contextlib
import hashlib
import json

from preview_worker.contract import PreviewError, PreviewJob
from preview_worker.render.assets import AssetDigests, FileAssets
from preview_worker.render.edition import made_with
from preview_worker.render.planning import distinct, without_lost_logo
from preview_worker.render.rehearsal import REHEARSAL
from preview_worker.render.settings import NOTHING_FETCHED, Fetched, RenderSettings
from preview_worker.render.timeline import plan_timeline


def input_digest(
    job: PreviewJob, settings: RenderSettings, fetched: Fetched = NOTHING_FETCHED
) -> str:
    """Return a SHA-256 in hexadecimal over the request, its pictures, sounds, fonts and renderer.

    Who asked and when is not part of it: neither ``jobId``, ``projectId`` and ``requestId`` nor any
    date. Raises ``PreviewError`` as ``plan_preview`` does.
    """
    files = FileAssets(settings, fetched)
    timeline = without_lost_logo(plan_timeline(job, settings), files)
    digest_of = AssetDigests(files)
    assets = (distinct(timeline.pictures), distinct(timeline.sounds))
    pictures, sounds = (
        {json.dumps(ref.candidates): digest_of(ref) for ref in refs} for refs in assets
    )
    everything = {
        "request": job.request.model_dump(mode="json", by_alias=True),
        "dryRun": job.dry_run,
        "brand": settings.brand,
        "pictures": pictures,
        "sounds": sounds,
        **made_with(settings),
    }
    text = json.dumps(everything, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def rehearse_plan(settings: RenderSettings) -> None:
    """Plan and digest a job for nobody, so that the first real one finds made what all need.

    That is a tenth of a second's work, most of it tables of characters. A failure is left to the
    first job, which meets it again and is told of it.
    """
    with contextlib.suppress(PreviewError):
        input_digest(REHEARSAL, settings)
