"""Jobs that are larger than anybody means them to be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from preview_worker.queue.keys import QueueKeys
from preview_worker.queue.link import RedisLink
from tests.workers import a_worker

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]
MOST_KIB = 400 * 1024


async def test_a_job_of_a_hundred_megabytes_fails_and_harms_no_other(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """X2: the script that leases hands it over whole; the worker has room for it, and goes on."""
    keys = QueueKeys(queue_settings.prefix, queue_settings.queue_name)
    link = RedisLink(queue_settings, client_name="test")
    with a_worker(queue_settings, tmp_path) as worker:
        for job_id, data in (("fat", b'"' + b"x" * 100_000_000 + b'"'), ("thin", b"{}")):
            await link.call("HSET", keys.job(job_id), "name", "x", "data", data)
            await link.call("LPUSH", keys.wait, job_id)
            await link.call("ZADD", keys.marker, 0, "0")
        fat = worker.wait_for("job.settled", job_id="fat")
        assert fat["code"] == "invalid.payload.too_large"
        assert worker.wait_for("job.settled", job_id="thin")["code"] == "invalid.payload"
        assert peak_kib(worker.process.pid) < MOST_KIB
    await link.close()


def peak_kib(pid: int) -> int:
    """Return the most memory that a process ever held."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1])
