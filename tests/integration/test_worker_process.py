"""The whole worker as a process of its own, on a real Redis: jobs, signals, crashes, memory."""

from __future__ import annotations

import asyncio
import json
import signal
import time
from pathlib import Path

import av
import pytest

from preview_worker.queue import JobState, QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from tests.jobs import LONG, LONG_OPTIONS, SHORT, add, ended, manifests, status_of
from tests.workers import a_worker, descendants, fetch, wait_until_gone, wait_until_ready


def test_a_job_becomes_a_video_that_decodes(queue_settings: QueueSettings, tmp_path: Path) -> None:
    """From the queue to a folder with a video, and back to the queue with the result."""
    with a_worker(queue_settings, tmp_path) as worker:
        add(queue_settings, SHORT)
        status = ended(queue_settings)
        worker.wait_for("job.settled", result="completed")
    assert (status.state, status.progress) == (JobState.COMPLETED, 100)
    with av.open(str(tmp_path / "previews/lighthouse/job-1/preview.mp4")) as video:
        frames = sum(1 for _ in video.decode(video=0))
    manifest = json.loads(manifests(tmp_path)[0].read_text())
    assert frames == manifest["media"]["frames"]


def test_a_preview_can_be_watched_before_it_is_published(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """When the job asks for it: the first scene plays while the others are still to come."""
    request: dict[str, object] = {**LONG, "options": {**LONG_OPTIONS, "live": True}}
    playlist = tmp_path / "live" / "lighthouse" / "job-1" / "1" / "index.m3u8"
    with a_worker(queue_settings, tmp_path) as worker:
        add(queue_settings, request)
        deadline_s = time.monotonic() + 30
        while not playlist.is_file():
            assert time.monotonic() < deadline_s, "there is no playlist"
        early = playlist.read_text()
        assert manifests(tmp_path) == []
        first = (playlist.parent / "init.mp4").read_bytes()
        first += (playlist.parent / "00001.m4s").read_bytes()
        ended(queue_settings)
        worker.wait_for("job.settled", result="completed")
    alone = tmp_path / "first.mp4"
    alone.write_bytes(first)
    with av.open(str(alone)) as video:
        assert sum(1 for _ in video.decode(video=0)) >= 30
    assert "#EXT-X-ENDLIST" not in early
    assert playlist.read_text().startswith(early)
    assert playlist.read_text().endswith("#EXT-X-ENDLIST\n")


def test_a_dry_run_completes_without_a_video(queue_settings: QueueSettings, tmp_path: Path) -> None:
    """It leaves the plan, the captions and a still."""
    with a_worker(queue_settings, tmp_path):
        add(queue_settings, {"options": {"resolution": "320x180"}}, dryRun=True)
        status = ended(queue_settings)
    assert isinstance(status.return_value, dict)
    assert status.return_value["dryRun"] is True
    names = {path.name for path in manifests(tmp_path)[0].parent.iterdir()}
    assert {"timeline.json", "captions.srt", "still.jpg"} <= names
    assert "preview.mp4" not in names


def test_an_invalid_payload_fails_once(queue_settings: QueueSettings, tmp_path: Path) -> None:
    """Five attempts were allowed, one was made."""
    with a_worker(queue_settings, tmp_path):
        add(queue_settings, {}, dryRun="yes")
        status = ended(queue_settings)
    assert (status.state, status.attempts_made) == (JobState.FAILED, 1)
    assert status.failed_reason == "Invalid preview payload: dryRun must be boolean"


def test_a_worker_that_is_killed_leaves_the_job_to_another(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """One manifest in the end, and never half a preview where readers look."""
    with a_worker(queue_settings, tmp_path) as first:
        add(queue_settings, LONG)
        first.wait_for("job.started")
        first.stop(signal.SIGKILL)
        assert manifests(tmp_path) == []
    with a_worker(queue_settings, tmp_path) as second:
        second.wait_for("job.settled", result="completed")
        assert ended(queue_settings).state is JobState.COMPLETED
    assert len(manifests(tmp_path)) == 1
    assert sorted(path.name for path in (tmp_path / "previews/lighthouse").iterdir()) == ["job-1"]


def test_the_renders_of_a_killed_worker_end_with_it(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """The kernel ends the zygote and its children when their parent is gone."""
    with a_worker(queue_settings, tmp_path) as worker:
        add(queue_settings, LONG)
        worker.wait_for("job.started")
        family = descendants(worker.process.pid)
        assert family
        worker.stop(signal.SIGKILL)
        wait_until_gone(family)


def test_sigterm_hands_a_long_render_back(queue_settings: QueueSettings, tmp_path: Path) -> None:
    """The worker exits with 0, no attempt is spent, and nothing is left behind."""
    with a_worker(queue_settings, tmp_path, PREVIEW_SHUTDOWN_GRACE_S="0") as worker:
        add(queue_settings, LONG)
        worker.wait_for("job.started")
        assert worker.stop() == 0
        worker.wait_for("job.settled", result="handed_back")
    status = asyncio.run(status_of(queue_settings))
    assert (status.state, status.attempts_made) == (JobState.PRIORITIZED, 0)
    assert manifests(tmp_path) == []


def test_sigint_lets_a_render_finish_within_the_grace(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Ctrl-C is an orderly end."""
    with a_worker(queue_settings, tmp_path, PREVIEW_SHUTDOWN_GRACE_S="60") as worker:
        add(queue_settings, LONG)
        worker.wait_for("job.started")
        assert worker.stop(signal.SIGINT) == 0
    assert ended(queue_settings).state is JobState.COMPLETED


def test_a_worker_waits_for_a_redis_that_is_not_there_yet(tmp_path: Path) -> None:
    """It lives, says that it is not ready, and works as soon as Redis is up."""
    redis = EmbeddedRedis(tmp_path / "redis", durable=False)
    redis.start()
    redis.stop()
    later = EmbeddedRedis(tmp_path / "redis", port=redis.port, durable=False)
    settings = QueueSettings(redis_url=redis.url, queue_name="later")
    with a_worker(settings, tmp_path) as worker:
        worker.wait_for("queue.unreachable")
        assert fetch(worker, "/livez")[0] == 200
        assert fetch(worker, "/readyz")[0] == 503
        assert fetch(worker, "/api/preview/worker/health")[0] == 503
        later.start()
        try:
            worker.wait_for("queue.connected")
            add(settings, SHORT)
            assert ended(settings).state is JobState.COMPLETED
        finally:
            later.stop()


def test_probes_and_metrics_tell_of_the_work(queue_settings: QueueSettings, tmp_path: Path) -> None:
    """Counters move with the jobs, and no password is shown."""
    with a_worker(queue_settings, tmp_path, REDIS_PASSWORD="") as worker:
        add(queue_settings, SHORT)
        worker.wait_for("job.settled", result="completed")
        wait_until_ready(worker)
        status, health = fetch(worker, "/api/preview/worker/health")
        assert (status, json.loads(health)["status"]) == (200, "healthy")
        metrics = fetch(worker, "/metrics")[1]
    assert 'preview_worker_jobs_total{outcome="completed"} 1.0' in metrics
    assert 'state="prioritized"' in metrics


def test_an_idle_worker_is_small(queue_settings: QueueSettings, tmp_path: Path) -> None:
    """Worker and zygote together stay under 150 MiB of memory of their own."""
    with a_worker(queue_settings, tmp_path) as worker:
        worker.wait_for("intake.resumed")  # until then it tries what renders can do, and how
        pids = [worker.process.pid, *descendants(worker.process.pid)]
        assert sum(map(_proportional_kib, pids)) < 150 * 1024


def test_a_full_size_render_keeps_within_its_memory(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Worker, zygote and child together stay under 400 MiB while 1080p is rendered."""
    request = {**LONG, "options": {"resolution": "1920x1080"}}
    with a_worker(queue_settings, tmp_path, LOG_LEVEL="debug") as worker:
        add(queue_settings, request)
        peak_kib = worker.wait_for("child.exited", status="ok")["rss_kib"]
        pids = [worker.process.pid, *descendants(worker.process.pid)]
        assert peak_kib + sum(map(_proportional_kib, pids)) < 400 * 1024


@pytest.mark.parametrize(
    "project_id", ["../../x", "/etc/passwd", "a\x00b", "x" * 10_000, "\N{GAME DIE}", "..", "CON"]
)
def test_no_project_id_leads_out_of_the_data_folder(
    queue_settings: QueueSettings, tmp_path: Path, project_id: str
) -> None:
    """Whatever an id spells, its preview lies one folder below the project's."""
    data_dir = tmp_path / "deep" / "data"
    with a_worker(queue_settings, data_dir) as worker:
        add(queue_settings, SHORT, projectId=project_id, dryRun=True)
        worker.wait_for("job.settled", result="completed")
        worker.stop()
    assert {path.name for path in tmp_path.iterdir()} == {"deep"}
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"data"}
    assert len(manifests(data_dir)) == 1


def _proportional_kib(pid: int) -> int:
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
