"""A page in its parts: what stays on its ground, and what moves over it, ready for any frame."""

from __future__ import annotations

from dataclasses import dataclass

import skia

from preview_worker.render.motion import Motion, Pose, pose_at
from preview_worker.render.paint.lens import Lens
from preview_worker.render.paint.page import Box, Signs
from preview_worker.render.paint.signs import draw_signs

_SAMPLING = skia.SamplingOptions(skia.FilterMode.kLinear)


@dataclass(frozen=True, slots=True)
class Sprite:
    """Something that was painted once, and where it stands, in pixels."""

    image: skia.Image
    x_px: int
    y_px: int

    def draw(self, canvas: skia.Canvas, opacity: float = 1.0) -> None:
        """Draw it; exactly as it was painted where the canvas is neither scaled nor shifted."""
        paint = skia.Paint(Alphaf=opacity) if opacity < 1 else None
        canvas.drawImage(self.image, self.x_px, self.y_px, _SAMPLING, paint)


Piece = Sprite | Lens | Signs


@dataclass(frozen=True, slots=True)
class Part:
    """Pieces that move as one thing; ``box`` holds them at rest, in pixels."""

    pieces: tuple[Piece, ...]
    box: Box
    motions: tuple[Motion, ...] = ()


@dataclass(frozen=True, slots=True)
class Composition:
    """A page that was taken apart; ``motions`` are those of all its parts together."""

    ground: skia.Image
    parts: tuple[Part, ...]
    motions: tuple[Motion, ...]
    scale: float
    """Pixels a design unit."""

    def draw(self, canvas: skia.Canvas, frame: int) -> None:
        """Draw the page as it is in ``frame`` of its scene, on a canvas in pixels."""
        replace = skia.Paint(BlendMode=skia.BlendMode.kSrc)
        canvas.drawImage(self.ground, 0, 0, skia.SamplingOptions(), replace)
        page = Box(0, 0, self.ground.width(), self.ground.height())
        pose = pose_at(self.motions, frame)
        if pose.opacity <= 0:
            return
        saved = _enter(canvas, pose, page, page)
        for part in self.parts:
            self._draw_part(canvas, part, frame, page)
        canvas.restoreToCount(saved)

    def _draw_part(self, canvas: skia.Canvas, part: Part, frame: int, page: Box) -> None:
        pose = pose_at(part.motions, frame)
        if pose.opacity <= 0:
            return
        if len(part.pieces) == 1 and isinstance(part.pieces[0], Sprite):
            saved = _enter(canvas, pose._replace(opacity=1.0), part.box, page)
            part.pieces[0].draw(canvas, pose.opacity)
        else:
            saved = _enter(canvas, pose, part.box, page)
            for piece in part.pieces:
                self._draw_piece(canvas, piece, frame, pose)
        canvas.restoreToCount(saved)

    def _draw_piece(self, canvas: skia.Canvas, piece: Piece, frame: int, pose: Pose) -> None:
        match piece:
            case Sprite():
                piece.draw(canvas)
            case Lens():
                piece.draw(canvas, pose)
            case Signs():
                canvas.save()
                canvas.scale(self.scale, self.scale)
                draw_signs(canvas, piece, frame, pose)
                canvas.restore()


def _enter(canvas: skia.Canvas, pose: Pose, box: Box, page: Box) -> int:
    """Fade, shift and shrink what is drawn next; return what to restore the canvas to."""
    saved = int(canvas.save())
    if pose.opacity < 1:
        canvas.saveLayer(None, skia.Paint(Alphaf=pose.opacity))
    if pose.shift_x or pose.shift_y:
        canvas.translate(pose.shift_x * page.width, pose.shift_y * page.height)
    if pose.size != 1:
        x, y = box.x + box.width / 2, box.y + box.height / 2
        canvas.translate(x, y)
        canvas.scale(pose.size, pose.size)
        canvas.translate(-x, -y)
    return saved
