"""Settings: the only reader of the environment, which checks each value for the rooms."""

from __future__ import annotations

from preview_worker.settings.account import SettingRow, describe_settings, find_strangers
from preview_worker.settings.environment import Settings, load_settings
from preview_worker.settings.secret_files import SettingsError

__all__ = [
    "SettingRow",
    "Settings",
    "SettingsError",
    "describe_settings",
    "find_strangers",
    "load_settings",
]
