"""A real worker renders a real job under the conditions that the hardened manifests ask for."""

from __future__ import annotations

import errno
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from benchmarks.footprint import Watch
from benchmarks.payloads import Json, as_job, text_request
from preview_worker.bootstrap import sample_asset_root
from preview_worker.queue import QueueSettings
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.queue.permissions import acl_rule
from tests.certificates import Authority
from tests.deployment.cell import ROOT, USER, Cell, a_cell, hindrance
from tests.deployment.memory_group import MemoryGroup, a_memory_group
from tests.redis_programs import RedisProgram, running
from tests.redis_server import quick_settings
from tests.tls_door import TlsDoor
from tests.workers import WorkerUnderTest, a_worker, environment, fetch, wait_until_ready

REASON = hindrance()
pytestmark = [
    pytest.mark.skipif(REASON is not None, reason=f"no cell can be built: {REASON}"),
    pytest.mark.slow,
]
USERNAME, PASSWORD = "previews", "of-one-test"
LIMIT_MIB = 512
JOB = "sample-tutorial"
SAMPLE = ROOT / "examples" / "payloads" / "sample-tutorial.json"


@dataclass(frozen=True, slots=True)
class Site:
    """A cell whose only way out leads to a Redis that wants a certificate and a password."""

    cell: Cell
    redis: RedisProgram
    settings: QueueSettings
    group: MemoryGroup | None
    portal: BlockingPortal

    def allow(self, *, but: str = "") -> None:
        """Allow the user what the shipped rule allows, except for one command."""
        connection = ConnectionSettings(username=USERNAME)
        named = replace(self.settings, connection=connection)
        _, user, *rules = acl_rule(named, f">{PASSWORD}").split()
        given = [rule for rule in rules if rule != but]
        self.portal.call(self.redis.call, "ACL", "SETUSER", user, "reset", *given)

    def variables(self, **more: str) -> dict[str, str]:
        """Return the environment of whatever runs inside."""
        told = {
            "HOME": "/",
            "PREVIEW_REDIS_USERNAME": USERNAME,
            "PREVIEW_REDIS_CA_FILE": "/mnt/secrets/ca.pem",
            "PREVIEW_REDIS_CERT_FILE": "/mnt/secrets/worker-example.pem",
            "PREVIEW_REDIS_KEY_FILE": "/mnt/secrets/worker-example.key",
            "REDIS_PASSWORD_FILE": "/mnt/secrets/password",
            "PREVIEW_WORKER_CONCURRENCY": "1",
            "PREVIEW_ASSET_ROOTS": str(sample_asset_root()),
        }
        return {**told, **more}

    @contextmanager
    def worker(self, awaited: str = "worker.started", **more: str) -> Iterator[WorkerUnderTest]:
        """Run a worker inside; ``more`` are variables that differ."""
        entrance = [*(self.group.entrance if self.group else []), *self.cell.entrance]
        variables = self.variables(**more)
        folder = Path(variables.pop("DATA_DIR", "/mnt/data"))
        with a_worker(
            self.settings, folder, awaited=awaited, before=entrance, **variables
        ) as worker:
            yield worker

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a ``preview-worker`` command inside to its end."""
        env = environment(self.settings, Path("/mnt/data"), **self.variables())
        return self.cell.run(sys.executable, "-m", "preview_worker", *arguments, **env)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A cell with a door to Redis, and a memory limit where the machine lets us set one."""
    folder = tmp_path_factory.mktemp("hardened")
    redis = RedisProgram(folder / "redis")
    admin = quick_settings(redis.url)
    with (
        running(redis),
        a_cell(folder / "cell") as cell,
        a_memory_group(LIMIT_MIB * 1024**2) as group,
        start_blocking_portal() as portal,
    ):
        authority = Authority(cell.secrets)
        authority.sign("worker.example")
        (cell.secrets / "password").write_text(f"{PASSWORD}\n", encoding="ascii")
        context = authority.server_context("localhost", mutual=True)
        door = TlsDoor(redis.port, context, cell.door_way())
        with portal.wrap_async_context_manager(door):
            settings = replace(admin, redis_url=f"rediss://localhost:{door.port}")
            made = Site(cell, redis, settings, group, portal)
            made.allow()
            yield made


@pytest.fixture(scope="module")
def worker(site: Site) -> Iterator[WorkerUnderTest]:
    """A worker that works under all conditions at once."""
    with site.worker() as worker:
        yield worker


def test_a_preview_is_rendered(site: Site, worker: WorkerUnderTest) -> None:
    """A producer in the same cell adds the sample and sees it completed, within the memory."""
    with Watch(worker.process.pid) as watch:
        added = site.command("enqueue", str(SAMPLE))
        assert added.returncode == 0, added.stderr
        watched = site.command("watch", JOB)
    assert watched.returncode == 0, f"{watched.stdout} {worker.lines}"
    assert list(site.cell.data.glob(f"previews/*/{JOB}/preview-manifest.json"))
    assert 0 < watch.peak_mib <= LIMIT_MIB


def test_the_kernel_ends_nothing_for_want_of_memory(site: Site, worker: WorkerUnderTest) -> None:
    """Half a gibibyte is enough for a tutorial in 1080p, the pages of its files included."""
    if site.group is None:
        pytest.skip("no memory limit: this machine lets nobody make a control group")
    render(site, worker, as_job(text_request(), "within-the-limit"))
    assert 0 < site.group.peak_mib <= LIMIT_MIB
    assert site.group.kills == 0


def test_every_wall_goes_up(worker: WorkerUnderTest) -> None:
    """The sandbox needs no right that the conditions take away."""
    assert worker.wait_for("walls.inspected")["mode"] == "full"


def test_the_worker_holds_no_right(worker: WorkerUnderTest) -> None:
    """It is user 1000 with no capability in any set, and none can be gained."""
    text = Path(f"/proc/{worker.process.pid}/status").read_text(encoding="utf-8")
    lines = (line.partition(":") for line in text.splitlines())
    status = {name: value.split() for name, _, value in lines}
    assert status["Uid"] == status["Gid"] == [str(USER)] * 4
    capabilities = {name: value for name, value in status.items() if name.startswith("Cap")}
    assert len(capabilities) >= 5
    assert {int(value[0], 16) for value in capabilities.values()} == {0}
    assert status["NoNewPrivs"] == ["1"]


@pytest.mark.parametrize("folder", ["/", "/etc", "/var", "/run", "/dev", str(ROOT)])
def test_nothing_else_can_be_written(site: Site, folder: str) -> None:
    """The folders in which programs like to leave something are read-only."""
    refused = site.cell.run("touch", f"{folder}/trace-of-a-test")
    assert "Read-only file system" in refused.stderr


def test_nobody_but_redis_can_be_reached(site: Site, worker: WorkerUnderTest) -> None:
    """There is no way to another host, nor to a server that listens on this one."""
    assert worker.process.poll() is None
    outside = ("192.0.2.1", 443)
    assert site.cell.on_its_network(lambda: dialled(outside)) == errno.ENETUNREACH
    redis = ("127.0.0.1", site.redis.port)
    assert dialled(redis) == 0
    assert site.cell.on_its_network(lambda: dialled(redis)) == errno.ECONNREFUSED


def test_the_worker_is_ready_and_measured(site: Site, worker: WorkerUnderTest) -> None:
    """Its probes answer inside, where a kubelet would ask them."""
    worker.wait_for("walls.inspected")
    assert site.cell.on_its_network(lambda: fetch(worker, "/livez"))[0] == HTTPStatus.OK
    site.cell.on_its_network(lambda: wait_until_ready(worker))
    assert (
        "preview_worker_build_info"
        in site.cell.on_its_network(lambda: fetch(worker, "/metrics"))[1]
    )


def test_a_missing_certificate_is_named(site: Site) -> None:
    """One line says which file is not there; the worker goes on trying, for it may come yet."""
    with site.worker(
        "queue.unreachable", PREVIEW_REDIS_CERT_FILE="/mnt/secrets/absent.pem"
    ) as worker:
        told = worker.wait_for("queue.unreachable")
    assert "/mnt/secrets/absent.pem" in str(told)


def test_a_certificate_that_nobody_told_of_is_asked_for(site: Site) -> None:
    """Redis wants to know who we are: the line names the setting that says so."""
    with site.worker(
        "queue.unreachable", PREVIEW_REDIS_CERT_FILE="", PREVIEW_REDIS_KEY_FILE=""
    ) as worker:
        told = worker.wait_for("queue.unreachable")
    assert "PREVIEW_REDIS_CERT_FILE" in str(told)


def test_a_data_folder_that_is_not_mounted_is_named(site: Site) -> None:
    """With DATA_DIR on the read-only root no job is taken, and the line says why."""
    with site.worker("intake.stopped", DATA_DIR="/srv/previews") as worker:
        told = str(worker.wait_for("intake.stopped"))
    assert "Read-only file system. Make DATA_DIR writable" in told


def test_a_permission_that_is_missing_is_named(site: Site) -> None:
    """Redis lets the user in, but not do all that is needed: the line says what is wanting."""
    site.allow(but="+zadd")
    try:
        with site.worker("queue.unreachable") as worker:
            assert "commands: zadd " in str(worker.wait_for("queue.unreachable"))
            site.allow()
            worker.wait_for("queue.connected")
            assert worker.stop() == 0
    finally:
        site.allow()


def render(site: Site, worker: WorkerUnderTest, payload: Json) -> None:
    """Have a payload rendered."""
    job_id = payload["jobId"]
    file = site.cell.data / f"{job_id}.json"
    file.write_text(json.dumps(payload), encoding="utf-8")
    assert site.command("enqueue", f"/mnt/data/{job_id}.json").returncode == 0
    watched = site.command("watch", job_id)
    assert watched.returncode == 0, f"{watched.stdout} {worker.lines}"


def dialled(address: tuple[str, int]) -> int:
    """Try to connect; return the number of the error, 0 for none."""
    with socket.socket() as line:
        line.settimeout(10)
        return line.connect_ex(address)
