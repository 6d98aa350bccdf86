"""The objects for a cluster keep every policy, and every policy notices who breaks it."""

from __future__ import annotations

import pytest

from tests.deployment.breach import Breach, Policy
from tests.deployment.cluster_objects import KUBECTL, OVERLAYS, Objects, built, of_base
from tests.deployment.cluster_policies import (
    ALWAYS,
    BREACHES,
    BUILT,
    HARDENED,
    POLICIES,
    PRODUCTION,
)

with_kubectl = pytest.mark.skipif(KUBECTL is None, reason="there is no kubectl to build overlays")


def named(policy: Policy) -> str:
    """Return how a policy is called in the names of tests."""
    return policy.__name__


@pytest.mark.parametrize("policy", ALWAYS, ids=named)
def test_the_plain_files_keep_the_policy(policy: Policy) -> None:
    """Whoever applies the base file by file, with the small Deployment, is safe."""
    assert list(policy(of_base("deployment.yaml"))) == []


@pytest.mark.parametrize("policy", [*ALWAYS, *HARDENED], ids=named)
def test_the_hardened_files_keep_the_policy(policy: Policy) -> None:
    """So is who takes the hardened one."""
    assert list(policy(of_base("hardened-deployment.yaml"))) == []


@with_kubectl
@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("policy", [*ALWAYS, *HARDENED, *BUILT], ids=named)
def test_the_overlay_keeps_the_policy(policy: Policy, overlay: str) -> None:
    """What ``kubectl apply -k`` would send keeps every policy."""
    objects = _without_redis(built(overlay)) if policy in HARDENED else built(overlay)
    assert list(policy(objects)) == []


@with_kubectl
@pytest.mark.parametrize("policy", PRODUCTION, ids=named)
def test_production_keeps_the_policy(policy: Policy) -> None:
    """Production is stricter."""
    assert list(policy(built("production"))) == []


@with_kubectl
@pytest.mark.parametrize(
    "breach", BREACHES, ids=lambda breach: f"{named(breach.policy)}-{breach.name}"
)
def test_the_breach_is_noticed(breach: Breach) -> None:
    """A policy complains as soon as one thing is otherwise."""
    objects = built("production")
    assert list(breach.policy(objects)) == []
    breach.make(objects)
    assert list(breach.policy(objects)) != []


def test_every_policy_has_a_breach() -> None:
    """No policy is there that has never complained."""
    assert {breach.policy for breach in BREACHES} == set(POLICIES)


def _without_redis(objects: Objects) -> Objects:
    """Leave out the Redis of the overlay dev, which is one on purpose."""
    return [one for one in objects if one["metadata"]["name"] != "redis"]
