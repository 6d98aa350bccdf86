"""Breaches of what must hold between objects."""

from __future__ import annotations

from tests.deployment import cluster_wiring as wiring
from tests.deployment.breach import Breach, find, replace, rules, trigger

BREACHES_OF_WIRING = [
    Breach(
        wiring.labels_are_complete,
        "no app",
        lambda o: find(o, "Service")["metadata"]["labels"].pop("app"),
    ),
    Breach(
        wiring.labels_are_complete,
        "part of nothing",
        lambda o: find(o, "ConfigMap", "preview-worker-config")["metadata"].pop("labels"),
    ),
    Breach(
        wiring.selectors_match,
        "pods of another name",
        lambda o: find(o, "Deployment")["spec"]["template"]["metadata"]["labels"].update(
            app="worker"
        ),
    ),
    Breach(
        wiring.selectors_match,
        "the API's pods too",
        lambda o: find(o, "Service")["spec"].update(
            selector={"app.kubernetes.io/name": "preview-worker"}
        ),
    ),
    Breach(
        wiring.selectors_match,
        "a policy for nobody",
        lambda o: find(o, "NetworkPolicy")["spec"]["podSelector"].update(
            matchLabels={"app": "previewworker"}
        ),
    ),
    Breach(
        wiring.ports_exist,
        "a Service that leads nowhere",
        lambda o: find(o, "Service")["spec"]["ports"][0].update(targetPort="web"),
    ),
    Breach(
        wiring.ports_exist,
        "a probe that asks nobody",
        lambda o: find(o, "Deployment")["spec"]["template"]["spec"]["containers"][0][
            "livenessProbe"
        ]["httpGet"].update(port=5001),
    ),
    Breach(
        wiring.ports_exist,
        "a policy that opens nothing",
        lambda o: rules(o, "ingress", "preview-worker-metrics")[0]["ports"][0].update(
            port="metrics"
        ),
    ),
    Breach(
        wiring.monitors_find_services,
        "labels that no Service has",
        lambda o: find(o, "ServiceMonitor")["spec"]["selector"].update(
            matchLabels={"app": "previewworker"}
        ),
    ),
    Breach(
        wiring.monitors_find_services,
        "a port of another name",
        lambda o: find(o, "ServiceMonitor")["spec"]["endpoints"][0].update(port="metrics"),
    ),
    Breach(
        wiring.monitors_find_services,
        "a path of nothing",
        lambda o: find(o, "ServiceMonitor")["spec"]["endpoints"][0].update(path="/prometheus"),
    ),
    Breach(
        wiring.queries_name_real_metrics,
        "an alert on what nobody measures",
        lambda o: find(o, "PrometheusRule")["spec"]["groups"][-1]["rules"][-1].update(
            expr="rate(preview_job_failed[5m]) > 0"
        ),
    ),
    Breach(
        wiring.queries_name_real_metrics,
        "a scaler on what nobody measures",
        lambda o: trigger(o).update(query="sum(bullmq_jobs)"),
    ),
    Breach(
        wiring.scalers_are_alone,
        "two scalers",
        lambda o: o.append(
            {**find(o, "ScaledObject"), "kind": "HorizontalPodAutoscaler"},
        ),
    ),
    Breach(
        wiring.scalers_are_alone,
        "replicas beside a scaler",
        lambda o: find(o, "Deployment")["spec"].update(replicas=2),
    ),
    Breach(
        wiring.scalers_are_alone,
        "nothing to scale",
        lambda o: find(o, "ScaledObject")["spec"]["scaleTargetRef"].update(name="worker"),
    ),
    Breach(
        wiring.work_counts_where_it_scales,
        "jobs with a priority do not count",
        lambda o: replace(trigger(o), "query", "|prioritized", ""),
    ),
    Breach(
        wiring.work_counts_where_it_scales,
        "jobs that run do not count",
        lambda o: replace(trigger(o), "query", "|active", ""),
    ),
    Breach(
        wiring.work_counts_where_it_scales,
        "staging's jobs count",
        lambda o: replace(trigger(o), "query", "preview-worker", "preview-worker-staging"),
    ),
    Breach(
        wiring.volumes_can_be_shared,
        "a disk of one node",
        lambda o: find(o, "PersistentVolumeClaim", "preview-worker-data")["spec"].update(
            accessModes=["ReadWriteOnce"]
        ),
    ),
    Breach(
        wiring.volumes_can_be_shared,
        "no claim",
        lambda o: o.remove(find(o, "PersistentVolumeClaim", "preview-worker-data")),
    ),
    Breach(
        wiring.budgets_guard_replicas,
        "all may go at once",
        lambda o: find(o, "PodDisruptionBudget")["spec"].update(maxUnavailable="100%"),
    ),
    Breach(
        wiring.budgets_guard_replicas,
        "no budget",
        lambda o: o.remove(find(o, "PodDisruptionBudget")),
    ),
    Breach(
        wiring.namespaces_enforce,
        "other pods may come in",
        lambda o: find(o, "Namespace")["metadata"]["labels"].update(
            {"pod-security.kubernetes.io/enforce": "baseline"}
        ),
    ),
    Breach(
        wiring.namespaces_enforce,
        "somewhere else",
        lambda o: find(o, "Service")["metadata"].update(namespace="default"),
    ),
]
