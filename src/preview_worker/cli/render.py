"""``render`` and ``validate``: from a payload file, without a queue."""

from __future__ import annotations

from pathlib import Path

import click

from preview_worker.cli.console import Exit, json_option, read_input, require_libraries, run, show
from preview_worker.cli.refusal import folder_of, report_invalid


@click.command()
@click.argument("file", default="payload.json")
@json_option
def validate(file: str, *, as_json: bool) -> int:
    """Check a payload FILE without rendering it.

    FILE may be - for the standard input. Exit status: 0 valid, 2 invalid, 3 unreadable or not JSON.
    """
    from preview_worker.bootstrap import StoredAssets
    from preview_worker.contract import PreviewError, read_job
    from preview_worker.render import plan_preview
    from preview_worker.settings import load_settings

    raw = read_input(file)
    try:
        settings = load_settings().with_asset_root(folder_of(file))
        parsed = read_job(raw, limits=settings.payload_limits)
        with StoredAssets(settings) as assets:
            fetched = assets.of(parsed.job, settings.render)
            plan_preview(parsed.job, settings.render, fetched=fetched)
    except PreviewError as error:
        return report_invalid(file, error, as_json=as_json)
    lines = [f"OK {file} is a valid preview payload"]
    lines += [f" - note: {notice.path} {notice.message}" for notice in parsed.notices]
    notices = [{"code": n.code, "path": n.path, "message": n.message} for n in parsed.notices]
    show({"valid": True, "notices": notices}, "\n".join(lines), as_json=as_json)
    return Exit.DONE


@click.command()
@click.argument("file")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the files straight into this folder instead of DATA_DIR.",
)
@json_option
def render(file: str, out: Path | None, *, as_json: bool) -> int:
    """Render a payload FILE without Redis.

    FILE may be - for the standard input. The preview goes where a job from the queue would leave
    it, under DATA_DIR, unless --out names another folder. Pictures may lie beside the FILE.
    """
    from preview_worker.bootstrap import render_payload
    from preview_worker.cli.progress import ProgressBar
    from preview_worker.settings import load_settings

    raw = read_input(file)
    require_libraries()
    settings = load_settings().with_asset_root(folder_of(file))
    with ProgressBar(quiet=as_json) as bar:
        preview = run(render_payload(raw, settings, out, bar))
    show(dict(preview.result), "\n".join(preview.paths), as_json=as_json)
    return Exit.DONE
