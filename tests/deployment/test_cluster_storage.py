"""The component for object storage fits every overlay, and says what the worker understands."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deployment.cluster_objects import (
    FOLDER,
    KUBECTL,
    OVERLAYS,
    Objects,
    is_ours,
    kinds,
    settings_of,
)
from tests.deployment.cluster_settings import (
    names_are_settings,
    secret_files_are_mounted,
    secrets_come_from_files,
    settings_are_understood,
)
from tests.deployment.test_cluster_schemas import validate

pytestmark = pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl to build overlays")

POLICIES = (
    names_are_settings,
    settings_are_understood,
    secrets_come_from_files,
    secret_files_are_mounted,
)


@pytest.fixture(params=OVERLAYS)
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    """Return what an overlay becomes with the component."""
    parts = {"resources": f"overlays/{request.param}", "components": "components/object-storage"}
    told = {kind: [os.path.relpath(FOLDER / place, tmp_path)] for kind, place in parts.items()}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(told), encoding="utf-8")
    command = [str(KUBECTL), "kustomize", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def test_every_pod_of_ours_knows_the_bucket_and_may_go_there(objects: Objects) -> None:
    """Workers publish there, and the API reads there; keys come from files that are mounted."""
    deployments = list(filter(is_ours, kinds(objects, "Deployment")))
    urls = {settings_of(objects, one)["PREVIEW_STORAGE_URL"] for one in deployments}
    ways = [one for one in kinds(objects, "NetworkPolicy") if "storage" in one["metadata"]["name"]]
    complaints = [complaint for policy in POLICIES for complaint in policy(objects)]

    assert len(deployments) >= 2
    assert urls == {"s3://mobius-previews/previews"}
    assert [way["spec"]["egress"][0]["ports"] for way in ways] == [
        [{"protocol": "TCP", "port": 443}]
    ]
    assert complaints == []


def test_all_of_it_is_what_kubernetes_understands(objects: Objects) -> None:
    """After every patch, by the strict schemas of the newest Kubernetes."""
    for one in objects:
        validate(one)
