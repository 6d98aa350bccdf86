"""What the editor of payloads shows: the picture of a moment, and which scenes there would be."""

from __future__ import annotations

import base64
from fractions import Fraction

from fastapi import APIRouter, Request

from preview_worker.api.bodies import read_body
from preview_worker.api.documents import Document
from preview_worker.api.services import Contributor, Served
from preview_worker.api.stills import Moment

router = APIRouter(include_in_schema=False)


class Stop(Document):
    """A scene of the payload in the editor."""

    id: str
    kind: str
    title: str
    start: float
    seconds: float


class Glimpse(Document):
    """A picture of a payload, as an address of itself, and all its scenes."""

    picture: str
    seconds: float
    scenes: list[Stop]


@router.post("/submit/glimpse")
async def paint_glimpse(
    request: Request, services: Served, _: Contributor, at: Moment = 0.0
) -> Glimpse:
    """Paint what the payload in the editor would show at a moment, in seconds."""
    payload = await read_body(request, services.max_body_bytes)
    still = await services.stills.paint(payload, Fraction(at).limit_denominator(1000), "webp")
    encoded = base64.b64encode(still.content).decode()
    return Glimpse(
        picture=f"data:{still.media_type};base64,{encoded}",
        seconds=still.seconds,
        scenes=[
            Stop(
                id=scene.id,
                kind=scene.kind,
                title=scene.title,
                start=round(float(scene.start_frame / still.fps), 3),
                seconds=round(float(scene.frames / still.fps), 3),
            )
            for scene in still.scenes
        ],
    )
