"""``serve``: the HTTP interface and the operator's page, without a worker."""

from __future__ import annotations

import click

from preview_worker.cli.console import complain, run


@click.command()
@click.option("--host", help="Address to listen on; loopback unless there are keys.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port; 0 is any. [default: HEALTH_PORT]"
)
def serve(*, host: str | None, port: int | None) -> None:
    """Serve the HTTP interface and the operator's page.

    It takes no jobs; workers do. Without PREVIEW_API_KEYS only this machine is served. SIGTERM or
    Ctrl-C stops it.
    """
    from preview_worker.bootstrap import SiteProcess, start_logging
    from preview_worker.settings import find_strangers, load_settings

    settings = load_settings()
    where = host or ("" if settings.api.keys else "127.0.0.1")
    chosen: dict[str, object] = {"preview_health_host": where} if where else {}
    if port is not None:
        chosen["health_port"] = port
    settings = settings.model_copy(update=chosen)
    for stranger in find_strangers():
        complain(stranger)
    start_logging(settings)
    run(SiteProcess(settings).run())
