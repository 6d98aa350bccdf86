"""A real object storage for tests: Ceph's S3 gateway over one monitor and one disk in memory.

``tools/ceph`` unpacks Debian's programs into a folder, which CEPH_FOR_TESTS names. Nothing of
it is installed, and no other program knows of it.
"""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import obstore
import pytest
from obstore.store import S3Store

from preview_worker.artifacts.objects.settings import BucketSettings
from tests.redis_programs import HOST, free_port

FOLDER = os.environ.get("CEPH_FOR_TESTS", "")
BUCKET = "mobius-previews"
_KEY, _SECRET = "previews", "not-a-secret-at-all"
_PATIENCE_S = 180.0
_CONFIGURATION = """\
[global]
fsid = {cluster}
mon host = v2:{host}:{monitor}
keyring = {run}/keyring
run dir = {run}
admin socket =
log file = {run}/$name.log
mon cluster log file = {run}/cluster.log
erasure code dir = {libraries}/ceph/erasure-code
plugin dir = {libraries}/ceph
osd class dir = {libraries}/rados-classes
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
mon allow pool size one = true
mon data avail crit = 0
osd crush chooseleaf type = 0
osd objectstore = memstore
memstore device bytes = 1073741824
paxos propose interval = 0.02
paxos min wait = 0.01
mon data = {run}/mon
osd data = {run}/osd
public network = 127.0.0.0/8
ms bind ipv6 = false
rgw frontends = beast endpoint={host}:{gateway}
rgw crypt require ssl = false
"""
_ALLOWED = {
    "mon.": ("mon", "allow *"),
    "client.rgw": ("mon", "allow *", "osd", "allow *"),
    "osd.0": ("mon", "allow profile osd", "osd", "allow *"),
}


@dataclass(frozen=True)
class Storage:
    """An S3 service with a bucket."""

    port: int

    def settings(self) -> BucketSettings:
        """Return settings for a place of its own in the bucket."""
        return BucketSettings(
            url=f"s3://{BUCKET}/{uuid.uuid4().hex}",
            endpoint=f"http://{HOST}:{self.port}",
            allow_http=True,
            access_key_id=_KEY,
            secret_access_key=_SECRET,
            timeout_s=60,
        )


@pytest.fixture(scope="session")
def object_storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """Ceph's gateway, for all tests of this run; they are skipped where there is none."""
    if not FOLDER:
        pytest.skip("CEPH_FOR_TESTS names no folder; tools/ceph makes one")
    with running(Path(FOLDER), tmp_path_factory.mktemp("ceph"), set()) as storage:
        yield storage


@contextmanager
def running(root: Path, run: Path, pids: set[int]) -> Iterator[Storage]:
    """Run the programs below ``root`` in the folder ``run``; their process ids join ``pids``."""
    libraries = next(root.glob("usr/lib/*-linux-gnu"))
    places = (libraries, libraries / "ceph", root / "usr/lib", root / "lib" / libraries.name)
    gateway = free_port()
    configuration = _CONFIGURATION.format(
        cluster=uuid.uuid4(),
        host=HOST,
        monitor=free_port(),
        gateway=gateway,
        run=run,
        libraries=libraries,
    )
    (run / "ceph.conf").write_text(configuration)
    environment = {
        "PATH": f"{root / 'usr/bin'}:{os.environ['PATH']}",
        "LD_LIBRARY_PATH": ":".join(map(str, places)),
        "CEPH_CONF": str(run / "ceph.conf"),
    }
    cluster = _Cluster(run, environment)
    with ExitStack() as stack:
        cluster.prepare()
        for command in (
            ("ceph-mon", "-i", "a", "-f"),
            ("ceph-osd", "-i", "0", "-f"),
            ("radosgw", "-n", "client.rgw", "-f"),
        ):
            process = cluster.start(*command)
            pids.add(process.pid)
            stack.callback(_end, process)
        cluster.wait_for(f"http://{HOST}:{gateway}/")
        names = (f"--uid={_KEY}", f"--display-name={_KEY}")
        keys = (f"--access-key={_KEY}", f"--secret={_SECRET}")
        cluster.run("radosgw-admin", "-n", "client.rgw", "user", "create", *names, *keys)
        storage = Storage(gateway)
        _make_bucket(storage)
        yield storage


class _Cluster:
    """The programs of one small Ceph, and the folder that they run in."""

    def __init__(self, run: Path, environment: dict[str, str]) -> None:
        self._run = run
        self._environment = environment

    def prepare(self) -> None:
        """Write what the monitor and the disk begin with."""
        text = (self._run / "ceph.conf").read_text()
        known = dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)
        address = known["mon host"]
        monitor = ("--fsid", known["fsid"], "--addv", "a", f"[{address}]")
        self.run("monmaptool", "--create", *monitor, "monmap")
        self.run("osdmaptool", "--createsimple", "1", "osdmap")
        for folder in ("mon", "osd"):
            (self._run / folder).mkdir()
        for name, allowed in _ALLOWED.items():
            made = [] if (self._run / "keyring").exists() else ["--create-keyring"]
            pairs = zip(allowed[::2], allowed[1::2], strict=True)
            caps = [word for service, right in pairs for word in ("--cap", service, right)]
            self.run("ceph-authtool", *made, "keyring", "--gen-key", "-n", name, *caps)
        begin = ("--monmap", "monmap", "--osdmap", "osdmap", "--keyring", "keyring")
        self.run("ceph-mon", "--mkfs", "-i", "a", *begin)

    def run(self, *command: str) -> None:
        """Run a program to its end; fail with what it said when it fails."""
        done = subprocess.run(
            command,
            cwd=self._run,
            env=self._environment,
            capture_output=True,
            check=False,
            timeout=_PATIENCE_S,
        )
        assert done.returncode == 0, f"{command[0]}: {done.stderr.decode()[-2000:]}"

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Start a program that goes on; the disk is laid out first."""
        if command[0] == "ceph-osd":
            self.run(*command[:3], "--mkfs", "--osd-uuid", str(uuid.uuid4()))
        quiet = subprocess.DEVNULL
        return subprocess.Popen(
            command, cwd=self._run, env=self._environment, stdin=quiet, stdout=quiet, stderr=quiet
        )

    def wait_for(self, address: str) -> None:
        """Return when somebody answers at an address."""
        deadline_s = time.monotonic() + _PATIENCE_S
        while True:
            try:
                httpx.get(address, timeout=5)
            except httpx.TransportError:
                assert time.monotonic() < deadline_s, "Ceph's gateway does not answer"
                time.sleep(0.1)
            else:
                return


def _make_bucket(storage: Storage) -> None:
    settings = storage.settings()
    bucket = S3Store(
        settings.bucket,
        endpoint=settings.endpoint,
        region=settings.region,
        access_key_id=_KEY,
        secret_access_key=_SECRET,
        client_options={"allow_http": True},
    )
    address = obstore.sign(bucket, "PUT", "", timedelta(minutes=1))
    answer = httpx.put(address, timeout=_PATIENCE_S)
    assert answer.is_success, answer.text


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
