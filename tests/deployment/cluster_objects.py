"""The objects for a cluster, as they are committed and as kustomize builds them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "k8s" / "preview-worker"
BASE = FOLDER / "base"
OVERLAYS = ("dev", "staging", "production")
KUBECTL = shutil.which("kubectl")
"""None where there is none on the PATH."""

Object = dict[str, Any]
Objects = list[Object]


def read(path: Path) -> Objects:
    """Return all objects of a file."""
    return deepcopy(_read(path))


@cache
def _read(path: Path) -> Objects:
    return [one for one in yaml.safe_load_all(path.read_text(encoding="utf-8")) if one]


def manifests() -> list[Path]:
    """Return the files that hold whole objects, which are neither patches nor kustomize's own."""
    files = sorted(FOLDER.rglob("*.yaml"))
    return [path for path in files if all(map(_is_whole, _read(path)))]


def of_base(deployment: str) -> Objects:
    """Return what somebody has who applies the base's files one by one, with either Deployment."""
    named = yaml.safe_load((BASE / "kustomization.yaml").read_text(encoding="utf-8"))["resources"]
    names = [deployment if name == "hardened-deployment.yaml" else name for name in named]
    return [one for name in names for one in read(BASE / name)]


def built(overlay: str) -> Objects:
    """Return what ``kubectl apply -k`` would send; only where there is a kubectl."""
    return deepcopy(_built(overlay))


@cache
def _built(overlay: str) -> Objects:
    assert KUBECTL is not None
    command = [KUBECTL, "kustomize", str(FOLDER / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def kinds(objects: Objects, *names: str) -> Iterator[Object]:
    """Yield the objects of some kinds."""
    return (one for one in objects if one["kind"] in names)


def title(one: Object) -> str:
    """Return how an object is called in complaints."""
    return f"{one['kind']}/{one['metadata']['name']}"


def containers(deployment: Object) -> Iterator[Object]:
    """Yield every container of a Deployment, those that run first among them."""
    pod = deployment["spec"]["template"]["spec"]
    return (one for key in ("initContainers", "containers") for one in pod.get(key, []))


def is_ours(deployment: Object) -> bool:
    """Tell whether a Deployment runs our image, and not the Redis of the overlay dev."""
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    return bool(labels.get("app.kubernetes.io/name") == "preview-worker")


def selects(selector: dict[str, str], labels: dict[str, str]) -> bool:
    """Tell whether labels meet a selector; an empty one selects everything, as in Kubernetes."""
    return selector.items() <= labels.items()


def pod_labels(deployment: Object) -> dict[str, str]:
    """Return the labels of a Deployment's pods."""
    labels: dict[str, str] = deployment["spec"]["template"]["metadata"]["labels"]
    return labels


def settings_of(objects: Objects, deployment: Object) -> dict[str, str]:
    """Return the environment of a Deployment's first container, from ConfigMaps as well."""
    maps = {one["metadata"]["name"]: one["data"] for one in kinds(objects, "ConfigMap")}
    container = next(containers(deployment))
    found: dict[str, str] = {}
    for source in container.get("envFrom", []):
        found |= maps.get(source.get("configMapRef", {}).get("name"), {})
    return found | {one["name"]: one.get("value", "") for one in container.get("env", [])}


def _is_whole(document: Any) -> bool:
    """Tell an object from a patch, which names what it changes and nothing it could stand on."""
    return isinstance(document, dict) and "labels" in document.get("metadata", {})
