"""What must hold for every pod, each as a function that yields complaints."""

from __future__ import annotations

from collections.abc import Iterator

from preview_worker.api.probes import PROBES
from tests.deployment.cluster_objects import (
    Object,
    Objects,
    containers,
    is_ours,
    kinds,
    settings_of,
    title,
)

_VOLUMES = {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral"}
_VOLUMES |= {"persistentVolumeClaim", "projected", "secret"}
_SCRATCH = "/tmp"  # noqa: S108 -- its name in the pod, where nobody else is
_PROFILES = {"RuntimeDefault", "Localhost"}
_PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
_UNITS = {"m": 0.001, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def pods_are_restricted(objects: Objects) -> Iterator[str]:
    """Pods meet the profile ``restricted`` of the Pod Security Standards."""
    for deployment in kinds(objects, "Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        around = pod.get("securityContext", {})
        for complaint in _about_pod(pod):
            yield f"{title(deployment)}: {complaint}"
        for container in containers(deployment):
            for complaint in _about_container(container, around):
                yield f"{title(deployment)}, {container['name']}: {complaint}"


def _about_pod(pod: Object) -> Iterator[str]:
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.get(name):
            yield name
    if pod.get("securityContext", {}).get("sysctls"):
        yield "sysctls"
    for volume in pod.get("volumes", []):
        for kind in volume.keys() - {"name"} - _VOLUMES:
            yield f"volume {volume['name']} is a {kind}"


def _about_container(container: Object, around: Object) -> Iterator[str]:
    own = container.get("securityContext", {})
    context = around | own
    if context.get("runAsNonRoot") is not True:
        yield "may run as root"
    if not context.get("runAsUser"):
        yield "runs as root, or as whom the image says"
    if context.get("seccompProfile", {}).get("type") not in _PROFILES:
        yield "has no seccomp profile"
    if own.get("privileged") or own.get("procMount", "Default") != "Default":
        yield "is privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "may gain privileges"
    capabilities = own.get("capabilities", {})
    if capabilities.get("drop") != ["ALL"] or capabilities.get("add"):
        yield "keeps capabilities"
    if any("hostPort" in port for port in container.get("ports", [])):
        yield "takes a port of its node"


def roots_are_read_only(objects: Objects) -> Iterator[str]:
    """Containers write to what is mounted for it alone, and have what our programs write to."""
    for deployment in kinds(objects, "Deployment"):
        for container in containers(deployment):
            if not container.get("securityContext", {}).get("readOnlyRootFilesystem"):
                yield f"{title(deployment)}: the root of {container['name']} can be written"
        if is_ours(deployment):
            mounts = next(containers(deployment))["volumeMounts"]
            writable = {one["mountPath"] for one in mounts if not one.get("readOnly")}
            wanted = {_SCRATCH, settings_of(objects, deployment)["DATA_DIR"]}
            if writable != wanted:
                yield f"{title(deployment)}: {writable ^ wanted} may be written to, or not"


def scratch_is_bounded(objects: Objects) -> Iterator[str]:
    """No pod fills the disk of its node."""
    for deployment in kinds(objects, "Deployment"):
        for volume in deployment["spec"]["template"]["spec"].get("volumes", []):
            if "emptyDir" in volume and not (volume["emptyDir"] or {}).get("sizeLimit"):
                yield f"{title(deployment)}: {volume['name']} has no limit"


def tokens_stay_away(objects: Objects) -> Iterator[str]:
    """No pod can talk to the cluster, nor has anybody a right to what it could ask for."""
    for one in kinds(objects, "Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
        yield f"{title(one)}: nobody needs a right"
    accounts = list(kinds(objects, "ServiceAccount"))
    for account in accounts:
        if account.get("automountServiceAccountToken") is not False:
            yield f"{title(account)}: its token is mounted"
    names = {account["metadata"]["name"] for account in accounts}
    for deployment in kinds(objects, "Deployment"):
        pod = deployment["spec"]["template"]["spec"]
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{title(deployment)}: a token is mounted"
        if pod.get("serviceAccountName") not in {*names, None}:
            yield f"{title(deployment)}: there is no account {pod['serviceAccountName']}"


def services_stay_out_of_the_environment(objects: Objects) -> Iterator[str]:
    """The cluster sets no variables for its Services: one named redis would set ``REDIS_PORT``."""
    for deployment in kinds(objects, "Deployment"):
        if deployment["spec"]["template"]["spec"].get("enableServiceLinks") is not False:
            yield f"{title(deployment)}: enableServiceLinks is not false"


def probes_differ(objects: Objects) -> Iterator[str]:
    """Started, alive and ready are three questions; ours go to the endpoints made for them."""
    for deployment in kinds(objects, "Deployment"):
        for container in containers(deployment):
            named = f"{title(deployment)}, {container['name']}"
            probes = {name: container.get(name) for name in _PROBES}
            for name in [name for name, probe in probes.items() if not probe]:
                yield f"{named}: no {name}"
            if is_ours(deployment):
                asked = [str((one or {}).get("httpGet", {}).get("path")) for one in probes.values()]
                answers = [PROBES.get(path) for path in asked]
                if answers != ["startupz", "livez", "readyz"]:
                    yield f"{named}: asks {asked}"


def resources_are_bounded(objects: Objects) -> Iterator[str]:
    """Every container requests processor and memory, and has a limit that is not below."""
    for deployment in kinds(objects, "Deployment"):
        for container in containers(deployment):
            resources = container.get("resources", {})
            for name in ("cpu", "memory"):
                least = amount(resources.get("requests", {}).get(name))
                most = amount(resources.get("limits", {}).get(name))
                if not 0 < least <= most:
                    yield f"{title(deployment)}, {container['name']}: {name} {least} to {most}"


def images_are_pinned(objects: Objects) -> Iterator[str]:
    """Every image has a version, be it a tag that is not ``latest`` or a digest."""
    for deployment in kinds(objects, "Deployment"):
        for container in containers(deployment):
            name = container["image"].rpartition("/")[2]
            if "@sha256:" not in name and name.partition(":")[2] in {"", "latest"}:
                yield f"{title(deployment)}: {container['image']} has no version"


def images_are_pinned_by_digest(objects: Objects) -> Iterator[str]:
    """Every image is a content that cannot change, whoever moves a tag."""
    for deployment in kinds(objects, "Deployment"):
        for container in containers(deployment):
            if "@sha256:" not in container["image"]:
                yield f"{title(deployment)}: {container['image']} has no digest"


def replicas_are_spread(objects: Objects) -> Iterator[str]:
    """Replicas of ours are apart on nodes, by constraints that count their own pods."""
    for deployment in kinds(objects, "Deployment"):
        if not is_ours(deployment):
            continue
        pod = deployment["spec"]["template"]["spec"]
        constraints = pod.get("topologySpreadConstraints", [])
        if "kubernetes.io/hostname" not in {one["topologyKey"] for one in constraints}:
            yield f"{title(deployment)}: all may be on one node"
        for one in constraints:
            if one["labelSelector"] != deployment["spec"]["selector"]:
                yield f"{title(deployment)}: spreads others than its own"


def amount(quantity: str | None) -> float:
    """Return what a quantity means: processors, or bytes; nothing is 0."""
    text = quantity or "0"
    for unit, factor in _UNITS.items():
        if text.endswith(unit):
            return float(text.removesuffix(unit)) * factor
    return float(text)
