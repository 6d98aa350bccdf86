"""A real worker with the settings of production's manifests, and secrets mounted as kubelets do."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

from tests.certificates import Authority
from tests.deployment.cluster_objects import KUBECTL, ROOT, built, kinds, settings_of
from tests.redis_programs import RedisProgram, running
from tests.redis_server import quick_settings
from tests.tls_door import TlsDoor
from tests.workers import WorkerUnderTest, a_worker, run_command

pytestmark = pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl to build production")
FIRST, SECOND = "the first password", "the second password"
_MOUNTED = "/run/secrets/"


class Volume:
    """A folder of files that change all at once, as a mounted Secret's do."""

    def __init__(self, folder: Path, content: Mapping[str, bytes]) -> None:
        """Mount ``content``."""
        self._folder = folder
        self._versions = 0
        folder.mkdir(parents=True)
        for name in content:
            (folder / name).symlink_to(Path("..data", name))
        self.update(content)

    def update(self, content: Mapping[str, bytes]) -> None:
        """Put new content behind the same names: what points to it is replaced by one rename."""
        self._versions += 1
        version = self._folder / f"..version_{self._versions}"
        version.mkdir()
        for name, text in content.items():
            (version / name).write_bytes(text)
        fresh, current = self._folder / "..data_tmp", self._folder / "..data"
        fresh.symlink_to(version.name)
        old = current.resolve() if current.exists() else None
        fresh.rename(current)
        if old is not None:
            shutil.rmtree(old)


@dataclass
class Cluster:
    """A Redis behind mutual TLS that knows our user alone, and the volumes of a pod."""

    folder: Path
    redis: RedisProgram
    door: TlsDoor
    context: ssl.SSLContext
    """What the door shows and trusts; connections that come later see changes."""
    portal: BlockingPortal
    secrets: Volume
    certificates: Volume

    def environment(self) -> dict[str, str]:
        """Return what production's workers are told, with this machine's paths and port."""
        objects = built("production")
        deployment = next(
            one
            for one in kinds(objects, "Deployment")
            if one["metadata"]["name"] == "preview-worker"
        )
        told = settings_of(objects, deployment)
        assert told["REDIS_URL"] == "rediss://redis:6379"
        mapped = {name: value.replace(_MOUNTED, f"{self.folder}/") for name, value in told.items()}
        here = {"DATA_DIR": str(self.folder / "data"), "HEALTH_PORT": "0"}
        return mapped | here | {"REDIS_URL": f"rediss://localhost:{self.door.port}"}

    def allow(self, password: str, *, instead_of: str = "") -> None:
        """Give our user, and nobody else, a way in by ``password``; and none by the other one."""
        line = (ROOT / "deploy" / "redis" / "preview-worker.acl").read_text(encoding="utf-8")
        digest = hashlib.sha256(password.encode()).hexdigest()
        words = line.replace("SHA256-OF-THE-PASSWORD", digest).split()[1:]
        self.portal.call(self.redis.call, "ACL", "SETUSER", *words)
        if instead_of:
            self.portal.call(self.redis.call, "ACL", "SETUSER", words[0], f"<{instead_of}")

    def finish_a_job(self, number: int) -> None:
        """Add a job as a producer with the same secrets does, and see it completed."""
        sample = ROOT / "examples" / "payloads" / "plan-only.json"
        payload = json.loads(sample.read_text(encoding="utf-8"))
        payload["jobId"] = f"job-{number}"
        path = self.folder / "payload.json"
        path.write_text(json.dumps(payload), encoding="utf-8")
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        python = {"PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))}
        done = run_command("enqueue", str(path), "--wait", env=kept | python | self.environment())
        assert done.returncode == 0, done.stderr.decode()


def files_of(authority: Authority, name: str) -> dict[str, bytes]:
    """Return a Secret as cert-manager writes it."""
    signed = authority.sign(name)
    return {
        "ca.crt": authority.file.read_bytes(),
        "tls.crt": signed.certificate.read_bytes(),
        "tls.key": signed.key.read_bytes(),
    }


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Who signs the first certificates."""
    return Authority(tmp_path / "first")


@pytest.fixture
def cluster(tmp_path: Path, authority: Authority) -> Iterator[Cluster]:
    """A cluster's surroundings; whoever comes without a certificate is turned away."""
    redis = RedisProgram(tmp_path / "redis")
    context = authority.server_context("localhost", mutual=True)
    secrets = Volume(
        tmp_path / "preview-worker",
        {"redis-password": FIRST.encode(), "audit-key": b"k" * 32},
    )
    certificates = Volume(tmp_path / "redis-tls", files_of(authority, "worker.example"))
    with running(redis), start_blocking_portal() as portal:
        door = TlsDoor(redis.port, context)
        with portal.wrap_async_context_manager(door):
            made = Cluster(tmp_path, redis, door, context, portal, secrets, certificates)
            made.allow(FIRST)
            yield made


@pytest.fixture
def worker(cluster: Cluster) -> Iterator[WorkerUnderTest]:
    """A worker as production has it."""
    told = cluster.environment()
    with a_worker(
        quick_settings(told["REDIS_URL"]), cluster.folder / "data", **told
    ) as running_one:
        yield running_one


def test_production_works_as_its_manifests_say(cluster: Cluster, worker: WorkerUnderTest) -> None:
    """By certificate, as the user with the fewest rights, it takes a job and completes it."""
    cluster.finish_a_job(1)
    worker.wait_for("job.settled", result="completed")
    told = [line["event"] for line in worker.lines]
    assert "stderr" not in told, worker.lines


def test_a_new_password_needs_no_restart(cluster: Cluster, worker: WorkerUnderTest) -> None:
    """The Secret changes, the old password ends, and the same process works on."""
    cluster.finish_a_job(1)
    cluster.allow(SECOND)
    cluster.secrets.update({"redis-password": SECOND.encode(), "audit-key": b"k" * 32})
    cluster.allow(SECOND, instead_of=FIRST)
    cluster.portal.call(cluster.door.hang_up)
    cluster.finish_a_job(2)
    assert worker.process.poll() is None


def test_new_certificates_need_no_restart(
    cluster: Cluster, worker: WorkerUnderTest, tmp_path: Path
) -> None:
    """Another authority signs for Redis and for us: the same process trusts it, and is trusted."""
    cluster.finish_a_job(1)
    other = Authority(tmp_path / "second")
    server = other.sign("localhost")
    cluster.context.load_cert_chain(server.certificate, server.key)
    cluster.context.load_verify_locations(other.file)
    cluster.certificates.update(files_of(other, "worker.example"))
    cluster.portal.call(cluster.door.hang_up)
    cluster.finish_a_job(2)
    assert worker.process.poll() is None
