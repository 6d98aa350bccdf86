"""Real trouble of a real worker, and whether a real Prometheus tells of it: of that, and no other.

Alerts last no time here before they fire, so each step can be waited for; how long they last is
tried by promtool (tests/unit/monitoring).
"""

from __future__ import annotations

import shutil
import signal
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from monitoring.__main__ import groups
from monitoring.rules import Alert, Group
from preview_worker.queue import QueueSettings
from tests.jobs import LONG_OPTIONS, SHORT, add, ended
from tests.prometheus_server import PROMETHEUS, Prometheus, a_prometheus
from tests.workers import WorkerUnderTest, a_worker, environment, run_command

RATIO = "preview_worker:job_failures:ratio5m"
MEBIBYTE = str(1024 * 1024)
LARGE = {
    "steps": [{"text": f"Step {n}. " + "Draw a card and pass the lamp. " * 8} for n in range(4)],
    "options": LONG_OPTIONS,
}
"""A request whose video takes more than three of them."""
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 -- not for what is secret: nobody else fills it
LEAST_BYTES = 2 * 1024**3

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(PROMETHEUS is None, reason="there is no prometheus on the PATH"),
]


def at_once() -> list[Group]:
    """Return all rules, with alerts that fire as soon as they hold."""
    return [
        replace(
            group,
            rules=tuple(
                replace(rule, lasts="0s") if isinstance(rule, Alert) else rule
                for rule in group.rules
            ),
        )
        for part in groups()
        for group in part
    ]


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """Give a folder on a disk that only the drill writes to, if there is one.

    One that others write to meanwhile is full within a day, for all that a line through a few
    seconds tells.
    """
    try:
        roomy = shutil.disk_usage(MEMORY_DISK).free > LEAST_BYTES
    except OSError:
        roomy = False
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK if roomy else tmp_path) as folder:
        yield Path(folder) / "data"


def test_prometheus_tells_of_trouble_and_of_no_other(
    queue_settings: QueueSettings, tmp_path: Path, data: Path
) -> None:
    """A pause, a full queue, bad payloads, renders beyond their budget, a worker that is killed."""
    settings = queue_settings
    with (
        a_worker(
            settings, data, PREVIEW_OUTPUT_MAX_BYTES=MEBIBYTE, PREVIEW_QUEUE_MAX="5"
        ) as worker,
        a_prometheus(
            tmp_path / "prometheus", worker.probes.removeprefix("http://"), at_once()
        ) as prometheus,
    ):
        prometheus.until("preview_worker_queue_up == 1")  # what was before is no increase
        add(settings, SHORT, jobId="fine")
        assert ended(settings, "fine").state == "completed"
        prometheus.until('preview_worker_jobs_total{outcome="completed"} == 1')
        prometheus.until("preview_worker_dead_letters == 0")
        prometheus.until_computed(RATIO)
        prometheus.until_only()

        fill_while_paused(prometheus, settings, data)
        write_too_much(prometheus, settings)
        be_killed(prometheus, worker)


def fill_while_paused(prometheus: Prometheus, settings: QueueSettings, data: Path) -> None:
    """Pause the queue, have five bad jobs wait, and let them fail: no fault of ours."""
    env = environment(settings, data)
    assert run_command("queue", "pause", env=env).returncode == 0
    prometheus.until_firing("PreviewQueuePaused")
    for number in range(5):
        add(settings, {"steps": "none"}, jobId=f"bad-{number}")
    prometheus.until_firing("PreviewQueueNearlyFull")
    prometheus.until_only("PreviewQueuePaused", "PreviewQueueNearlyFull")

    assert run_command("queue", "resume", env=env).returncode == 0
    prometheus.until('preview_worker_jobs_total{outcome="failed"} == 5')
    prometheus.until_firing("PreviewPayloadsInvalid")
    prometheus.until_computed(RATIO)
    assert prometheus.ask(RATIO) == [0]
    prometheus.until_only("PreviewPayloadsInvalid", "PreviewDeadLettersGrow")


def write_too_much(prometheus: Prometheus, settings: QueueSettings) -> None:
    """Have three renders that write more than they may: that is ours."""
    for number in range(3):
        add(settings, LARGE, jobId=f"large-{number}")
    for number in range(3):
        assert ended(settings, f"large-{number}").state == "failed"
    prometheus.until_firing(
        "PreviewJobsFail",
        "PreviewJobHighFailureRate",
        "PreviewErrorBudgetBurnsFast",
        "PreviewErrorBudgetBurns",
    )


def be_killed(prometheus: Prometheus, worker: WorkerUnderTest) -> None:
    """Kill the only worker there is."""
    worker.stop(signal.SIGKILL)
    prometheus.until_firing("PreviewWorkerDown", "PreviewWorkersAbsent")
