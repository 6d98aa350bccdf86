"""The stills of a preview as files, for peers that do the same picture work with other tools."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from benchmarks.payloads import Json, as_job
from preview_worker.contract import read_job
from preview_worker.render import RenderSettings, plan_preview
from preview_worker.render.model import Picture, PictureRef, Profile, Still
from preview_worker.render.paint import Painter


@dataclass(frozen=True, slots=True)
class Album:
    """Painted stills, held in memory and written to ``path`` beside their PNG and RGBA files."""

    path: Path
    profile: Profile
    stills: tuple[Still, ...]

    @property
    def frames(self) -> int:
        """The length of the preview in frames."""
        return sum(still.frames for still in self.stills)


def paint_album(request: Json, folder: Path) -> Album:
    """Paint a request that has words alone, with our painter, into ``folder``."""
    job = read_job(json.dumps(as_job(request, "album")).encode(), transport_id="album").job
    timeline = plan_preview(job, RenderSettings(), lambda _: None)
    painter = Painter(timeline.profile, _no_picture, timeline.look)
    stills = tuple(
        still
        for scene in timeline.scenes
        for still in painter.paint_scene(scene, painter.plan(scene))
    )
    album = Album(folder / "album.json", timeline.profile, stills)
    _write(album, folder)
    return album


def _no_picture(ref: PictureRef) -> Picture:
    message = f"an album has words alone, but {ref.where} is a picture"
    raise LookupError(message)


def _write(album: Album, folder: Path) -> None:
    folder.mkdir(parents=True)
    size = (album.profile.width_px, album.profile.height_px)
    told = []
    for number, still in enumerate(album.stills):
        names = {"png": f"still-{number}.png", "rgba": f"still-{number}.rgba"}
        (folder / names["rgba"]).write_bytes(still.rgba)
        image = Image.frombuffer("RGBA", size, still.rgba, "raw", "RGBA", 0, 1)
        image.convert("RGB").save(folder / names["png"], compress_level=1)
        told.append({**names, "frames": still.frames})
    album.path.write_text(
        json.dumps(
            {
                "width_px": size[0],
                "height_px": size[1],
                "fps": int(album.profile.fps),
                "stills": told,
            }
        )
    )
