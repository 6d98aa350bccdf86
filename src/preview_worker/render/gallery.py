"""Pictures of the preview as JPEG: poster, thumbnail, contact sheet, and a dry run's still.

They are taken from the painted stills as these pass by, so nothing is decoded for them.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from preview_worker.render.model import Profile, Still, Timeline

POSTER_PX = (1280, 720)
THUMBNAIL_PX = (640, 360)
CELL_PX = (480, 270)
COLUMNS, ROWS = 4, 2
GUTTER_PX = 3
QUALITY = 90
THUMBNAIL_S = 3
FIRST, LAST = Fraction(5, 100), Fraction(95, 100)
_PAPER = (11, 16, 32)
_FONT = Path(__file__).parent / "fonts" / "Inter-SemiBold.otf"


def sheet_frames(frames: int) -> tuple[int, ...]:
    """Return the frames of the contact sheet: evenly from 5 % to 95 % of the preview."""
    count = COLUMNS * ROWS
    step = (LAST - FIRST) / (count - 1)
    return tuple(min(frames - 1, int(frames * (FIRST + step * n))) for n in range(count))


def thumbnail_frame(timeline: Timeline) -> int:
    """Return the middle of the first scene after the title card, or 3 s where there is none."""
    for scene in timeline.scenes:
        if scene.kind in {"step", "composed"}:
            return scene.start_frame + scene.frames // 2
    return min(timeline.frames - 1, int(THUMBNAIL_S * timeline.profile.fps))


def paint_picture(
    profile: Profile, still: Still, size: tuple[int, int] | None = None
) -> Image.Image:
    """Return the still, letterboxed to ``size`` (width, height) if one is given."""
    own = (profile.width_px, profile.height_px)
    image = Image.frombuffer("RGBA", own, still.rgba, "raw", "RGBA", 0, 1).convert("RGB")
    if size is None or own == size:
        return image
    image.thumbnail(size, Image.Resampling.LANCZOS)
    share = min(size[0] / own[0], size[1] / own[1])
    if share > 1:
        grown = (round(own[0] * share), round(own[1] * share))
        image = image.resize(grown, Image.Resampling.LANCZOS)
    page = Image.new("RGB", size, _PAPER)
    page.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return page


def save_jpeg(image: Image.Image, path: Path) -> None:
    """Write ``image`` with crisp colour edges, as text wants them."""
    image.save(path, "JPEG", quality=QUALITY, subsampling=0)


class Gallery:
    """Collects the pictures of one preview while its stills pass by."""

    def __init__(self, timeline: Timeline) -> None:
        """Decide which frames are wanted."""
        self._profile = timeline.profile
        self._sheet_frames = sheet_frames(timeline.frames)
        self._thumbnail_frame = thumbnail_frame(timeline)
        self._cells: list[Image.Image] = []
        self._poster: Image.Image | None = None
        self._thumbnail: Image.Image | None = None

    def observe(self, still: Still) -> None:
        """Take from ``still`` what is wanted of it; stills come in order."""
        if self._poster is None:
            self._poster = paint_picture(self._profile, still, POSTER_PX)
        if still.start_frame <= self._thumbnail_frame < still.end_frame:
            self._thumbnail = paint_picture(self._profile, still, THUMBNAIL_PX)
        wanted = [n for n in self._sheet_frames if still.start_frame <= n < still.end_frame]
        if wanted:
            cell = paint_picture(self._profile, still, CELL_PX)
            self._cells += [self._labelled(cell, frame) for frame in wanted]

    def _labelled(self, cell: Image.Image, frame: int) -> Image.Image:
        seconds = int(frame / self._profile.fps)
        text = f"{seconds // 60}:{seconds % 60:02}"
        cell = cell.copy()
        draw = ImageDraw.Draw(cell, "RGBA")
        font = ImageFont.truetype(str(_FONT), 15, layout_engine=ImageFont.Layout.BASIC)
        width = draw.textlength(text, font)
        left, top = 6, CELL_PX[1] - 28
        draw.rounded_rectangle((left, top, left + width + 14, top + 22), 6, (0, 0, 0, 170))
        draw.text((left + 7, top + 11), text, (248, 250, 252), font, anchor="lm")
        return cell

    def write(self, directory: Path) -> None:
        """Write poster.jpg, thumbnail.jpg and contact-sheet.jpg into ``directory``."""
        if self._poster is None or self._thumbnail is None:
            message = "no still passed the gallery"
            raise RuntimeError(message)
        save_jpeg(self._poster, directory / "poster.jpg")
        save_jpeg(self._thumbnail, directory / "thumbnail.jpg")
        save_jpeg(self._sheet(), directory / "contact-sheet.jpg")

    def _sheet(self) -> Image.Image:
        width, height = CELL_PX
        sheet = Image.new("RGB", (width * COLUMNS, height * ROWS), _PAPER)
        for number, cell in enumerate(self._cells):
            sheet.paste(cell, (number % COLUMNS * width, number // COLUMNS * height))
        draw = ImageDraw.Draw(sheet)
        for column in range(1, COLUMNS):
            draw.line((column * width, 0, column * width, height * ROWS), (2, 6, 18), GUTTER_PX)
        draw.line((0, height, width * COLUMNS, height), (2, 6, 18), GUTTER_PX)
        return sheet
