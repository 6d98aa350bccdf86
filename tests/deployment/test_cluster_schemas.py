"""Every object is one that the newest Kubernetes, and the operators, would understand."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest

from tests.deployment.cluster_objects import (
    BASE,
    FOLDER,
    KUBECTL,
    OVERLAYS,
    Object,
    built,
    manifests,
    read,
    title,
)
from tests.deployment.custom_resources import CUSTOM_RESOURCES

NEWEST = kubernetes_validate.latest_version()


def validate(one: Object) -> None:
    """Raise ``ValidationError`` for a field that is missing, wrong, or does not exist."""
    schema = CUSTOM_RESOURCES.get(one["kind"])
    if schema is not None:
        jsonschema.Draft202012Validator(schema).validate(one)
    else:
        kubernetes_validate.validate(one, NEWEST, strict=True)


@pytest.mark.parametrize("path", manifests(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_the_file_holds_what_kubernetes_understands(path: Path) -> None:
    """Each file by itself, as somebody applies it who does not use kustomize."""
    for one in read(path):
        validate(one)


@pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl to build overlays")
@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_overlay_is_what_kubernetes_understands(overlay: str) -> None:
    """All of an overlay, after every patch, and nothing twice."""
    objects = built(overlay)
    for one in objects:
        validate(one)
    names = [title(one) for one in objects]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("path", manifests(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_field_of_no_meaning_is_noticed(path: Path) -> None:
    """The schemas are strict: a slip of the pen is no valid object."""
    for one in read(path):
        for holder in (one, one.get("spec")):
            if holder is not None:
                holder["replica"] = 2
                with pytest.raises(jsonschema.ValidationError):
                    validate(deepcopy(one))
                del holder["replica"]


def test_the_example_is_a_secret() -> None:
    """It has a form to copy, and every key that some pod mounts."""
    (secret,) = read(BASE / "secret-example.yaml")
    mounted = {
        item["key"]
        for path in manifests()
        for one in read(path)
        if one["kind"] == "Deployment"
        for volume in one["spec"]["template"]["spec"]["volumes"]
        if volume.get("secret", {}).get("secretName") == secret["metadata"]["name"]
        for item in volume["secret"]["items"]
    }
    assert secret["stringData"].keys() == mounted
