"""``work``: take jobs from the queue until told to stop."""

from __future__ import annotations

import click

from preview_worker.cli.console import complain, require_libraries, run


@click.command()
def work() -> None:
    """Render jobs from the queue until stopped.

    SIGTERM or Ctrl-C lets running jobs finish within the grace and hands the rest back; a second
    one hands them back at once. Probes and metrics are served on HEALTH_PORT.
    """
    from preview_worker.bootstrap import build_worker, start_logging
    from preview_worker.settings import find_strangers, load_settings

    require_libraries()
    settings = load_settings()
    for stranger in find_strangers():
        complain(stranger)
    start_logging(settings)
    run(build_worker(settings).run())
