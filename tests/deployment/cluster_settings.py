"""What must hold for what pods are told, each as a function that yields complaints."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from preview_worker.bootstrap.front import check_openness
from preview_worker.cli.entry import preview_worker
from preview_worker.settings import Settings, SettingsError, load_settings
from preview_worker.settings.secret_files import FILE_SUFFIX, is_secret
from tests.deployment.cluster_objects import (
    Object,
    Objects,
    containers,
    is_ours,
    kinds,
    settings_of,
    title,
)

NAMES = {name.upper() for name in Settings.model_fields}
SECRETS = {name.upper() for name, field in Settings.model_fields.items() if is_secret(field)}
FOR_HAND_BACK_S = 15
"""Least time between our own grace and the end by force: what still runs is handed back in it."""
_MADE_UP = {"PREVIEW_API_KEYS": "operations:operate:" + "k" * 32}


def names_are_settings(objects: Objects) -> Iterator[str]:
    """Every variable is a setting of ours, or the file of one that is secret."""
    files = {name + FILE_SUFFIX for name in SECRETS}
    for deployment in filter(is_ours, kinds(objects, "Deployment")):
        for name in settings_of(objects, deployment).keys() - NAMES - files:
            yield f"{title(deployment)}: {name} is not a setting"


def settings_are_understood(objects: Objects) -> Iterator[str]:
    """The program that a pod runs exists, and starts with what the pod is told."""
    for deployment in filter(is_ours, kinds(objects, "Deployment")):
        arguments = next(containers(deployment)).get("args", [])
        if arguments not in ([name] for name in preview_worker.commands):
            yield f"{title(deployment)}: there is no command {arguments}"
        try:
            settings = _loaded(settings_of(objects, deployment))
            if arguments == ["serve"]:
                check_openness(settings)
        except SettingsError as error:
            yield f"{title(deployment)}: {error}"


def secrets_come_from_files(objects: Objects) -> Iterator[str]:
    """Nothing secret stands in an environment, which child processes and crash reports show."""
    for deployment in filter(is_ours, kinds(objects, "Deployment")):
        for one in next(containers(deployment)).get("env", []):
            if "valueFrom" in one:
                yield f"{title(deployment)}: {one['name']} is a secret in the environment"
        for name, value in settings_of(objects, deployment).items():
            address = urlsplit(value)
            harmless = name == "REDIS_URL" and address.password is None
            if name in SECRETS and not harmless:
                yield f"{title(deployment)}: {name} stands in the manifest"


def secret_files_are_mounted(objects: Objects) -> Iterator[str]:
    """Every file that is named is mounted, readable by us alone, and follows its secret."""
    for deployment in filter(is_ours, kinds(objects, "Deployment")):
        files = set(_mounted(deployment))
        for name, value in settings_of(objects, deployment).items():
            if name.endswith(FILE_SUFFIX) and value not in files:
                yield f"{title(deployment)}: {name} names {value}, which is not mounted"
        for mount in next(containers(deployment))["volumeMounts"]:
            if "subPath" in mount:
                yield f"{title(deployment)}: {mount['mountPath']} keeps what it held at the start"
        for volume in deployment["spec"]["template"]["spec"]["volumes"]:
            if volume.get("secret", {}).get("defaultMode", 0o440) != 0o440:
                yield f"{title(deployment)}: {volume['name']} can be read by others"


def nothing_secret_is_applied(objects: Objects) -> Iterator[str]:
    """Secrets are made apart from manifests, so that none is ever committed."""
    return (f"{title(one)} is applied" for one in kinds(objects, "Secret"))


def graces_are_long_enough(objects: Objects) -> Iterator[str]:
    """Whatever is being rendered when a pod has to go can end, or else be handed back."""
    for deployment in filter(is_ours, kinds(objects, "Deployment")):
        settings = _loaded(settings_of(objects, deployment)).worker
        pod = deployment["spec"]["template"]["spec"]
        hooks = next(containers(deployment)).get("lifecycle", {})
        before_s = hooks.get("preStop", {}).get("sleep", {}).get("seconds", 0)
        left_s = pod.get("terminationGracePeriodSeconds", 30) - before_s
        renders = next(containers(deployment)).get("args") == ["work"]
        if left_s < (settings.grace_s if renders else 0) + FOR_HAND_BACK_S:
            yield f"{title(deployment)}: is ended by force after {left_s} s"
        if renders and settings.grace_s <= settings.render_timeout_s:
            yield f"{title(deployment)}: a render may outlast {settings.grace_s} s"


def _loaded(environment: dict[str, str]) -> Settings:
    """Return the settings that an environment means, with made-up secrets for those of files."""
    values = {}
    for name, value in environment.items():
        secret = name.removesuffix(FILE_SUFFIX)
        if name in NAMES and value:
            values[name.lower()] = value
        elif secret in SECRETS and name not in NAMES:
            values[secret.lower()] = _MADE_UP.get(secret, "s" * 32)
    return load_settings(**values)


def _mounted(deployment: Object) -> Iterator[str]:
    """Yield the paths of all files that come from secrets."""
    volumes = {one["name"]: one for one in deployment["spec"]["template"]["spec"]["volumes"]}
    for mount in next(containers(deployment))["volumeMounts"]:
        secret = volumes[mount["name"]].get("secret")
        if secret and mount.get("readOnly"):
            keys = [item["path"] for item in secret.get("items", [])]
            for key in keys or ["ca.crt", "tls.crt", "tls.key"]:  # of a secret for TLS
                yield f"{mount['mountPath']}/{key}"
