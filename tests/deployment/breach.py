"""What somebody might do to the manifests, and the policy that has to notice it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tests.deployment.cluster_objects import Object, Objects

Policy = Callable[[Objects], Iterator[str]]
"""Yields what is wrong with objects."""


class Breach(NamedTuple):
    """A change of production's objects that one policy forbids."""

    policy: Policy
    name: str
    make: Callable[[Objects], object]


def find(objects: Objects, kind: str, name: str = "preview-worker") -> Object:
    """Return one object."""
    return next(one for one in objects if (one["kind"], one["metadata"]["name"]) == (kind, name))


def pod(objects: Objects, name: str = "preview-worker") -> Object:
    """Return what a Deployment's pods are."""
    found: Object = find(objects, "Deployment", name)["spec"]["template"]["spec"]
    return found


def container(objects: Objects, name: str = "preview-worker") -> Object:
    """Return the container of a Deployment's pods."""
    found: Object = pod(objects, name)["containers"][0]
    return found


def config(objects: Objects) -> Object:
    """Return the settings that are no secrets."""
    found: Object = find(objects, "ConfigMap", "preview-worker-config")["data"]
    return found


def rules(objects: Objects, way: str, name: str = "preview-worker") -> list[Object]:
    """Return what a NetworkPolicy allows."""
    found: list[Object] = find(objects, "NetworkPolicy", name)["spec"][way]
    return found


def secured(objects: Objects) -> Object:
    """Return what the worker's container may."""
    found: Object = container(objects)["securityContext"]
    return found


def volume(objects: Objects, name: str) -> Object:
    """Return a volume of the worker's pods."""
    return next(one for one in pod(objects)["volumes"] if one["name"] == name)


def trigger(objects: Objects) -> Object:
    """Return what KEDA scales by."""
    found: Object = find(objects, "ScaledObject")["spec"]["triggers"][0]["metadata"]
    return found


def replace(holder: Object, key: str, old: str, new: str) -> None:
    """Change a part of a text."""
    assert old in holder[key]
    holder[key] = holder[key].replace(old, new)
