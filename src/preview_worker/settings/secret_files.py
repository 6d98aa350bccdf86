"""Secrets that the environment does not hold itself: it names a file that does."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic_settings import PydanticBaseSettingsSource

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

FILE_SUFFIX = "_FILE"


class SettingsError(Exception):
    """A value of the environment is wrong; the message has one line for each."""


class SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that ``NAME_FILE`` names; one trailing newline is dropped."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the file's text for a secret field whose file is named, else None."""
        path = os.environ.get(field_name.upper() + FILE_SUFFIX)
        if not path or not is_secret(field):
            return None, field_name, False
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"{field_name.upper()}{FILE_SUFFIX}: {path} cannot be read ({error})"
            raise SettingsError(message) from None
        return text.removesuffix("\n"), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the values of all secrets that have a file."""
        values = {}
        for name, field in self.settings_cls.model_fields.items():
            value, _, _ = self.get_field_value(field, name)
            if value is not None:
                values[name] = value
        return values


def is_secret(field: FieldInfo) -> bool:
    """Tell whether a setting is never shown and may come from a file."""
    return "SecretStr" in str(field.annotation)


def secret_file(name: str) -> Path | None:
    """Return the file that a secret is read from, unless the environment holds it itself."""
    variable = name.upper()
    path = os.environ.get(variable + FILE_SUFFIX)
    return Path(path).absolute() if path and not os.environ.get(variable) else None
