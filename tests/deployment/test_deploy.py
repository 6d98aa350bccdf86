"""Deploying and smoke-testing call kubectl as they say, stop where it fails, and pass that on."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from tests.redis_server import queue_settings, redis_server
from tests.workers import a_worker, wait_until_ready

__all__ = ["queue_settings", "redis_server"]

ROOT = Path(__file__).parents[2]
CLUSTER = ROOT / "k8s" / "preview-worker"
DEADLINE_S = 170

KUBECTL = """#!/bin/bash
# Notes how it was called, and fails where the test asks for it.
printf '%s\\n' "$*" >>"$CALLS"
for word in "$@"; do
    [ -f "$word/kustomization.yaml" ] && cat "$word/kustomization.yaml" >>"$BUILT"
done
if [[ " $* " == *" port-forward "* ]] && [ -n "${PORT:-}" ]; then
    echo "Forwarding from 127.0.0.1:$PORT -> 3000"
    exec sleep 1000
fi
[[ -z "${FAILS:-}" || " $* " != *" $FAILS "* ]] || exit 42
"""


@dataclass(frozen=True)
class Cluster:
    """A ``kubectl`` on the PATH that only takes notes."""

    folder: Path

    def run(self, script: str, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a script against it."""
        notes = {"CALLS": str(self.folder / "calls"), "BUILT": str(self.folder / "built")}
        path = f"{self.folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            [ROOT / "scripts" / script, *options],
            env={**os.environ, "PATH": path, **notes, **more},
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )

    @property
    def calls(self) -> list[str]:
        """How it was called, one line each."""
        noted = self.folder / "calls"
        return noted.read_text().splitlines() if noted.exists() else []

    @property
    def built(self) -> str:
        """Every kustomization that it was given."""
        return (self.folder / "built").read_text()


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    """A cluster that believes everything."""
    program = tmp_path / "kubectl"
    program.write_text(KUBECTL)
    program.chmod(0o755)
    return Cluster(tmp_path)


def verbs(calls: list[str]) -> list[str]:
    """Return what kubectl was to do, in order."""
    known = ("kustomize", "get secret", "apply", "rollout status", "exec", "port-forward")
    return [next(verb for verb in known if f" {verb} " in f" {call} ") for call in calls]


def test_a_deployment_is_built_applied_awaited_and_verified(cluster: Cluster) -> None:
    """In this order, in the overlay's namespace, and nothing is left in the repository."""
    done = cluster.run("deploy-preview-worker.sh", "--overlay", "staging")

    assert done.returncode == 0, done.stderr
    expected = ["kustomize", "get secret", "apply", "rollout status", "rollout status", "exec"]
    assert verbs(cluster.calls) == expected
    assert all("--namespace preview-worker-staging" in call for call in cluster.calls[3:])
    assert cluster.calls[-1].endswith("-- preview-worker verify --timeout 420")
    assert done.stdout.splitlines()[-1] == "OK - staging is deployed to preview-worker-staging"
    assert list(CLUSTER.glob(".deploy*")) == []


def test_namespace_and_tag_go_over_the_overlays(cluster: Cluster) -> None:
    """And over nothing that is committed."""
    options = ("--overlay", "dev", "--namespace", "trial", "--image-tag", "1.2.3")
    done = cluster.run("deploy-preview-worker.sh", *options)

    assert done.returncode == 0, done.stderr
    assert "namespace: trial" in cluster.built
    assert 'newTag: "1.2.3"' in cluster.built


def test_a_dry_run_builds_and_changes_nothing(cluster: Cluster) -> None:
    """What would be run is told."""
    done = cluster.run("deploy-preview-worker.sh", "--dry-run")

    assert done.returncode == 0, done.stderr
    assert verbs(cluster.calls) == ["kustomize"]
    assert done.stdout.count("[INFO] would run kubectl") == 4


def test_without_its_secret_nothing_is_applied(cluster: Cluster) -> None:
    """Unless nobody is to look for it."""
    done = cluster.run("deploy-preview-worker.sh", FAILS="secret")
    assert done.returncode == 1
    assert verbs(cluster.calls) == ["kustomize", "get secret"]

    done = cluster.run("deploy-preview-worker.sh", "--skip-secrets", FAILS="secret")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("step", ["kustomize", "apply", "status", "exec"])
def test_what_fails_ends_the_deployment_with_its_status(cluster: Cluster, step: str) -> None:
    """Nothing more is done, and the way back is told."""
    done = cluster.run("deploy-preview-worker.sh", FAILS=step)

    assert done.returncode == 42
    assert f" {step} " in f" {cluster.calls[-1]} "
    assert "[ERROR] kubectl" in done.stderr
    assert "rollout undo deployment/preview-worker" in done.stderr
    assert list(CLUSTER.glob(".deploy*")) == []


@pytest.mark.parametrize(
    "options",
    [
        ("--overlay", "moon"),
        ("--namespace", "a b"),
        ("--image-tag", '1"2'),
        ("--timeout", "soon"),
        ("--overlay",),
    ],
)
def test_wrong_usage_never_reaches_the_cluster(cluster: Cluster, options: tuple[str, ...]) -> None:
    """Least of all as part of a file that kubectl reads."""
    done = cluster.run("deploy-preview-worker.sh", *options)

    assert (done.returncode, cluster.calls) == (2, [])


def test_a_smoke_test_looks_through_a_forwarded_port_and_closes_it(
    cluster: Cluster, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """A real worker stands where the service would lead."""
    with a_worker(queue_settings, tmp_path / "data") as worker:
        wait_until_ready(worker)
        port = worker.probes.rsplit(":", 1)[1]
        done = cluster.run("smoke-test.sh", "--render", PORT=port)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "[SUCCESS] readyz:" in done.stdout
    assert verbs(cluster.calls) == ["port-forward", "exec"]
    assert cluster.calls[0] == "--namespace preview-worker port-forward service/preview-worker :80"


def test_a_smoke_test_without_a_way_in_says_so(cluster: Cluster) -> None:
    """And renders nothing."""
    done = cluster.run("smoke-test.sh", "--render", FAILS="port-forward")

    assert done.returncode == 69
    assert "nothing is forwarded to service/preview-worker" in done.stderr
    assert verbs(cluster.calls) == ["port-forward"]


def test_a_dry_smoke_test_calls_nobody(cluster: Cluster) -> None:
    """What would be run is told."""
    done = cluster.run("smoke-test.sh", "--render", "--dry-run")

    assert (done.returncode, cluster.calls) == (0, [])
    assert done.stdout.count("[INFO] would ") == 3
