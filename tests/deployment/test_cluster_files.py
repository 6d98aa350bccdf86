"""The files for a cluster: what is there, what comes from where, and what is never applied."""

from __future__ import annotations

import difflib
import re

import pytest
import yaml

from monitoring.__main__ import MANIFEST, written
from preview_worker.api.keys import read_keys
from preview_worker.settings import SettingsError, load_settings
from tests.deployment.cluster_objects import BASE, FOLDER, containers, manifests, read

KNOWN = """
deployment hardened-deployment configmap service rbac hpa pdb pvc networkpolicy secret-example
api-deployment api-service servicemonitor alert-rule-preview-worker
"""
"""Names that users of the Node worker look for, and those that they missed."""


def test_files_have_the_names_that_users_know() -> None:
    """Each of them is there once."""
    names = sorted(path.stem for path in manifests())
    assert [name for name in KNOWN.split() if names.count(name) != 1] == []


def test_alerts_are_those_of_prometheus() -> None:
    """The object for the operator is written from the same source as the rule files."""
    assert MANIFEST.read_text(encoding="utf-8") == written()["prometheusrule.yaml"]


def test_no_kustomization_makes_or_takes_a_secret() -> None:
    """Neither the example nor a generator: what is committed would be no secret."""
    for path in FOLDER.rglob("kustomization.yaml"):
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        assert "secretGenerator" not in content, path
        assert not [name for name in content.get("resources", []) if "secret" in name], path


def test_every_file_is_used() -> None:
    """A kustomization names each file beside it, but for two that are there for people."""
    for path in FOLDER.rglob("kustomization.yaml"):
        named = set(re.findall(r"[\w.-]+[.]yaml", path.read_text(encoding="utf-8")))
        unused = {one.name for one in path.parent.glob("*.yaml")} - {path.name} - named
        assert unused == (
            {"deployment.yaml", "secret-example.yaml"} if path.parent == BASE else set()
        )


def test_the_hardened_worker_is_the_plain_one_and_more() -> None:
    """Two files that stand by themselves drift apart unless somebody compares."""
    plain = (BASE / "deployment.yaml").read_text(encoding="utf-8").splitlines()
    hardened = (BASE / "hardened-deployment.yaml").read_text(encoding="utf-8").splitlines()
    gone = {
        line[2:].strip()
        for line in difflib.ndiff(plain, hardened)
        if line.startswith("- ") and not line[2:].strip().startswith("#")
    }
    assert gone == {
        "requests: {cpu: 150m, memory: 256Mi}",
        "limits: {cpu: 500m, memory: 512Mi}",
    }


def test_the_example_of_a_secret_opens_nothing() -> None:
    """Neither worker nor API starts with it unchanged; only the secrets in it are wrong."""
    (secret,) = read(BASE / "secret-example.yaml")
    keys = secret["stringData"]["api-keys"]
    with pytest.raises(SettingsError, match="PREVIEW_AUDIT_KEY"):
        load_settings(preview_audit_key=secret["stringData"]["audit-key"])
    with pytest.raises(ValueError, match="shorter"):
        read_keys(keys)
    assert len(read_keys(keys.replace("CHANGE-ME", "k" * 32))) == 1


def test_a_service_named_redis_would_spoil_the_settings() -> None:
    """What the cluster says of Services in the environment is why pods do without."""
    with pytest.raises(SettingsError, match="REDIS_PORT"):
        load_settings(redis_port="tcp://10.96.0.7:6379")


def test_the_plain_worker_has_the_resources_that_are_known() -> None:
    """150m and 256Mi, at most 500m and 512Mi, twice."""
    (deployment,) = read(BASE / "deployment.yaml")
    (container,) = containers(deployment)
    assert deployment["spec"]["replicas"] == 2
    assert container["resources"] == {
        "requests": {"cpu": "150m", "memory": "256Mi"},
        "limits": {"cpu": "500m", "memory": "512Mi"},
    }
