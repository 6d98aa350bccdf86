"""The beats of a scene: which page is on when, and in which of its frames anything changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from preview_worker.render.model import Scene
from preview_worker.render.motion import changing_spans
from preview_worker.render.paint.page import Page, Signs, Spread

SHORT_PAGE_SHARE = 0.4
"""A short page gets at least this share of the longest page's time."""


@dataclass(frozen=True, slots=True)
class Beat:
    """A picture of ``page`` that stays the same from ``start_frame`` up to ``end_frame``.

    Frames are those of the scene. ``follows`` tells that it goes on from the picture before it.
    """

    page: Page
    start_frame: int
    end_frame: int
    follows: bool


def beats_of(scene: Scene, spread: Spread, from_frame: int = 0) -> Iterator[Beat]:
    """Return the pictures of a scene from ``from_frame`` to its end."""
    first = True
    for page_start, page_end, page in timed_pages(scene, spread):
        start, fresh = max(page_start, from_frame), True
        for end in _ends(scene, page, start, page_end):
            yield Beat(page, start, end, follows=not (first or fresh))
            start, first, fresh = end, False, False


def timed_pages(scene: Scene, spread: Spread) -> list[tuple[int, int, Page]]:
    """Return the pages that are seen, with their first frame in the scene and their end."""
    pages = [page for page in spread.pages if (page.at or 0) < scene.frames]
    starts = _starts(scene, pages)
    return list(zip(starts, starts[1:], pages, strict=False))


def page_at(scene: Scene, spread: Spread, frame: int) -> Page:
    """Return the page that is on in ``frame`` of the scene."""
    on = [page for start, end, page in timed_pages(scene, spread) if start <= frame < end]
    if not on:
        message = f"frame {frame} is not within the {scene.frames} frames of {scene.id}"
        raise ValueError(message)
    return on[0]


def _ends(scene: Scene, page: Page, start: int, end: int) -> Iterator[int]:
    """Cut ``start`` to ``end`` wherever the picture changes: into frames where something moves."""
    cuts = {end}
    for first, after in _spans(scene, page):
        cuts.update(range(max(first, start + 1), min(after, end) + 1))
    yield from sorted(cut for cut in cuts if start < cut <= end)


def _spans(scene: Scene, page: Page) -> list[tuple[int, int]]:
    """Return the stretches in which anything on ``page`` moves, comes or goes."""
    spans = changing_spans(scene.motions)
    for move in page.moves:
        spans += changing_spans(move.motions)
    for item in page.items:
        if isinstance(item, Signs):
            spans += [span for sign in item.signs for span in sign.on.changing_spans()]
    return spans


def _starts(scene: Scene, pages: list[Page]) -> list[int]:
    """Return where each page starts, and where the scene ends; every page has a frame or more."""
    if all(page.at is not None for page in pages):
        return [*(page.at or 0 for page in pages), scene.frames]
    weights = [page.weight for page in pages]
    least = max(weights) * SHORT_PAGE_SHARE
    shares = [max(weight, least) for weight in weights]
    starts, done = [0], 0.0
    for share in shares[:-1]:
        done += share
        frame = round(scene.frames * done / sum(shares))
        starts.append(max(frame, starts[-1] + 1))
    return [*starts, scene.frames]
