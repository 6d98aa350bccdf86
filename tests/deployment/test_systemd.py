"""The units are sound, their walls are high, and the worker renders behind them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from preview_worker.settings import Settings, load_settings
from tests.deployment.unit_walls import allowed_calls, directives
from tests.redis_server import queue_settings, redis_server
from tests.workers import a_worker, environment, run_command, wait_until_ready

__all__ = ["queue_settings", "redis_server"]

FOLDER = Path(__file__).parents[2] / "systemd"
UNITS = sorted(FOLDER.glob("*.service"))
WALLS = Path(__file__).parent / "unit_walls.py"
WORST_EXPOSURE = 2.0
LEAST_SPARE_S = 15
"""What handing back may take after the grace."""

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze (Debian: systemd)"
)


def analyzed(*words: str) -> subprocess.CompletedProcess[str]:
    """Run ``systemd-analyze``."""
    program = shutil.which("systemd-analyze")
    assert program is not None
    command = [program, "--no-pager", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def exposure(unit: Path) -> float:
    """Return how exposed a unit is, from 0 to 10."""
    done = analyzed("security", "--offline=true", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    return float(found[1])


def environment_of(unit: Path) -> dict[str, str]:
    """Return the variables that a unit sets."""
    words = [word for name, value in directives(unit) if name == "Environment" for word in [value]]
    return dict(pair.split("=", 1) for word in words for pair in word.split())


def test_there_is_a_unit_for_the_worker_and_one_for_the_interface() -> None:
    """And no other, so that the tests below speak of what is there."""
    assert [unit.name for unit in UNITS] == ["preview-worker-api.service", "preview-worker.service"]


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_every_line(unit: Path, tmp_path: Path) -> None:
    """The program is not installed here, so another stands in its place."""
    text = unit.read_text().replace("/opt/mobius/venv/bin/preview-worker", sys.executable)
    (tmp_path / unit.name).write_text(text)
    done = analyzed("verify", "--man=no", str(tmp_path / unit.name))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_hardly_exposed(unit: Path, tmp_path: Path) -> None:
    """And one whose capabilities are not bounded would be seen."""
    assert exposure(unit) <= WORST_EXPOSURE

    open_unit = tmp_path / unit.name
    open_unit.write_text(unit.read_text().replace("CapabilityBoundingSet=\n", ""))
    assert exposure(open_unit) > WORST_EXPOSURE


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_waits_longer_than_the_grace(unit: Path) -> None:
    """A worker that is killed hands nothing back."""
    told = environment_of(unit)
    grace_s = float(told.get("PREVIEW_SHUTDOWN_GRACE_S", 0))
    assert float(dict(directives(unit))["TimeoutStopSec"]) >= grace_s + LEAST_SPARE_S


def test_the_grace_is_as_long_as_a_render_may_take() -> None:
    """So a restart of the service costs no render."""
    told = environment_of(FOLDER / "preview-worker.service")
    assert float(told["PREVIEW_SHUTDOWN_GRACE_S"]) >= load_settings().preview_render_timeout_s


def test_units_and_example_name_only_real_settings() -> None:
    """Also those that are commented out; a secret may come from a file."""
    example = (FOLDER / "preview-worker.env.example").read_text()
    names = set(re.findall(r"^#?([A-Z][A-Z_]+)=", example, flags=re.MULTILINE))
    assert {"REDIS_URL", "REDIS_PASSWORD_FILE"} <= names
    for unit in UNITS:
        names |= environment_of(unit).keys()
    known = {name.upper() for name in Settings.model_fields}
    assert {name for name in names if not {name, name.removesuffix("_FILE")} & known} == set()


@needs_systemd
@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_the_worker_renders_behind_the_filters_of_its_unit(
    queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """With every wall of its own around the render, as in the service that systemd would start."""
    unit = FOLDER / "preview-worker.service"
    program = (str(WALLS), str(unit), sys.executable, "-m", "preview_worker", "work")
    with a_worker(queue_settings, tmp_path, program) as worker:
        assert worker.wait_for("walls.inspected")["mode"] == "full"
        wait_until_ready(worker)
        env = environment(queue_settings, tmp_path)
        done = run_command("verify", "--url", worker.probes, "--render", env=env)
        assert done.returncode == 0, done.stdout.decode()


@needs_systemd
def test_the_filter_lets_through_what_walls_need_and_no_more() -> None:
    """What a render gives up its rights with is there; what would give it some is not."""
    allowed = allowed_calls(FOLDER / "preview-worker.service")
    assert {"landlock_restrict_self", "seccomp", "capset", "prctl"} <= allowed
    assert not allowed & {"mount", "bpf", "init_module", "chroot", "ptrace", "keyctl", "setuid"}
