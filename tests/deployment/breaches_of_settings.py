"""Breaches of what must hold for what pods are told, and for whom they may talk to."""

from __future__ import annotations

from tests.deployment import cluster_flows as flows
from tests.deployment import cluster_settings as told
from tests.deployment.breach import Breach, config, container, find, pod, rules, volume

BREACHES_OF_SETTINGS = [
    Breach(
        told.names_are_settings,
        "a name of nothing",
        lambda o: config(o).update(PREVIEW_CONCURRENCY="2"),
    ),
    Breach(
        told.names_are_settings,
        "a file of what is no secret",
        lambda o: container(o)["env"].append({"name": "LOG_LEVEL_FILE", "value": "/data/level"}),
    ),
    Breach(
        told.settings_are_understood,
        "a wrong value",
        lambda o: config(o).update(PREVIEW_WORKER_CONCURRENCY="two"),
    ),
    Breach(
        told.settings_are_understood,
        "a command of the Node worker",
        lambda o: container(o).update(args=["node", "src/worker/previewWorker.js"]),
    ),
    Breach(
        told.settings_are_understood,
        "an interface without keys",
        lambda o: container(o, "preview-worker-api").update(env=[]),
    ),
    Breach(
        told.secrets_come_from_files,
        "a secret in the environment",
        lambda o: container(o)["env"].append(
            {"name": "REDIS_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}}
        ),
    ),
    Breach(
        told.secrets_come_from_files,
        "a password in the address",
        lambda o: config(o).update(REDIS_URL="rediss://:password@redis:6379"),
    ),
    Breach(
        told.secrets_come_from_files,
        "a key in the ConfigMap",
        lambda o: config(o).update(PREVIEW_AUDIT_KEY="k" * 32),
    ),
    Breach(
        told.secret_files_are_mounted,
        "a file elsewhere",
        lambda o: container(o)["env"][0].update(value="/etc/redis-password"),
    ),
    Breach(
        told.secret_files_are_mounted,
        "a key that is not mounted",
        lambda o: volume(o, "secrets")["secret"]["items"].pop(0),
    ),
    Breach(
        told.secret_files_are_mounted,
        "no certificates",
        lambda o: container(o)["volumeMounts"].pop(),
    ),
    Breach(
        told.secret_files_are_mounted,
        "a file that stays as it was",
        lambda o: container(o)["volumeMounts"][-1].update(subPath="tls.crt"),
    ),
    Breach(
        told.secret_files_are_mounted,
        "for everybody to read",
        lambda o: volume(o, "secrets")["secret"].update(defaultMode=0o444),
    ),
    Breach(
        told.nothing_secret_is_applied,
        "the example is applied",
        lambda o: o.append({"kind": "Secret", "metadata": {"name": "preview-worker-secrets"}}),
    ),
    Breach(
        told.graces_are_long_enough,
        "upstream's half minute",
        lambda o: pod(o).update(terminationGracePeriodSeconds=30),
    ),
    Breach(
        told.graces_are_long_enough,
        "a render that may take longer",
        lambda o: config(o).update(PREVIEW_RENDER_TIMEOUT_S="600"),
    ),
    Breach(
        told.graces_are_long_enough,
        "a wait that uses up the time",
        lambda o: container(o).update(lifecycle={"preStop": {"sleep": {"seconds": 30}}}),
    ),
    Breach(
        flows.flows_are_those_needed,
        "out to everywhere",
        lambda o: rules(o, "egress").append({}),
    ),
    Breach(
        flows.flows_are_those_needed,
        "out to where clouds tell credentials",
        lambda o: rules(o, "egress").append({"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}]}),
    ),
    Breach(
        flows.flows_are_those_needed,
        "Redis anywhere in the cluster",
        lambda o: rules(o, "egress")[1]["to"][0].update(namespaceSelector={}),
    ),
    Breach(flows.flows_are_those_needed, "no names", lambda o: rules(o, "egress").pop(0)),
    Breach(
        flows.flows_are_those_needed,
        "everybody may come in",
        lambda o: rules(o, "ingress", "preview-worker-api")[0].pop("from"),
    ),
    Breach(
        flows.flows_are_those_needed,
        "nothing is shut",
        lambda o: o.remove(find(o, "NetworkPolicy")),
    ),
    Breach(
        flows.redis_is_let_out,
        "Redis behind another port",
        lambda o: config(o).update(REDIS_URL="rediss://redis:6380"),
    ),
]
