"""The image, built and run: it holds what it needs, writes where it may, works, and ends."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest

from preview_worker.queue import QueueSettings
from tests.architecture.tree import ROOT
from tests.deployment.image_build import Image, a_built_image, hindrance
from tests.workers import WorkerUnderTest, descendants, environment, wait_until_ready

REASON = hindrance()
PAYLOAD = "chapters.json"
IN_EVERY_DEBIAN = {"libdl", "libgcc_s", "libmvec", "libpthread", "librt", "libstdc++"}
"""Of the packages libc6, libgcc-s1 and libstdc++6: apt itself needs them."""

pytestmark = [
    pytest.mark.skipif(REASON is not None, reason=f"the image cannot be built here: {REASON}"),
    pytest.mark.slow,
    pytest.mark.timeout(1800),  # fetches and installs a Debian and a Python environment
]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Give the image that the Dockerfile makes."""
    with a_built_image(tmp_path_factory.mktemp("image")) as built:
        yield built


@pytest.fixture
def data(tmp_path: Path, image: Image) -> Path:
    """Give a folder that the image's user may write to."""
    folder = tmp_path / "data"
    folder.mkdir()
    user, group = map(int, image.config["User"].split(":"))
    os.chown(folder, user, group)
    return folder


def test_it_says_how_it_is_to_be_run(image: Image) -> None:
    """User, port, volume, init, probe and origin are told to whoever runs it."""
    config = image.config

    assert config["User"] == "1000:1000"
    assert list(config["ExposedPorts"]) == ["3000/tcp"]
    assert list(config["Volumes"]) == ["/data"]
    assert config["Entrypoint"] + config["Cmd"] == ["/usr/bin/tini", "--", "preview-worker", "work"]
    assert config["Healthcheck"]["Test"][0] == "CMD"
    assert config["Labels"]["org.opencontainers.image.licenses"] == "MIT"


def test_its_user_can_write_to_its_data_and_to_tmp_alone(image: Image, data: Path) -> None:
    """Everything else refuses, the package and the home of its user included."""
    places = "/ /opt/preview-worker /usr/local/lib /etc /data /tmp"
    attempt = f'for at in {places}; do touch "$at/x" 2>/dev/null && echo "$at"; done'

    assert image.run(data, "sh", "-c", attempt).stdout == "/data\n/tmp\n"


def test_the_media_libraries_load_exactly_what_was_taken_from_debian(
    image: Image, data: Path
) -> None:
    """Nothing that was taken is spare; for the rest, what every Debian has is enough."""
    before, after = (_loaded(image, data, modules) for modules in ("sys", "av, skia"))
    taken = {
        file for file in (image.root / "usr/local/lib").glob("*.so.*") if not file.is_symlink()
    }
    elsewhere = {name for place, name in after - before if re.fullmatch("/usr/lib/[^/]+", place)}

    assert {name for place, name in after if place == "/usr/local/lib"} == {
        file.name for file in taken
    }
    assert {name.partition(".so")[0] for name in elsewhere} <= IN_EVERY_DEBIAN


def test_scanners_and_lawyers_find_what_was_taken(image: Image) -> None:
    """Each package has its record, and beside it the terms under which it may be passed on."""
    records = sorted((image.root / "var/lib/dpkg/status.d").iterdir())

    assert records
    for record in records:
        assert f"Package: {record.name}\n" in record.read_text(encoding="utf-8")
        assert (image.root / "usr/share/doc" / record.name / "copyright").exists()


def test_traces_can_be_sent_from_it(image: Image, data: Path) -> None:
    """The extra for OpenTelemetry is installed."""
    module = "opentelemetry.exporter.otlp.proto.http.trace_exporter"

    assert image.run(data, "python", "-c", f"import {module}").returncode == 0


def test_the_package_in_it_is_the_one_that_is_released(image: Image, tmp_path: Path) -> None:
    """Every file of the wheel that is built here is in it, by the sums that the wheel records."""
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", str(tmp_path)], cwd=ROOT, check=True)
    (path,) = tmp_path.glob("*.whl")
    wheel = ZipFile(path)
    (record,) = (name for name in wheel.namelist() if name.endswith("/RECORD"))
    (installed,) = image.root.glob(f"opt/preview-worker/lib/python3.*/site-packages/{record}")

    built = {line for line in wheel.read(record).decode().splitlines() if "sha256=" in line}
    assert built
    assert built <= set(installed.read_text(encoding="utf-8").splitlines())


def test_it_renders_without_a_network(image: Image, data: Path) -> None:
    """A payload becomes a whole preview, with no way out and nothing but /data to write to."""
    done = image.run(
        data, *image.config["Entrypoint"], "render", f"/payloads/{PAYLOAD}", "--out", "/data/out"
    )

    assert done.returncode == 0, done.stderr
    assert (data / "out" / "preview.mp4").stat().st_size > 0
    assert (data / "out" / "preview-manifest.json").exists()


def test_a_worker_in_it_is_found_healthy_and_ends_on_a_signal(
    image: Image, data: Path, queue_settings: QueueSettings
) -> None:
    """A worker in it renders a job; its own probe finds it, and SIGTERM to its init ends it."""
    told = environment(queue_settings, data)
    inside = {name: told[name] for name in ("REDIS_URL", "PREVIEW_QUEUE_NAME")}
    with _a_worker(image, data, inside) as worker:
        worker.wait_for("worker.started")
        wait_until_ready(worker)
        port = worker.probes.rpartition(":")[2]
        job = ROOT / "examples" / "payloads" / PAYLOAD
        enqueue = [sys.executable, "-m", "preview_worker", "enqueue", "--wait", str(job)]
        subprocess.run(enqueue, env=told, check=True, capture_output=True)
        healthy = _health(image, data, port)
        (init,) = (pid for pid in descendants(worker.process.pid) if _name(pid) == "tini")
        os.kill(init, signal.SIGTERM)
        status = worker.process.wait(120)

    assert list(data.glob("previews/*/*/preview.mp4"))
    assert (status, healthy) == (0, 0)
    assert _health(image, data, port) != 0


@contextmanager
def _a_worker(image: Image, data: Path, settings: dict[str, str]) -> Iterator[WorkerUnderTest]:
    """Run the image as it is run when nothing is asked of it, on the network of this machine."""
    command = image.command(data, *image.config["Cmd"], network=True)
    told = {**image.environment, **settings, "HEALTH_PORT": "0"}
    process = subprocess.Popen(command, env=told, stderr=subprocess.PIPE, text=True)
    worker = WorkerUnderTest(process)
    worker.listen()
    try:
        yield worker
    finally:
        process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


def _health(image: Image, data: Path, port: str) -> int:
    """Run the image's own health check beside a worker on this port, and return its status."""
    command = image.bare_command(data, *image.config["Healthcheck"]["Test"][1:], network=True)
    settings = {**image.environment, "HEALTH_PORT": port}
    return subprocess.run(command, env=settings, check=False, capture_output=True).returncode


def _loaded(image: Image, data: Path, modules: str) -> set[tuple[str, str]]:
    """Return folder and name of every file that a Python in the image maps to import these."""
    program = f"import {modules}; print(open('/proc/self/maps').read())"
    done = image.run(data, "python", "-c", program)
    assert done.returncode == 0, done.stderr
    files = {Path(word) for word in done.stdout.split() if word.startswith("/")}
    return {(str(file.parent), file.name) for file in files}


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
