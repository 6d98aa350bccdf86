"""The settings that we ship for Kubernetes, read from the very files in ``k8s/preview-worker``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from scaling.autoscaler import DOWN, UP, Policy, Rules, Scaling

FOLDER = Path(__file__).resolve().parent.parent / "k8s" / "preview-worker"
_CORE = 1000


@dataclass(frozen=True, slots=True)
class Settings:
    """All that decides how a fleet in a cluster grows, shrinks and ends."""

    scaling: Scaling
    concurrency: int
    queue_max: int
    """``PREVIEW_QUEUE_MAX``: no more jobs wait than that, where producers are ours."""
    render_timeout_s: float
    shutdown_grace_s: float
    """After so long a worker that is told to end hands back what it still renders."""
    termination_grace_s: float
    """After so long Kubernetes kills it."""
    requested_cores: float
    scrape_s: float
    """Prometheus asks so often."""


def by_jobs() -> Settings:
    """Return production's settings: KEDA, which scales by jobs."""
    (scaler,) = _read("components/keda/scaledobject.yaml")
    spec = scaler["spec"]
    (trigger,) = spec["triggers"]
    behaviour = spec.get("advanced", {}).get("horizontalPodAutoscalerConfig", {}).get("behavior")
    scaling = Scaling(
        minimum=spec["minReplicaCount"],
        maximum=spec["maxReplicaCount"],
        measure="jobs",
        target=float(trigger["metadata"]["threshold"]),
        up=_rules(behaviour, "scaleUp", UP),
        down=_rules(behaviour, "scaleDown", DOWN),
    )
    return _settings(scaling, "overlays/production/load.yaml")


def by_cpu() -> Settings:
    """Return the settings of a cluster without KEDA, which scales by processor time."""
    (scaler,) = _read("base/hpa.yaml")
    spec = scaler["spec"]
    (metric,) = spec["metrics"]
    scaling = Scaling(
        minimum=spec["minReplicas"],
        maximum=spec["maxReplicas"],
        measure="cpu",
        target=float(metric["resource"]["target"]["averageUtilization"]),
        up=_rules(spec.get("behavior"), "scaleUp", UP),
        down=_rules(spec.get("behavior"), "scaleDown", DOWN),
    )
    return _settings(scaling, None)


def _settings(scaling: Scaling, overlay: str | None) -> Settings:
    (base,) = _read("base/configmap.yaml")
    more = _read(overlay)[0]["data"] if overlay else {}
    told: dict[str, str] = {**base["data"], **more}
    (deployment,) = _read("base/hardened-deployment.yaml")
    pod = deployment["spec"]["template"]["spec"]
    (monitor,) = _read("components/monitoring/servicemonitor.yaml")
    (endpoint,) = monitor["spec"]["endpoints"]
    return Settings(
        scaling=scaling,
        concurrency=int(told["PREVIEW_WORKER_CONCURRENCY"]),
        queue_max=int(told["PREVIEW_QUEUE_MAX"]),
        render_timeout_s=float(told["PREVIEW_RENDER_TIMEOUT_S"]),
        shutdown_grace_s=float(told["PREVIEW_SHUTDOWN_GRACE_S"]),
        termination_grace_s=float(pod["terminationGracePeriodSeconds"]),
        requested_cores=_cores(pod["containers"][0]["resources"]["requests"]["cpu"]),
        scrape_s=float(endpoint["interval"].removesuffix("s")),
    )


def _rules(behaviour: dict[str, Any] | None, direction: str, usual: Rules) -> Rules:
    """Return the rules of a direction; what they leave out is as usual."""
    told = (behaviour or {}).get(direction, {})
    policies = tuple(
        Policy(one["type"], one["value"], one["periodSeconds"]) for one in told.get("policies", ())
    )
    return Rules(
        told.get("stabilizationWindowSeconds", usual.stabilization_s),
        policies or usual.policies,
        told.get("selectPolicy", usual.select),
    )


def _read(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


def _cores(told: str) -> float:
    return float(told[:-1]) / _CORE if told.endswith("m") else float(told)
