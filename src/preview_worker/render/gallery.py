"""Pictures of the preview as files: poster, thumbnail, contact sheet.

The tutorial set has a review besides: the sheet again, and its frames in full size.

They are taken from the painted stills as these pass by, so nothing is decoded for them.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from preview_worker.contract import RenderedFile
from preview_worker.render.model import StagedCard, Timeline
from preview_worker.render.prints import PAPER, SIZES_PX, PrintOrder, as_jpeg, read_cell

COLUMNS, ROWS = 4, 2
GUTTER_PX = 3
REVIEW = "visual-qa"
"""The folder of a review."""
THUMBNAIL_S = 3
FIRST, LAST = Fraction(5, 100), Fraction(95, 100)
_FONT = Path(__file__).parent / "fonts" / "Inter-SemiBold.otf"


def sheet_frames(frames: int) -> tuple[int, ...]:
    """Return the frames of the contact sheet: evenly from 5 % to 95 % of the preview."""
    count = COLUMNS * ROWS
    step = (LAST - FIRST) / (count - 1)
    return tuple(min(frames - 1, int(frames * (FIRST + step * n))) for n in range(count))


def review_frames(timeline: Timeline) -> dict[str, int]:
    """Return the file names of a review's pictures, and the frames that they show."""
    frames = enumerate(sheet_frames(timeline.frames), 1)
    return {f"frame-{number:02}.jpg": frame for number, frame in frames}


def thumbnail_frame(timeline: Timeline) -> int:
    """Return the middle of the first scene after the title card, or 3 s where there is none."""
    for scene in timeline.scenes:
        if scene.kind in {"step", "composed"}:
            return scene.start_frame + scene.frames // 2
    return min(timeline.frames - 1, int(THUMBNAIL_S * timeline.profile.fps))


def poster_frame(timeline: Timeline) -> int:
    """Return the first frame in which all that fades in on the first scene is there."""
    scene = timeline.scenes[0]
    pictures = scene.card.pictures if isinstance(scene.card, StagedCard) else ()
    motions = (*scene.motions, *(motion for picture in pictures for motion in picture.motions))
    ends = [motion.end_frame for motion in motions if motion.opacity[0] < motion.opacity[1]]
    return min(max(ends, default=0), scene.frames - 1)


@cache
def _label_font() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(_FONT), 15, layout_engine=ImageFont.Layout.BASIC)


class Gallery:
    """Says which prints it wants of a preview, and makes its files of them."""

    def __init__(self, timeline: Timeline) -> None:
        """Decide which frames are wanted."""
        self._fps = timeline.profile.fps
        self._cells = [PrintOrder(frame, "cell") for frame in sheet_frames(timeline.frames)]
        self._poster = PrintOrder(poster_frame(timeline), "poster")
        self._thumbnail = PrintOrder(thumbnail_frame(timeline), "thumbnail")
        wanted = review_frames(timeline) if timeline.artifact_set == "tutorial" else {}
        self._review = {name: PrintOrder(frame, "frame") for name, frame in wanted.items()}
        self._prints: dict[PrintOrder, bytes] = {}

    @property
    def orders(self) -> tuple[PrintOrder, ...]:
        """Every print that the gallery needs."""
        own = (self._poster, self._thumbnail, *self._cells)
        return tuple(dict.fromkeys((*own, *self._review.values())))

    def take(self, order: PrintOrder, content: bytes) -> None:
        """Receive a print that was ordered."""
        self._prints[order] = content

    def write(self, directory: Path) -> tuple[RenderedFile, ...]:
        """Write poster, thumbnail and contact sheet into ``directory``, and the review if any."""
        if missing := set(self.orders) - set(self._prints):
            message = f"{len(missing)} prints did not come"
            raise RuntimeError(message)
        sheet = as_jpeg(self._sheet())
        (directory / "poster.jpg").write_bytes(self._prints[self._poster])
        (directory / "thumbnail.jpg").write_bytes(self._prints[self._thumbnail])
        (directory / "contact-sheet.jpg").write_bytes(sheet)
        return (
            RenderedFile("poster.jpg", "poster", "image/jpeg"),
            RenderedFile("thumbnail.jpg", "thumbnail", "image/jpeg"),
            RenderedFile("contact-sheet.jpg", "contact-sheet", "image/jpeg"),
            *self._write_review(directory, sheet),
        )

    def _write_review(self, directory: Path, sheet: bytes) -> tuple[RenderedFile, ...]:
        if not self._review:
            return ()
        (directory / REVIEW / "frames").mkdir(parents=True)
        pictures = {"contact-sheet.jpg": sheet}
        pictures |= {f"frames/{name}": self._prints[one] for name, one in self._review.items()}
        for name, content in pictures.items():
            (directory / REVIEW / name).write_bytes(content)
        return tuple(RenderedFile(f"{REVIEW}/{n}", "visual-qa", "image/jpeg") for n in pictures)

    def _sheet(self) -> Image.Image:
        width, height = SIZES_PX["cell"] or (0, 0)
        sheet = Image.new("RGB", (width * COLUMNS, height * ROWS), PAPER)
        for number, order in enumerate(self._cells):
            cell = self._labelled(read_cell(self._prints[order]), order.frame)
            sheet.paste(cell, (number % COLUMNS * width, number // COLUMNS * height))
        draw = ImageDraw.Draw(sheet)
        for column in range(1, COLUMNS):
            draw.line((column * width, 0, column * width, height * ROWS), (2, 6, 18), GUTTER_PX)
        draw.line((0, height, width * COLUMNS, height), (2, 6, 18), GUTTER_PX)
        return sheet

    def _labelled(self, cell: Image.Image, frame: int) -> Image.Image:
        seconds = int(frame / self._fps)
        text = f"{seconds // 60}:{seconds % 60:02}"
        draw = ImageDraw.Draw(cell, "RGBA")
        font = _label_font()
        width = draw.textlength(text, font)
        left, top = 6, cell.height - 28
        draw.rounded_rectangle((left, top, left + width + 14, top + 22), 6, (0, 0, 0, 170))
        draw.text((left + 7, top + 11), text, (248, 250, 252), font, anchor="lm")
        return cell
