"""Breaches of what must hold for every pod."""

from __future__ import annotations

from tests.deployment import cluster_pods as pods
from tests.deployment.breach import Breach, config, container, pod, secured, volume

BREACHES_OF_PODS = [
    Breach(
        pods.pods_are_restricted, "root", lambda o: pod(o)["securityContext"].update(runAsUser=0)
    ),
    Breach(
        pods.pods_are_restricted,
        "nobody forbids root",
        lambda o: pod(o)["securityContext"].pop("runAsNonRoot"),
    ),
    Breach(
        pods.pods_are_restricted,
        "no seccomp",
        lambda o: pod(o)["securityContext"].pop("seccompProfile"),
    ),
    Breach(
        pods.pods_are_restricted, "escalation", lambda o: secured(o).pop("allowPrivilegeEscalation")
    ),
    Breach(
        pods.pods_are_restricted,
        "a capability",
        lambda o: secured(o)["capabilities"].update(add=["SYS_ADMIN"]),
    ),
    Breach(pods.pods_are_restricted, "privileged", lambda o: secured(o).update(privileged=True)),
    Breach(
        pods.pods_are_restricted, "the node's network", lambda o: pod(o).update(hostNetwork=True)
    ),
    Breach(
        pods.pods_are_restricted,
        "a folder of the node",
        lambda o: pod(o)["volumes"].append({"name": "node", "hostPath": {"path": "/"}}),
    ),
    Breach(
        pods.pods_are_restricted,
        "a container that runs first",
        lambda o: pod(o).update(initContainers=[{"name": "first", "image": "busybox:1"}]),
    ),
    Breach(
        pods.pods_are_restricted,
        "a port of the node",
        lambda o: container(o)["ports"][0].update(hostPort=80),
    ),
    Breach(
        pods.roots_are_read_only,
        "a root to write to",
        lambda o: secured(o).update(readOnlyRootFilesystem=False),
    ),
    Breach(
        pods.roots_are_read_only,
        "previews elsewhere",
        lambda o: config(o).update(DATA_DIR="/app/data"),
    ),
    Breach(
        pods.scratch_is_bounded,
        "scratch without end",
        lambda o: volume(o, "tmp")["emptyDir"].clear(),
    ),
    Breach(pods.tokens_stay_away, "a token", lambda o: pod(o).pop("automountServiceAccountToken")),
    Breach(
        pods.tokens_stay_away,
        "no account",
        lambda o: pod(o).update(serviceAccountName="administrator"),
    ),
    Breach(
        pods.tokens_stay_away,
        "upstream's rights",
        lambda o: o.append({"kind": "Role", "metadata": {"name": "reader"}}),
    ),
    Breach(
        pods.services_stay_out_of_the_environment,
        "variables of Services",
        lambda o: pod(o).pop("enableServiceLinks"),
    ),
    Breach(
        pods.probes_differ,
        "one endpoint for all",
        lambda o: container(o)["livenessProbe"]["httpGet"].update(path="/readyz"),
    ),
    Breach(pods.probes_differ, "no probe", lambda o: container(o).pop("startupProbe")),
    Breach(
        pods.resources_are_bounded, "no limit", lambda o: container(o)["resources"].pop("limits")
    ),
    Breach(
        pods.resources_are_bounded,
        "less than requested",
        lambda o: container(o)["resources"]["limits"].update(memory="1Gi"),
    ),
    Breach(
        pods.images_are_pinned,
        "the latest",
        lambda o: container(o).update(image="ghcr.io/mobius-org/mobius-preview-worker:latest"),
    ),
    Breach(
        pods.images_are_pinned,
        "no tag",
        lambda o: container(o).update(image="localhost:5000/worker"),
    ),
    Breach(
        pods.images_are_pinned_by_digest,
        "a tag in production",
        lambda o: container(o).update(image="ghcr.io/mobius-org/mobius-preview-worker:1.0.0"),
    ),
    Breach(
        pods.replicas_are_spread, "on one node", lambda o: pod(o).pop("topologySpreadConstraints")
    ),
    Breach(
        pods.replicas_are_spread,
        "others are spread",
        lambda o: pod(o)["topologySpreadConstraints"][0].update(
            labelSelector={"matchLabels": {"app": "worker"}}
        ),
    ),
]
