"""What the cluster's README has people type works, as far as it can without a cluster."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from preview_worker.settings import walls
from preview_worker.settings.walls import WallVariables
from tests.deployment.cluster_objects import BASE, FOLDER, KUBECTL, ROOT, containers, read
from tests.deployment.cluster_pods import amount

README = (FOLDER / "README.md").read_text(encoding="utf-8")
(BLOCK,) = re.findall(r"^```sh\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
LOCAL = {
    "apply -k ": "kustomize ",
    "create secret ": "create secret --dry-run=client --output=yaml ",
    "create namespace ": "create namespace --dry-run=client --output=yaml ",
}
"""What asks a server, and what does the same here."""


def run(command: str) -> str:
    """Run a line of the README without a cluster; return what would be sent."""
    for remote, local in LOCAL.items():
        command = command.replace(f"kubectl {remote}", f"kubectl {local}")
    done = subprocess.run(
        ["/bin/sh", "-euc", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl")
@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
def test_the_commands_make_everything() -> None:
    """The namespace, then a secret of the example's form, then what the overlay is."""
    namespace, secret, overlay, forward = BLOCK.splitlines()
    (space,) = yaml.safe_load_all(run(namespace))
    (made,) = yaml.safe_load_all(run(secret))
    (example,) = read(BASE / "secret-example.yaml")
    assert made["metadata"]["name"] == example["metadata"]["name"]
    assert made["data"].keys() == example["stringData"].keys()
    objects = list(yaml.safe_load_all(run(overlay)))
    places = {one["metadata"].get("namespace", "") for one in objects} - {""}
    assert places == {made["metadata"]["namespace"]} == {space["metadata"]["name"]}
    service = next(
        one for one in objects if one["kind"] == "Service" and one["metadata"]["name"] in forward
    )
    assert service["spec"]["ports"][0]["port"] == 80


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)", README))
def test_the_link_leads_somewhere(link: str) -> None:
    """Every document and file that is pointed to is there."""
    assert Path(FOLDER / link).exists()


def test_the_named_figures_are_those_of_the_files() -> None:
    """The graces, sizes and limits that the text tells are the ones that are applied."""
    (config,) = read(BASE / "configmap.yaml")
    (worker,) = read(BASE / "hardened-deployment.yaml")
    for name in ("PREVIEW_RENDER_TIMEOUT_S", "PREVIEW_SHUTDOWN_GRACE_S"):
        assert f"`{name}` ({config['data'][name]})" in README
    grace_s = worker["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
    assert f"`terminationGracePeriodSeconds` ({grace_s})" in README


@pytest.mark.parametrize(
    ("file", "renders", "said"),
    [
        ("deployment.yaml", 1, "154 MiB in each of two processes"),
        ("hardened-deployment.yaml", 2, "256 MiB in each of their three processes"),
    ],
)
def test_a_render_gets_the_memory_that_is_told(
    file: str, renders: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the worker grants itself within the limits is what the text says."""
    (deployment,) = read(BASE / file)
    limits = next(containers(deployment))["resources"]["limits"]
    usable = int(amount(limits["memory"]))
    monkeypatch.setattr(walls, "usable_memory_bytes", lambda: usable)
    processes = math.ceil(amount(limits["cpu"]))
    granted = WallVariables().memory_max_bytes(renders, processes)
    assert said.startswith(f"{round(granted / 2**20)} MiB ")
    assert said in " ".join(README.split())
