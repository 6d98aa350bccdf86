"""What people are told of the settings: each with its value and where that came from."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from preview_worker.observability import redact
from preview_worker.settings.environment import Settings
from preview_worker.settings.secret_files import FILE_SUFFIX, is_secret, secret_file

_OWN_PREFIX = "PREVIEW_"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as people are shown it: secrets are masked."""

    name: str
    value: str
    source: str
    meaning: str


def describe_settings(settings: Settings) -> list[SettingRow]:
    """List every setting with its value and where that came from."""
    return [
        SettingRow(
            name.upper(),
            _show(name, getattr(settings, name)),
            _source(name),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def find_strangers(environment: Mapping[str, str] | None = None) -> list[str]:
    """Name the ``PREVIEW_…`` variables that mean nothing here, with the nearest that does."""
    fields = Settings.model_fields.items()
    known = [name.upper() for name, _ in fields]
    known += [name.upper() + FILE_SUFFIX for name, field in fields if is_secret(field)]
    strangers = []
    for name in sorted(os.environ if environment is None else environment):
        if name.startswith(_OWN_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            strangers.append(f"{name} is not a setting" + (f"; {near[0]} is" if near else ""))
    return strangers


def _show(name: str, value: object) -> str:
    if name == "redis_url" and isinstance(value, SecretStr):
        return redact(value.get_secret_value())
    return "" if value is None else str(value)


def _source(name: str) -> str:
    if os.environ.get(name.upper()):
        return "environment"
    if is_secret(Settings.model_fields[name]) and secret_file(name) is not None:
        return "file"
    return "default"
