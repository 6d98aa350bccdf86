"""``lint``: what is wrong with a preview, told before anybody renders it."""

from __future__ import annotations

import click

from preview_worker.cli.console import Exit, json_option, read_input, require_libraries
from preview_worker.cli.refusal import folder_of, report_invalid


@click.command()
@click.argument("file", default="payload.json")
@json_option
def lint(file: str, *, as_json: bool) -> int:
    """Judge a payload FILE before it is rendered.

    Texts that cannot be read, pictures that are too small, scenes that are too fast, sounds that
    do not fit: the findings that the manifest would hold, and the Elite score as far as it can be
    known. FILE may be - for the standard input.

    Exit status: 0 no errors (perhaps warnings), 2 invalid, 3 unreadable or not JSON, 6 errors.
    """
    from preview_worker.bootstrap import StoredAssets
    from preview_worker.cli.report import print_review, review_document
    from preview_worker.contract import PreviewError, read_job
    from preview_worker.settings import load_settings

    raw = read_input(file)
    require_libraries()
    from preview_worker.render import review_preview

    try:
        settings = load_settings().with_asset_root(folder_of(file))
        job = read_job(raw, limits=settings.payload_limits).job
        with StoredAssets(settings) as assets:
            review = review_preview(job, settings.render, assets.of(job, settings.render))
    except PreviewError as error:
        return report_invalid(file, error, as_json=as_json)
    if as_json:
        import json

        click.echo(json.dumps(review_document(review), ensure_ascii=False))
    else:
        print_review(review)
    return Exit.FINDINGS if review.quality.errors else Exit.DONE
