"""The plan of a job without any media library: its timeline, and that its pictures are there."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from preview_worker.contract import Finding, PreviewError, PreviewJob, SceneFacts
from preview_worker.render.assets import AssetRef, FileAssets
from preview_worker.render.brand import Signature
from preview_worker.render.captions import burn_captions
from preview_worker.render.model import EndCard, PictureRef, Scene, Timeline, TitleCard
from preview_worker.render.settings import NOTHING_FETCHED, Fetched, RenderSettings
from preview_worker.render.soundtrack import Lengths, SoundRef
from preview_worker.render.timeline import plan_timeline, unknown_length

Ref = TypeVar("Ref", PictureRef, SoundRef)


def plan_preview(
    job: PreviewJob,
    settings: RenderSettings,
    lengths: Lengths = unknown_length,
    fetched: Fetched = NOTHING_FETCHED,
) -> Timeline:
    """Decide every scene on exact frames; raise ``PreviewError`` for what cannot be rendered.

    Every picture that the scenes show is looked for, but none is read. Unless ``lengths`` listens
    to them, narrations do not decide how long their scenes last.
    """
    files = FileAssets(settings, fetched)
    timeline = burn_captions(plan_timeline(job, settings, lengths))
    timeline = without_lost_logo(timeline, files)
    for ref in distinct(timeline.pictures):
        files.check(ref)
    return timeline


def asset_addresses(job: PreviewJob, settings: RenderSettings) -> dict[tuple[str, ...], int]:
    """Return the addresses that a render of ``job`` would read, were they fetched.

    Each key holds those of one picture or sound, in the order in which they are tried; its value
    is how many bytes the asset may have. Raises ``PreviewError`` as ``plan_timeline`` does.
    """
    files = FileAssets(settings)
    timeline = plan_timeline(job, settings)
    wanted: dict[tuple[str, ...], int] = {}
    refs: list[AssetRef] = [*distinct(timeline.pictures), *distinct(timeline.sounds)]
    for ref in refs:
        if addresses := files.addresses(ref):
            wanted[addresses] = max(files.max_bytes(ref), wanted.get(addresses, 0))
    return wanted


def wants_live(job: PreviewJob) -> bool:
    """Tell whether the job asks to be watched while it is rendered."""
    return job.request.options.get("live") is True


def scene_facts(timeline: Timeline) -> tuple[SceneFacts, ...]:
    """Return what those who are not in this room are told of the scenes."""
    return tuple(
        SceneFacts(scene.id, scene.kind, scene.title, scene.start_frame, scene.frames)
        for scene in timeline.scenes
    )


def without_lost_logo(timeline: Timeline, files: FileAssets) -> Timeline:
    """Return ``timeline`` without a logo that cannot be found: no preview fails for its brand."""
    signatures = (_signature(scene) for scene in timeline.scenes)
    logo = next((one.logo for one in signatures if one and one.logo), None)
    logo = timeline.watermark.logo if timeline.watermark else logo
    try:
        if logo is not None:
            files.check(logo)
    except PreviewError as error:
        scenes = tuple(map(_without_logo, timeline.scenes))
        told = f"The brand's logo is left out. {error.message}"
        advice = "Put the logo under an asset root, or correct its path."
        finding = Finding("brand.logo", told, suggestion=advice)
        findings = (*timeline.findings, finding)
        return replace(timeline, scenes=scenes, watermark=None, findings=findings)
    return timeline


def _signature(scene: Scene) -> Signature | None:
    return scene.card.signature if isinstance(scene.card, TitleCard | EndCard) else None


def _without_logo(scene: Scene) -> Scene:
    card = scene.card
    if not isinstance(card, TitleCard | EndCard) or card.signature is None:
        return scene
    kept = replace(card.signature, logo=None) if card.signature.name else None
    return replace(scene, card=replace(card, signature=kept))


def distinct(refs: tuple[Ref, ...]) -> list[Ref]:
    """Return every picture or sound once, in the order of its first use."""
    return list({ref.candidates: ref for ref in reversed(refs)}.values())[::-1]
