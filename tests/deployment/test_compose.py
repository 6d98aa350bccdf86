"""The file for Docker Compose: of the right form, hardened, with the Redis that a worker wants."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from preview_worker.api import read_keys
from preview_worker.queue.embedded import find_server
from preview_worker.settings import find_strangers
from tests.architecture.tree import ROOT
from tests.workers import run_command

FILE = ROOT / "compose.yaml"
COMPOSE = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
UNREACHABLE = 69


def schema_check(path: Path) -> subprocess.CompletedProcess[str]:
    """Run the schema of the Compose specification over a file."""
    program = str(Path(sys.executable).with_name("check-jsonschema"))
    command = [program, "--builtin-schema", "vendor.compose-spec", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def set_by(variables: dict[str, str], password: str) -> dict[str, str]:
    """Return variables as Compose would set them where every secret is ``password``."""
    return {
        name: re.sub(r"\$\{[A-Z_]+:-[^}]*\}", password, value) for name, value in variables.items()
    }


def test_it_has_the_form_that_compose_reads() -> None:
    """Every key is known and has a value of its kind."""
    done = schema_check(FILE)

    assert done.returncode == 0, done.stdout


def test_an_unknown_key_is_found(tmp_path: Path) -> None:
    """The schema does refuse: a misspelled key of a service is named."""
    broken = tmp_path / "compose.yaml"
    text = FILE.read_text(encoding="utf-8").replace("stop_grace_period:", "stop_grace_time:")
    broken.write_text(text, encoding="utf-8")

    assert "stop_grace_time" in schema_check(broken).stdout


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_hardened(name: str) -> None:
    """Read-only root, no capability, no way to get one; reached from this machine alone."""
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_a_worker_is_given_longer_to_end_than_it_takes() -> None:
    """The engine kills later than the worker stops waiting, and it waits for a whole render."""
    worker = SERVICES["worker"]
    grace_s = int(worker["environment"]["PREVIEW_SHUTDOWN_GRACE_S"])

    assert int(worker["stop_grace_period"].removesuffix("s")) > grace_s >= 300


@pytest.mark.parametrize("name", ["worker", "page"])
def test_every_variable_means_something(name: str) -> None:
    """No setting is misspelled."""
    assert find_strangers(SERVICES[name]["environment"]) == []


def test_the_page_is_served_with_the_key_that_stands_in_the_file() -> None:
    """The key is one that the interface takes, and it may do everything."""
    (secret,) = re.findall(
        r"\$\{\w+:-([^}]*)\}", SERVICES["page"]["environment"]["PREVIEW_API_KEYS"]
    )
    keys = set_by(SERVICES["page"]["environment"], secret)["PREVIEW_API_KEYS"]

    holder = read_keys(keys).find(secret)
    assert holder is not None
    assert holder.role.name == "OPERATE"


def test_its_redis_has_all_that_the_worker_wants_and_nobody_else_gets_in(tmp_path: Path) -> None:
    """Run as the file says, with the shipped ACL, the worker's own doctor finds nothing amiss."""
    password = "a word of one's own"
    with _its_redis(tmp_path, password) as port:
        told = _told(port, password, tmp_path)
        found = _examined(told)
        stranger = run_command("doctor", env=told | {"REDIS_PASSWORD": "another"})

    assert found.returncode == 0, found.stdout
    assert stranger.returncode != 0


@contextmanager
def _its_redis(folder: Path, password: str) -> Iterator[int]:
    """Run the command of the service on a free port, with its paths put into ``folder``."""
    service = SERVICES["redis"]
    shell, options, script = service["command"]
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = int(found.getsockname()[1])
    paths = {
        "ACL": str(ROOT / "deploy" / "redis" / "preview-worker.acl"),
        "DATA": str(folder),
        "RULES": str(folder / "users.acl"),
        "PATH": f"{find_server().parent}{os.pathsep}{os.environ['PATH']}",
    }
    process = subprocess.Popen(
        [shell, options, f"{script.replace('$$', '$').rstrip()} --port {port} --bind 127.0.0.1"],
        env=set_by(service["environment"], password) | paths,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait()


def _told(port: int, password: str, folder: Path) -> dict[str, str]:
    """Return what the worker is told, but for where its Redis and its folder are."""
    surroundings = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    here = {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port), "DATA_DIR": str(folder)}
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return {**surroundings, **path, **set_by(SERVICES["worker"]["environment"], password), **here}


def _examined(told: dict[str, str]) -> subprocess.CompletedProcess[bytes]:
    """Ask the doctor until the server answers; it has just been started."""
    deadline_s = time.monotonic() + 60
    while True:
        done = run_command("doctor", env=told)
        if done.returncode != UNREACHABLE or time.monotonic() > deadline_s:
            return done
