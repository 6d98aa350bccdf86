"""What docs/operations.md says can be typed as it stands, and speaks of what there is."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from monitoring import promql
from monitoring.words import ROOT, vocabulary
from preview_worker import __version__
from preview_worker.queue import QueueSettings
from preview_worker.settings import Settings
from tests.deployment.cluster_objects import FOLDER, KUBECTL, read
from tests.prompt import Prompt
from tests.workers import WorkerUnderTest, a_worker, environment

DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```", DOCUMENT, flags=re.DOTALL | re.MULTILINE)
QUERIES = re.findall(r"^```promql\n(.*?)^```", DOCUMENT, flags=re.DOTALL | re.MULTILINE)
LINES = [line for block in BLOCKS for line in block.splitlines()]
OURS = [line for line in LINES if re.match(r"(PREVIEW_\w+=\S+ )?preview-worker ", line)]
CLUSTER = sorted({line for line in LINES if line.startswith("kubectl ")})
HOST = [line for line in LINES if line not in {*OURS, *CLUSTER}]
ALERTS = yaml.safe_load((ROOT / "deploy" / "monitoring" / "alerts.yml").read_text("utf-8"))
HEADINGS = re.findall(r"^#+ (.+)$", DOCUMENT, flags=re.MULTILINE)
NOWHERE = "http://127.0.0.1:9"
"""A port that nobody serves."""


@pytest.fixture
def worker(queue_settings: QueueSettings, tmp_path: Path) -> Iterator[WorkerUnderTest]:
    """A worker on a queue of its own."""
    with a_worker(queue_settings, tmp_path / "data") as running:
        yield running


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_command_of_ours_works_as_it_stands(
    worker: WorkerUnderTest, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Typed one after the other on a machine with a worker, each ends with 0."""
    port = worker.wait_for("probes.serving")["port"]
    worker.wait_for("walls.inspected")
    env = environment(queue_settings, tmp_path / "data", HEALTH_PORT=str(port))
    prompt = Prompt(tmp_path, env)

    for line in OURS:
        prompt.type_in(line)
    assert len(OURS) >= 20
    worker.wait_for("job.settled", job_id="example-script", result="completed")


@pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl")
@pytest.mark.parametrize("line", CLUSTER)
def test_kubectl_understands_every_line(line: str) -> None:
    """Nothing but the cluster is missing: no flag, word or file is."""
    done = subprocess.run(
        ["/bin/sh", "-c", line.replace("kubectl ", f"kubectl --server={NOWHERE} ", 1)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert "refused" in done.stderr, done.stderr


@pytest.mark.parametrize("line", CLUSTER)
def test_what_kubectl_is_asked_for_is_in_the_manifests(line: str) -> None:
    """Namespaces, deployments and overlays are called as the manifests call them."""
    names = {
        one["metadata"]["name"]
        for file in (FOLDER / "base").glob("*deployment.yaml")
        for one in read(file)
    }
    overlays = [path.parent for path in (FOLDER / "overlays").glob("*/kustomization.yaml")]
    spaces = {
        yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))["namespace"]
        for folder in overlays
    }
    assert set(re.findall(r"deployment/(\S+)", line)) <= names
    assert set(re.findall(r"--namespace (\S+)", line)) <= spaces
    assert {ROOT / path for path in re.findall(r"apply -k (\S+)", line)} <= set(overlays)


def test_a_host_is_told_nothing_that_is_not_tried_elsewhere() -> None:
    """The wheel is installed by tests/architecture/test_package.py; systemd knows these verbs."""
    others = [line for line in HOST if not re.fullmatch(r"systemctl \w+ preview-worker", line)]
    (install,) = others
    assert install.startswith("/opt/mobius/venv/bin/pip install ")
    assert install.endswith(f" mobius_preview_worker-{__version__}-py3-none-any.whl")
    verbs = {line.split()[1] for line in HOST if line not in others}
    assert verbs <= {"start", "stop", "restart"}


def test_every_question_can_be_asked() -> None:
    """It speaks of metrics and labels that there are."""
    words = vocabulary()
    assert len(QUERIES) >= 3
    for query in QUERIES:
        promql.check(query, words)


def test_every_alert_is_there() -> None:
    """No sign is told of that nobody would see."""
    known = {rule["alert"] for group in ALERTS["groups"] for rule in group["rules"]}
    named = set(re.findall(r"`(Preview[A-Z]\w+)`", DOCUMENT))
    assert len(named) >= 10
    assert named <= known


def test_every_setting_is_there() -> None:
    """No variable is told of that the worker does not read."""
    known = {name.upper() for name in Settings.model_fields}
    named = set(re.findall(r"\bPREVIEW_[A-Z_]+\b", DOCUMENT))
    assert len(named) >= 8
    assert named <= known


def test_the_stages_are_those_of_the_overlays() -> None:
    """Concurrency and limit of each stage stand in the overlay that it applies."""
    (config,) = read(FOLDER / "base" / "configmap.yaml")
    (load,) = read(FOLDER / "overlays" / "production" / "load.yaml")
    names = ("PREVIEW_WORKER_CONCURRENCY", "PREVIEW_QUEUE_MAX")
    staging = " | ".join(config["data"][name] for name in names)
    production = " | ".join(load["data"][name] for name in names)
    rows = re.findall(r"^\| (\d) .*? \| (\d+ \| \d+) \|$", DOCUMENT, flags=re.MULTILINE)
    assert dict(rows) == {"1": staging, "2": production, "3": production, "4": production}


def test_every_link_inside_leads_to_a_section() -> None:
    """A heading's anchor is its words in lower case, with hyphens."""
    anchors = {re.sub(r"[^\w-]", "", head.lower().replace(" ", "-")) for head in HEADINGS}
    links = set(re.findall(r"\]\(#([^)]+)\)", DOCUMENT))
    assert links
    assert links <= anchors


def test_the_sizes_follow_from_the_figures() -> None:
    """Previews a core-hour are those that the CPU seconds allow."""
    rows = re.findall(r"^\| [a-z ]+ \| ([\d.]+) \| ([\d,]+) \|$", DOCUMENT, flags=re.MULTILINE)
    assert len(rows) == 3
    for cpu_s, previews in rows:
        assert int(previews.replace(",", "")) == pytest.approx(3600 / float(cpu_s), rel=0.05)
