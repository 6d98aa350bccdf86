"""One scene's findings: from its pages alone, so that they can be kept with the painted scene."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from preview_worker.contract import Finding
from preview_worker.render.model import Scene
from preview_worker.render.paint import Painter
from preview_worker.render.paint.page import Backdrop, Box, Page, Slot, Spread, Words
from preview_worker.render.quality.advice import advised
from preview_worker.render.quality.pace import judge_pace
from preview_worker.render.quality.pictures import judge_pictures
from preview_worker.render.quality.texts import MARKS, judge_contrast, judge_texts


def judge_scene(scene: Scene, spread: Spread, painter: Painter) -> list[Finding]:
    """Return what a person should know of ``scene``, those of its planning included.

    It depends on nothing but the scene, its ``spread``, and the painter's profile and pictures.
    What is wrong in the same place of several pages is told once.
    """
    found = [*spread.findings, *_judge_emptiness(scene, spread)]
    found += judge_pace(scene, spread, painter)
    seen: set[tuple[str, Box]] = set()
    for page in spread.pages:
        found += judge_texts(page, painter)
        if new := _texts(page) - seen:
            found += judge_contrast(page, painter)
            seen |= new
        found += judge_pictures(page, painter, scene.motions)
    once = {(finding.code, finding.box, finding.message): finding for finding in found}
    return [replace(advised(finding), scene=scene.id) for finding in once.values()]


def _texts(page: Page) -> set[tuple[str, Box]]:
    """Return the texts of the page by their places: what is behind them stays, page after page."""
    return {(item.block.text, item.box) for item in page.items if isinstance(item, Words)}


def _judge_emptiness(scene: Scene, spread: Spread) -> Iterator[Finding]:
    if any(map(_is_content, (item for page in spread.pages for item in page.items))):
        return
    yield Finding(
        "scene.empty",
        "The scene shows neither words nor a picture"
        + (" while something is said." if scene.spoken else ", and nothing is said."),
        severity="warning" if scene.spoken else "error",
        suggestion="Give it a text or a picture, or leave it out.",
    )


def _is_content(item: object) -> bool:
    match item:
        case Slot() | Backdrop():
            return True
        case Words():
            return item.role not in MARKS and bool(item.block.text.strip())
        case _:
            return False
