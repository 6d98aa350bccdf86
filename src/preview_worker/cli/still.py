"""``still``: one picture of a preview, without rendering it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from preview_worker.cli.console import (
    Exit,
    complain,
    json_option,
    read_input,
    require_libraries,
    show,
)
from preview_worker.cli.refusal import folder_of, report_invalid
from preview_worker.cli.spans import Moment

if TYPE_CHECKING:
    from fractions import Fraction

_FORMATS: dict[str, Literal["png", "jpeg", "webp"]] = {
    ".png": "png",
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".webp": "webp",
}


@click.command()
@click.argument("file", default="payload.json")
@click.option(
    "--at", "at_s", type=Moment(), default="0", help="When in the preview: 12.4, 1:05 or 0:01:05."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("still.png"),
    help="The picture file: .png, .jpg or .webp (default still.png).",
)
@json_option
def still(file: str, at_s: Fraction, out: Path, *, as_json: bool) -> int:
    """Paint one picture of a payload FILE, as its preview would show it.

    Nothing is encoded, so the picture is there at once. FILE may be - for the standard input.

    Exit status: 0 done, 1 the file cannot be written, 2 invalid, 3 unreadable or not JSON.
    """
    from preview_worker.bootstrap import StoredAssets
    from preview_worker.contract import PreviewError, read_job
    from preview_worker.settings import load_settings

    form = _FORMATS.get(out.suffix.lower())
    if form is None:
        message = f"{out.name} must end with .png, .jpg or .webp."
        raise click.BadParameter(message, param_hint="--out")
    raw = read_input(file)
    require_libraries()
    from preview_worker.render import paint_still

    try:
        settings = load_settings().with_asset_root(folder_of(file))
        job = read_job(raw, limits=settings.payload_limits).job
        with StoredAssets(settings) as assets:
            fetched = assets.of(job, settings.render)
            painted = paint_still(job, settings.render, at_s, form, fetched)
    except PreviewError as error:
        return report_invalid(file, error, as_json=as_json)
    try:
        out.write_bytes(painted.content)
    except OSError as error:
        complain(f"{out} cannot be written: {error.strerror}")
        return Exit.FAILED
    document = {
        "path": str(out),
        "frame": painted.frame,
        "scene": painted.scene,
        "widthPx": painted.width_px,
        "heightPx": painted.height_px,
        "mediaType": painted.media_type,
    }
    show(document, f"{out}  frame {painted.frame}, scene {painted.scene}", as_json=as_json)
    return Exit.DONE
