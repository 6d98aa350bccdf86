"""``sweep``: remove what nobody needs any more."""

from __future__ import annotations

import click

from preview_worker.cli.console import Exit, json_option, run, show

_KIB = 1024


@click.command()
@click.option("--dry-run", is_flag=True, help="Say which previews would go, and remove nothing.")
@json_option
def sweep(*, dry_run: bool, as_json: bool) -> int:
    """Remove what dead workers left, and previews that are kept no longer.

    Workers do so by themselves. Previews go only when PREVIEW_RETENTION_MAX_AGE_S or
    PREVIEW_RETENTION_MAX_BYTES is set, and never those of jobs at work.
    """
    from preview_worker.bootstrap import sweep_store
    from preview_worker.settings import load_settings

    folders, retired = run(sweep_store(load_settings(), dry_run=dry_run))
    size_bytes = sum(one.size_bytes for one in retired)
    document = {
        "dryRun": dry_run,
        "folders": folders,
        "previews": [
            {
                "project": one.project,
                "job": one.job,
                "bytes": one.size_bytes,
                "ageSeconds": round(one.age_s),
                "reason": one.reason,
            }
            for one in retired
        ],
        "bytes": size_bytes,
    }
    lines = [f"{one.project}/{one.job} ({one.reason})" for one in retired]
    told = "would go" if dry_run else "are gone"
    lines.append(f"{len(retired)} previews of {size_bytes // _KIB} KiB {told}")
    if not dry_run:
        lines.append(f"{folders} folders swept from the staging area")
    show(document, "\n".join(lines), as_json=as_json)
    return Exit.DONE
