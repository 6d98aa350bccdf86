"""What the definitions of custom resources say of the fields that we use, and of no others."""

from __future__ import annotations

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_SPAN = {"type": "string", "pattern": r"^(0|([0-9]+(ms|[smhdwy]))+)$"}
_COUNT = {"type": "integer", "minimum": 0}
_NAME = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 253}


def _object(required: str, **fields: object) -> dict[str, object]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": fields,
        "additionalProperties": False,
    }


def _list(items: object) -> dict[str, object]:
    return {"type": "array", "items": items, "minItems": 1}


def _resource(group: str, kind: str, spec: object) -> dict[str, object]:
    return _object(
        "apiVersion kind metadata spec",
        apiVersion={"const": group},
        kind={"const": kind},
        metadata=_object("name", name=_NAME, namespace=_NAME, labels=_TEXTS, annotations=_TEXTS),
        spec=spec,
    )


_RULE = _object(
    "expr",
    alert=_TEXT,
    record={"type": "string", "pattern": "^[a-zA-Z_:][a-zA-Z0-9_:]*$"},
    expr=_TEXT,
    labels=_TEXTS,
    annotations=_TEXTS,
    **{"for": _SPAN},
) | {"oneOf": [{"required": ["alert"]}, {"required": ["record"]}]}
_BEHAVIOUR = _object(
    "scaleDown",
    scaleDown=_object(
        "policies",
        stabilizationWindowSeconds={"type": "integer", "minimum": 0, "maximum": 3600},
        policies=_list(
            _object(
                "type value periodSeconds",
                type={"enum": ["Pods", "Percent"]},
                value={"type": "integer", "minimum": 1},
                periodSeconds={"type": "integer", "minimum": 1, "maximum": 1800},
            )
        ),
    ),
)

CUSTOM_RESOURCES = {
    "PrometheusRule": _resource(
        "monitoring.coreos.com/v1",
        "PrometheusRule",
        _object(
            "groups",
            groups=_list(_object("name rules", name=_TEXT, interval=_SPAN, rules=_list(_RULE))),
        ),
    ),
    "ServiceMonitor": _resource(
        "monitoring.coreos.com/v1",
        "ServiceMonitor",
        _object(
            "selector endpoints",
            selector=_object("matchLabels", matchLabels=_TEXTS),
            endpoints=_list(
                _object("port", port=_TEXT, path=_TEXT, interval=_SPAN, scrapeTimeout=_SPAN)
            ),
        ),
    ),
    "ScaledObject": _resource(
        "keda.sh/v1alpha1",
        "ScaledObject",
        _object(
            "scaleTargetRef triggers",
            scaleTargetRef=_object("name", name=_NAME),
            minReplicaCount=_COUNT,
            maxReplicaCount=_COUNT,
            pollingInterval=_COUNT,
            fallback=_object("failureThreshold replicas", failureThreshold=_COUNT, replicas=_COUNT),
            advanced=_object(
                "horizontalPodAutoscalerConfig",
                horizontalPodAutoscalerConfig=_object("behavior", behavior=_BEHAVIOUR),
            ),
            triggers=_list(
                _object(
                    "type metadata",
                    type={"const": "prometheus"},
                    metadata=_object(
                        "serverAddress query threshold",
                        serverAddress={"type": "string", "pattern": "^https?://"},
                        query=_TEXT,
                        threshold={"type": "string", "pattern": "^[0-9.]+$"},
                    ),
                )
            ),
        ),
    ),
}
"""Schemas by kind: of the Prometheus operator's ``v1`` and of KEDA's ``v1alpha1``."""
