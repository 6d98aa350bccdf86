"""The worker: one job as one visible pipe, and the loop that keeps jobs coming."""

from __future__ import annotations

from preview_worker.worker.breaker import Breaker
from preview_worker.worker.executor import Executor
from preview_worker.worker.intake import Intake
from preview_worker.worker.oom import FrugalRenderer
from preview_worker.worker.ports import Renderer, RenderTask, Report
from preview_worker.worker.runner import Runner, WorkerDefectError
from preview_worker.worker.settings import WorkerSettings
from preview_worker.worker.shutdown import stop_signals
from preview_worker.worker.watchdog import Watchdog

__all__ = [
    "Breaker",
    "Executor",
    "FrugalRenderer",
    "Intake",
    "RenderTask",
    "Renderer",
    "Report",
    "Runner",
    "Watchdog",
    "WorkerDefectError",
    "WorkerSettings",
    "stop_signals",
]
