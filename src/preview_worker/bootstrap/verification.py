"""The verification behind ``verify``: a running worker, asked and tried from outside.

``doctor`` looks at what a worker will need before it starts. This looks at one that runs, in the
order in which an operator would, and tries it with jobs only when everything else is well.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from preview_worker.artifacts.disk import disk_room
from preview_worker.bootstrap.bell import Answer, SilentError, ring
from preview_worker.bootstrap.errand import PROJECT, Errand
from preview_worker.bootstrap.examination import look_at_redis, look_at_storage
from preview_worker.bootstrap.finding import Finding, Standing

if TYPE_CHECKING:
    from preview_worker.bootstrap.examination import Diagnosis
    from preview_worker.settings import Settings

METRICS = (
    "preview_worker_jobs_total",
    "preview_worker_active_jobs",
    "preview_worker_concurrency",
    "preview_worker_queue_up",
    "preview_worker_queue_size",
)
"""What alerts and dashboards cannot do without; each is there from the first scrape on."""
_LOW_SHARE = 0.15
"""Of the disk, free: below it the alert PreviewWorkerDiskLow fires."""
_GIB = 1024**3
_PATIENCE_S = 10.0
"""How long a probe may be silent: it answers from what is known, whatever is broken."""
_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is verified. ``timeout_s`` is for each job; probes answer at once or not at all."""

    url: str
    timeout_s: float
    render: bool = False
    probes_only: bool = False
    """Only what can be seen over HTTP, from a machine that reaches neither Redis nor DATA_DIR."""


class Verification:
    """All checks of one worker, one after the other."""

    def __init__(self, settings: Settings, scope: Scope) -> None:
        """Look at the worker of ``scope``, which works with ``settings``."""
        self._settings = settings
        self._scope = scope
        self._failed = False

    def plan(self) -> list[str]:
        """Say in sentences what would be done."""
        url, place = self._scope.url, self._settings.artifacts.data_dir
        plan = [f"ask {url}/{probe}" for probe in ("livez", "startupz", "readyz?verbose")]
        plan.append(f"look for {len(METRICS)} metrics on {url}/metrics")
        if self._scope.probes_only:
            return plan
        queue = self._settings.preview_queue_name
        plan.append("ask Redis whether it is fit for the queue")
        plan.append(f"write to {place} and measure its disk")
        plan.append(f"send a dry run through {queue} and read its plan in previews/{PROJECT}")
        if self._scope.render:
            plan.append(f"send a small tutorial through {queue} and read its preview beside it")
        return plan

    async def findings(self) -> AsyncIterator[Finding]:
        """Yield what is found as soon as it is."""
        async for finding in self._looks():
            self._failed |= finding.standing.failed
            yield finding
        if self._scope.probes_only:
            return
        for dry_run in (True, False) if self._scope.render else (True,):
            finding = await self._try(dry_run=dry_run)
            self._failed |= finding.standing.failed
            yield finding

    async def _looks(self) -> AsyncIterator[Finding]:
        for finding in await self._probes():
            yield finding
        if self._scope.probes_only:
            return
        for diagnosis in await look_at_redis(self._settings):
            yield _told(diagnosis)
        yield await self._storage()

    async def _probes(self) -> list[Finding]:
        try:
            answers = [await self._ask(probe) for probe in ("livez", "startupz", "readyz")]
            metrics = await self._ask("metrics")
        except SilentError as error:
            detail = f"{self._scope.url} cannot be asked: {error}"
            return [Finding("worker", Standing.UNREACHABLE, detail)]
        live, started, ready = answers
        return [
            *_verdict("livez", live),
            *_verdict("startupz", started),
            *_verdict("readyz", ready),
            _metrics(metrics),
        ]

    async def _ask(self, probe: str) -> Answer:
        query = "" if probe == "metrics" else "?verbose"
        return await ring(f"{self._scope.url}/{probe}{query}", _PATIENCE_S)

    async def _storage(self) -> Finding:
        finding = _told(await look_at_storage(self._settings))
        if finding.standing.failed:
            return finding
        try:
            room = disk_room(self._settings.artifacts.data_dir)
        except OSError as error:
            return Finding(finding.name, Standing.WARNING, f"its disk is not measured: {error}")
        free = f"{room.free_bytes / _GIB:.1f} of {room.size_bytes / _GIB:.1f} GiB are free"
        low = room.free_bytes < _LOW_SHARE * room.size_bytes
        standing = Standing.WARNING if low else Standing.PASSED
        return Finding(finding.name, standing, f"{finding.detail}; {free}")

    async def _try(self, *, dry_run: bool) -> Finding:
        if self._failed:
            name = "dry run" if dry_run else "render"
            return Finding(name, Standing.SKIPPED, "not tried, because of what failed before")
        errand = Errand(self._settings, dry_run=dry_run)
        return await errand.run(self._scope.timeout_s)


def _told(diagnosis: Diagnosis) -> Finding:
    if diagnosis.ok:
        standing = Standing.WARNING if diagnosis.warning else Standing.PASSED
    else:
        standing = Standing.UNREACHABLE if diagnosis.name == "redis" else Standing.FAILED
    return Finding(diagnosis.name, standing, diagnosis.detail)


def _verdict(probe: str, answer: Answer) -> list[Finding]:
    """Return one finding for each check that failed, or one for all of them."""
    checks = _checks(answer.document())
    failed = [check for check in checks if check.get("ok") is not True]
    if failed:
        return [
            Finding(f"{probe} {check.get('name')}", Standing.FAILED, str(check.get("detail")))
            for check in failed
        ]
    if answer.status != _OK or not checks:
        detail = f"answers {answer.status}, and not as a preview worker does"
        return [Finding(probe, Standing.FAILED, detail)]
    detail = ", ".join(f"{check.get('name')} {check.get('detail')}" for check in checks)
    return [Finding(probe, Standing.PASSED, detail)]


def _checks(document: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    told = document.get("checks")
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _metrics(answer: Answer) -> Finding:
    families = {line.split()[2] for line in answer.text.splitlines() if line.startswith("# TYPE ")}
    missing = [name for name in METRICS if name not in families]
    if answer.status != _OK or missing:
        detail = f"answers {answer.status}, without {', '.join(missing) or 'success'}"
        return Finding("metrics", Standing.FAILED, detail)
    return Finding("metrics", Standing.PASSED, f"{len(families)} of them, {len(METRICS)} known")
