"""Which connections the cluster lets through, as NetworkPolicies add up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.deployment.cluster_objects import (
    Object,
    Objects,
    is_ours,
    kinds,
    pod_labels,
    selects,
    settings_of,
    title,
)


class Flow(NamedTuple):
    """Connections of one kind that are let through."""

    way: str
    app: str
    peer: str
    port: str


WORKER, API = "preview-worker", "preview-worker-api"
DNS = "pods k8s-app=kube-dns in kubernetes.io/metadata.name=kube-system"
REDIS = "pods app.kubernetes.io/name=redis here"
PROMETHEUS = "pods app.kubernetes.io/name=prometheus in kubernetes.io/metadata.name=monitoring"
ALWAYS = {
    *(Flow("out", app, DNS, port) for app in (WORKER, API) for port in ("TCP 53", "UDP 53")),
    *(Flow("out", app, REDIS, "TCP 6379") for app in (WORKER, API)),
    Flow("in", API, "pods in kubernetes.io/metadata.name=ingress-nginx", "TCP http"),
    Flow("in", API, "pods mobius.io/preview-client=true here", "TCP http"),
}
"""Names are looked up, the queue is talked to, and clients come to the API alone."""
WATCHED = {Flow("in", app, PROMETHEUS, "TCP http") for app in (WORKER, API)}
"""What comes along where Prometheus looks on."""


def flows_are_those_needed(objects: Objects) -> Iterator[str]:
    """Exactly the connections that are needed are let through."""
    needed = ALWAYS | (WATCHED if any(kinds(objects, "ServiceMonitor")) else set())
    allowed = set(allowed_flows(objects))
    yield from (f"{flow} is let through" for flow in sorted(allowed - needed))
    yield from (f"{flow} is not let through" for flow in sorted(needed - allowed))


def redis_is_let_out(objects: Objects) -> Iterator[str]:
    """The port of Redis that pods are told is the one that they can reach."""
    for deployment in filter(is_ours, kinds(objects, "Deployment")):
        app = deployment["metadata"]["name"]
        port = urlsplit(settings_of(objects, deployment)["REDIS_URL"]).port
        if Flow("out", app, REDIS, f"TCP {port}") not in set(allowed_flows(objects)):
            yield f"{title(deployment)}: Redis is on port {port}, which is shut"


def allowed_flows(objects: Objects) -> Iterator[Flow]:
    """Yield what policies let through to and from the pods of ours."""
    for deployment in filter(is_ours, kinds(objects, "Deployment")):
        for way, kind, key in (("in", "Ingress", "from"), ("out", "Egress", "to")):
            policies = [
                one["spec"]
                for one in kinds(objects, "NetworkPolicy")
                if kind in one["spec"]["policyTypes"]
                and selects(
                    one["spec"]["podSelector"].get("matchLabels", {}), pod_labels(deployment)
                )
            ]
            app = deployment["metadata"]["name"]
            if not policies:  # then nothing is shut
                yield Flow(way, app, "anybody", "any port")
            for rule in (rule for policy in policies for rule in policy.get(kind.lower(), [])):
                for peer in rule.get(key) or [{}]:
                    for port in rule.get("ports") or [{}]:
                        yield Flow(way, app, _peer(peer), _port(port))


def _peer(peer: Object) -> str:
    if "ipBlock" in peer:
        return str(peer["ipBlock"]["cidr"])
    if not peer:
        return "anybody"
    pods = _labels(peer.get("podSelector", {}))
    place = f"in {_labels(peer['namespaceSelector'])}" if "namespaceSelector" in peer else "here"
    return " ".join(part for part in ("pods", pods, place) if part)


def _labels(selector: Object) -> str:
    return ",".join(f"{key}={value}" for key, value in selector.get("matchLabels", {}).items())


def _port(port: Object) -> str:
    return f"{port.get('protocol', 'TCP')} {port['port']}" if "port" in port else "any port"
