"""What must hold between objects, each as a function that yields complaints."""

from __future__ import annotations

import re
from collections.abc import Iterator

from monitoring import promql
from monitoring.words import UnknownWordError, vocabulary
from preview_worker.api.probes import PROBES
from tests.deployment.cluster_objects import (
    Object,
    Objects,
    containers,
    is_ours,
    kinds,
    pod_labels,
    selects,
    title,
)

_LABELS = {"app.kubernetes.io/name", "app.kubernetes.io/part-of"}
_SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


def labels_are_complete(objects: Objects) -> Iterator[str]:
    """Everything says what it is part of, and what upstream's scripts look for has ``app``."""
    for one in objects:
        labels = one["metadata"].get("labels", {})
        for missing in _LABELS - labels.keys():
            yield f"{title(one)}: no label {missing}"
        if (
            one["kind"] in {"Deployment", "Service"}
            and labels.get("app") != one["metadata"]["name"]
        ):
            yield f"{title(one)}: the label app is {labels.get('app')}"


def selectors_match(objects: Objects) -> Iterator[str]:
    """A Deployment selects its own pods and no other's; whatever else selects finds some."""
    deployments = list(kinds(objects, "Deployment"))
    for deployment in deployments:
        selector = deployment["spec"]["selector"]["matchLabels"]
        found = [title(one) for one in deployments if selects(selector, pod_labels(one))]
        if found != [title(deployment)]:
            yield f"{title(deployment)}: selects the pods of {found}"
    for one in kinds(objects, "Service", "PodDisruptionBudget"):
        selector = one["spec"]["selector"]
        selector = selector.get("matchLabels", selector)
        found = [title(each) for each in deployments if selects(selector, pod_labels(each))]
        if len(found) != 1:
            yield f"{title(one)}: selects the pods of {found}"
    for one in kinds(objects, "NetworkPolicy"):
        selector = one["spec"]["podSelector"].get("matchLabels", {})
        if not any(selects(selector, pod_labels(each)) for each in deployments):
            yield f"{title(one)}: selects no pod"


def ports_exist(objects: Objects) -> Iterator[str]:
    """Whoever names a port of a pod names one that is there."""
    deployments = list(kinds(objects, "Deployment"))
    for deployment in deployments:
        for port in _asked_ports(deployment):
            if port not in _port_names(deployment):
                yield f"{title(deployment)}: probes ask port {port}"
    for one in kinds(objects, "Service", "NetworkPolicy"):
        selector, ports = _opened_ports(one)
        behind = [each for each in deployments if selects(selector, pod_labels(each))]
        for port in ports:
            if not all(port in _port_names(each) for each in behind):
                yield f"{title(one)}: leads to port {port}"


def monitors_find_services(objects: Objects) -> Iterator[str]:
    """Prometheus finds every Service of ours, by a port that it has, and asks what we answer."""
    services = [
        one
        for one in kinds(objects, "Service")
        if one["metadata"]["labels"]["app.kubernetes.io/name"] == "preview-worker"
    ]
    for monitor in kinds(objects, "ServiceMonitor"):
        selector = monitor["spec"]["selector"]["matchLabels"]
        found = [one for one in services if selects(selector, one["metadata"]["labels"])]
        if found != services:
            yield f"{title(monitor)}: finds {[title(one) for one in found]}"
        for endpoint in monitor["spec"]["endpoints"]:
            if PROBES.get(endpoint["path"]) != "metrics":
                yield f"{title(monitor)}: asks {endpoint['path']}"
            for service in services:
                if endpoint["port"] not in {port["name"] for port in service["spec"]["ports"]}:
                    yield f"{title(monitor)}: {title(service)} has no port {endpoint['port']}"


def queries_name_real_metrics(objects: Objects) -> Iterator[str]:
    """Alerts and scalers ask for what the worker measures, by labels that it has."""
    words = vocabulary()
    for one in kinds(objects, "PrometheusRule", "ScaledObject"):
        for name, query in _queries(one):
            try:
                promql.check(query, words)
            except UnknownWordError as error:
                yield f"{title(one)}: {error}"
            if name:
                words.learn(name, ("namespace", "job"))


def scalers_are_alone(objects: Objects) -> Iterator[str]:
    """A Deployment has one scaler, which alone says how many replicas there are."""
    for deployment in kinds(objects, "Deployment"):
        name = deployment["metadata"]["name"]
        scalers = [
            title(one)
            for one in kinds(objects, *_SCALERS)
            if one["spec"]["scaleTargetRef"]["name"] == name
        ]
        if len(scalers) > 1:
            yield f"{title(deployment)}: is scaled by {scalers}"
        if scalers and "replicas" in deployment["spec"]:
            yield f"{title(deployment)}: every apply undoes what {scalers[0]} did"
    deployments = {one["metadata"]["name"] for one in kinds(objects, "Deployment")}
    for one in kinds(objects, *_SCALERS):
        if one["spec"]["scaleTargetRef"]["name"] not in deployments:
            yield f"{title(one)}: there is nothing to scale"


def work_counts_where_it_scales(objects: Objects) -> Iterator[str]:
    """KEDA counts what waits, with a priority or without, and what runs, of its own namespace."""
    for one in kinds(objects, "ScaledObject"):
        for trigger in one["spec"]["triggers"]:
            query = trigger["metadata"]["query"]
            states = re.search(r'state=~"([^"]*)"', query)
            if states is None or set(states[1].split("|")) != {"waiting", "prioritized", "active"}:
                yield f"{title(one)}: asks {query}"
            if f'namespace="{one["metadata"].get("namespace")}"' not in query:
                yield f"{title(one)}: counts another namespace"


def volumes_can_be_shared(objects: Objects) -> Iterator[str]:
    """A claim of pods that may be on several nodes can be mounted on several nodes."""
    claims = {one["metadata"]["name"]: one for one in kinds(objects, "PersistentVolumeClaim")}
    for deployment in kinds(objects, "Deployment"):
        for volume in deployment["spec"]["template"]["spec"].get("volumes", []):
            name = volume.get("persistentVolumeClaim", {}).get("claimName")
            if name is None:
                continue
            if name not in claims:
                yield f"{title(deployment)}: there is no claim {name}"
            elif deployment["spec"].get("replicas") == 1:
                continue
            elif claims[name]["spec"]["accessModes"] != ["ReadWriteMany"]:
                yield f"{title(deployment)}: its replicas cannot share {name}"


def budgets_guard_replicas(objects: Objects) -> Iterator[str]:
    """Every Deployment of ours has a disruption budget that lets one pod at a time go."""
    budgets = list(kinds(objects, "PodDisruptionBudget"))
    for deployment in filter(is_ours, kinds(objects, "Deployment")):
        found = [
            one
            for one in budgets
            if selects(one["spec"]["selector"]["matchLabels"], pod_labels(deployment))
        ]
        if [one["spec"].get("maxUnavailable") for one in found] != [1]:
            yield f"{title(deployment)}: {len(found)} budgets, or not of one pod"


def namespaces_enforce(objects: Objects) -> Iterator[str]:
    """All is in one namespace, which refuses pods that are less than restricted."""
    spaces = [one["metadata"] for one in kinds(objects, "Namespace")]
    names = [one["name"] for one in spaces]
    for space in spaces:
        if space["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"Namespace/{space['name']}: lets other pods in"
    for one in objects:
        if one["kind"] != "Namespace" and [one["metadata"].get("namespace")] != names:
            yield f"{title(one)}: is in {one['metadata'].get('namespace')}, not in {names}"


def _port_names(deployment: Object) -> set[str]:
    return {
        port["name"] for container in containers(deployment) for port in container.get("ports", [])
    }


def _asked_ports(deployment: Object) -> Iterator[str | int]:
    for container in containers(deployment):
        for name in ("startupProbe", "livenessProbe", "readinessProbe"):
            for way in ("httpGet", "tcpSocket"):
                if way in container.get(name, {}):
                    yield container[name][way]["port"]


def _opened_ports(one: Object) -> tuple[dict[str, str], list[str | int]]:
    """Return whose ports a Service or a NetworkPolicy names, and which."""
    spec = one["spec"]
    if one["kind"] == "Service":
        return spec["selector"], [port["targetPort"] for port in spec["ports"]]
    ports = [port["port"] for rule in spec.get("ingress", []) for port in rule.get("ports", [])]
    return spec["podSelector"].get("matchLabels", {}), ports


def _queries(one: Object) -> Iterator[tuple[str, str]]:
    """Yield the queries of an object, with the name under which an answer is kept."""
    for group in one["spec"].get("groups", []):
        for rule in group["rules"]:
            yield rule.get("record", ""), rule["expr"]
    for trigger in one["spec"].get("triggers", []):
        yield "", trigger["metadata"]["query"]
