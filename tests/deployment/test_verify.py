"""The verification tells a worker that is well from one that is not, and says what is broken."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from preview_worker.bootstrap.verification import METRICS
from preview_worker.queue import QueueSettings
from preview_worker.queue.embedded import EmbeddedRedis
from tests.redis_server import quick_settings
from tests.workers import WorkerUnderTest, a_worker, environment, fetch, wait_until_ready

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "verify-preview-worker.sh"
DEADLINE_S = 170


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    """A Redis of the test's own, which it may stop."""
    server = EmbeddedRedis(tmp_path / "redis")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def queue(redis: EmbeddedRedis) -> QueueSettings:
    """A queue on that Redis."""
    return quick_settings(redis.url)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """The data folder of worker and verification."""
    return tmp_path / "data"


@pytest.fixture
def worker(queue: QueueSettings, data_dir: Path) -> Iterator[WorkerUnderTest]:
    """A real worker that is ready."""
    with a_worker(queue, data_dir) as running:
        wait_until_ready(running)
        yield running


def verified(
    *options: str, queue: QueueSettings, data_dir: Path, code: int
) -> subprocess.CompletedProcess[str]:
    """Run the script as an operator would; it has to end with ``code``."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [SCRIPT, *options],
        env=environment(queue, data_dir, PATH=path),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def errors(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines that tell of what is broken."""
    return [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]


def test_a_worker_that_is_well_passes_from_its_probes_to_a_preview(
    worker: WorkerUnderTest, queue: QueueSettings, data_dir: Path
) -> None:
    """Every check is tried, and both the plan and the preview are there; JSON says the same."""
    done = verified("--url", worker.probes, "--render", queue=queue, data_dir=data_dir, code=0)

    assert errors(done) == []
    names = [line.split(":")[0] for line in done.stdout.splitlines() if line.startswith("[")]
    for name in ("livez", "startupz", "readyz", "metrics", "redis", "dry run", "render"):
        assert f"[SUCCESS] {name}" in names
    assert done.stdout.splitlines()[-1] == "OK - the preview worker is well"
    jobs = {path.name: path for path in (data_dir / "previews" / "verification").iterdir()}
    assert len(jobs) == 2
    assert sorted((path / "preview.mp4").exists() for path in jobs.values()) == [False, True]

    options = ("--url", worker.probes, "--probes-only", "--json")
    document = json.loads(verified(*options, queue=queue, data_dir=data_dir, code=0).stdout)
    assert (document["ok"], document["total"], document["failed"]) == (True, 4, 0)
    names = [check["name"] for check in document["checks"]]
    assert names == ["livez", "startupz", "readyz", "metrics"]


def test_what_up_has_started_passes_the_check_that_it_prints(
    queue: QueueSettings, data_dir: Path
) -> None:
    """Whoever types ``make up`` in a clone need not find out where its own Redis listens."""
    program = str(Path(sys.executable).with_name("preview-worker"))
    env = environment(queue, data_dir)
    del env["REDIS_URL"]
    with subprocess.Popen(
        [program, "up"], env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as up:
        assert up.stdout is not None
        try:
            told = next(line for line in up.stdout if line.startswith("Check it: "))
            where, typed, command, *options = shlex.split(told.removeprefix("Check it: "))
            check = subprocess.run(
                ["/usr/bin/env", where, SCRIPT, *options],
                env=env,
                capture_output=True,
                text=True,
                timeout=DEADLINE_S,
                check=False,
            )
        finally:
            up.terminate()

    assert (typed, command) == (program, "verify")
    assert check.returncode == 0, check.stdout + check.stderr
    assert check.stdout.splitlines()[-1] == "OK - the preview worker is well"
    assert up.returncode == 0


def test_a_worker_that_is_down_is_named_and_gets_no_job(
    queue: QueueSettings, data_dir: Path
) -> None:
    """Redis and disk are looked at all the same; the exit status says that a service is gone."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = verified("--url", url, queue=queue, data_dir=data_dir, code=69)

    assert errors(done) == [f"[ERROR] worker: {url} cannot be asked: Connection refused"]
    assert "[SUCCESS] redis:" in done.stdout
    assert "[INFO] dry run: not tried" in done.stdout
    assert done.stdout.splitlines()[-1] == "FAIL - worker"


def test_a_redis_that_is_down_is_named_by_worker_and_verification(
    worker: WorkerUnderTest, redis: EmbeddedRedis, queue: QueueSettings, data_dir: Path
) -> None:
    """The worker lives on and is not ready, and Redis does not answer us either."""
    redis.stop()
    worker.wait_for("queue.unreachable")
    done = verified("--url", worker.probes, queue=queue, data_dir=data_dir, code=69)

    assert "[SUCCESS] livez:" in done.stdout
    assert [line.split(":")[0] for line in errors(done)] == [
        "[ERROR] readyz queue",
        "[ERROR] redis",
    ]


def test_a_disk_that_cannot_be_written_is_named_by_worker_and_verification(
    worker: WorkerUnderTest, queue: QueueSettings, data_dir: Path
) -> None:
    """Where the staging folder was, there is something in which nothing can be made."""
    staging = data_dir / ".staging"
    staging.rename(data_dir / "moved")
    staging.write_bytes(b"")
    deadline_s = time.monotonic() + DEADLINE_S / 2
    while fetch(worker, "/readyz")[0] == HTTPStatus.OK:  # a verdict is kept for a moment
        assert time.monotonic() < deadline_s
    done = verified("--url", worker.probes, queue=queue, data_dir=data_dir, code=1)

    assert [line.split(":")[0] for line in errors(done)] == [
        "[ERROR] readyz disk",
        "[ERROR] data folder",
    ]
    assert done.stdout.splitlines()[-1] == "FAIL - readyz disk, data folder"


def test_a_job_that_nobody_takes_is_cancelled_and_worth_another_try(
    queue: QueueSettings, data_dir: Path
) -> None:
    """A worker with a concurrency of 0 is well, and takes no work."""
    with a_worker(queue, data_dir, PREVIEW_MAX_CONCURRENCY="0") as idle:
        wait_until_ready(idle)
        options = ("--url", idle.probes, "--timeout", "10")
        done = verified(*options, queue=queue, data_dir=data_dir, code=75)

    (line,) = errors(done)
    assert "was not done within 10 s; it was prioritized, and is cancelled" in line


def test_a_dry_run_of_the_verification_does_nothing(queue: QueueSettings, data_dir: Path) -> None:
    """It says what it would do; there is neither a job nor a folder afterwards."""
    options = ("--url", "http://127.0.0.1:9", "--render", "--dry-run")
    done = verified(*options, queue=queue, data_dir=data_dir, code=0)

    lines = done.stdout.splitlines()
    assert len(lines) == 9
    assert all(line.startswith("[INFO] would ") for line in lines[1:])
    assert not data_dir.exists()


@pytest.mark.parametrize(
    "options", [("--wrong",), ("--url",), ("--url", "ftp://a"), ("--render", "--probes-only")]
)
def test_wrong_usage_is_told_with_its_own_status(
    options: tuple[str, ...], queue: QueueSettings, data_dir: Path
) -> None:
    """Whether the script or the command behind it sees it."""
    done = verified(*options, queue=queue, data_dir=data_dir, code=2)

    assert done.stdout == ""


def test_the_metrics_that_are_looked_for_are_documented() -> None:
    """The verification looks for nothing that is not promised."""
    documented = (ROOT / "docs" / "metrics.md").read_text()
    assert all(f"| `{name}` |" in documented for name in METRICS)
