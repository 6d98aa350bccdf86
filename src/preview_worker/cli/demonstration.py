"""``demo`` and ``up``: see a preview without setting up anything."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from preview_worker.cli.console import Exit, complain, json_option, require_libraries, run, show

if TYPE_CHECKING:
    from preview_worker.bootstrap import TrialStack
    from preview_worker.cli.progress import ProgressBar
    from preview_worker.queue import JobStatus
    from preview_worker.settings import Settings


@click.command()
@json_option
def demo(*, as_json: bool) -> int:
    """Render a sample tutorial and say where it is.

    Starts a Redis and a worker of its own unless REDIS_URL or REDIS_HOST names a Redis, submits
    the sample through the queue as any producer would, and stops everything.
    """
    return run(_demo(_trial_settings(health_port=0), as_json=as_json))


@click.command()
def up() -> int:
    """Do what demo does, then work until stopped.

    The operator's page, the HTTP interface, probes and metrics are served on HEALTH_PORT.
    """
    from preview_worker.bootstrap import start_logging

    settings = _trial_settings()
    start_logging(settings)
    return run(_up(settings))


def _trial_settings(**overrides: object) -> Settings:
    from preview_worker.bootstrap import sample_asset_root
    from preview_worker.settings import load_settings

    require_libraries()
    settings = load_settings(preview_health_host="127.0.0.1", **overrides)
    return settings.with_asset_root(sample_asset_root())


async def _demo(settings: Settings, *, as_json: bool) -> int:
    from preview_worker.bootstrap import TrialStack
    from preview_worker.cli.progress import ProgressBar

    with ProgressBar(quiet=as_json) as bar:
        async with TrialStack(settings, bar) as trial:
            last = await _render_sample(trial, bar)
    return _report(last, settings, as_json=as_json)


async def _up(settings: Settings) -> int:
    from preview_worker.bootstrap import TrialStack, log_observer
    from preview_worker.cli.progress import ProgressBar
    from preview_worker.worker import stop_signals

    with ProgressBar() as bar:
        async with TrialStack(settings, log_observer(), bar, pages=True) as trial:
            with stop_signals(trial.worker.runner.stop):
                last = await _render_sample(trial, bar)
                bar.stop()
                _report(last, settings, as_json=False)
                click.echo(f"Operator's page: http://127.0.0.1:{trial.worker.probes.port}")
                click.echo(f"Redis: {trial.settings.queue.redis_url}  (Ctrl-C stops everything)")
                click.echo(f"Check it: {_check(trial)}")
                await trial.stay()
    return Exit.DONE


async def _render_sample(trial: TrialStack, bar: ProgressBar) -> JobStatus | None:
    from preview_worker.bootstrap import sample_request

    last = None
    name = datetime.now(UTC).strftime("sample-%Y%m%d-%H%M%S-%f")
    async for status in trial.submit(sample_request(name)):
        last = status
        if isinstance(status.progress, int | float):
            bar.advance(status.state, int(status.progress))
    return last


def _check(trial: TrialStack) -> str:
    """Return the command that checks what runs here, as it would be typed in this folder."""
    program = sys.argv[0] if os.access(sys.argv[0], os.X_OK) else "preview-worker"
    url = f"http://127.0.0.1:{trial.worker.probes.port}"
    return f"REDIS_URL={trial.settings.queue.redis_url} {program} verify --render --url {url}"


def _report(last: JobStatus | None, settings: Settings, *, as_json: bool) -> int:
    if last is None or last.state != "completed" or not isinstance(last.return_value, dict):
        complain(f"the sample was not rendered: {last.failed_reason if last else 'it is gone'}")
        return Exit.FAILED
    root = settings.artifacts.data_dir
    paths = [str(_short(root / artifact["path"])) for artifact in last.return_value["artifacts"]]
    video = next((path for path in paths if path.endswith((".mp4", ".webm"))), paths[0])
    others = [f"  {path}" for path in paths if path != video]
    text = "\n".join(["", f"Watch {click.style(video, bold=True)}", "Beside it:", *others])
    show(last.return_value, text, as_json=as_json)
    return Exit.DONE


def _short(path: Path) -> Path:
    """Return the path as people would type it here."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path
