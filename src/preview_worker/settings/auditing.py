"""The variables of the audit log."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from preview_worker.observability.audit.settings import AuditSettings

_KEY_MIN_CHARS = 16
_DEFAULTS = AuditSettings()


class AuditVariables(BaseSettings):
    """Every name that has to do with the audit log."""

    preview_audit: bool = Field(
        default=True, description="Keep a log of who did what in DATA_DIR/audit"
    )
    preview_audit_key: SecretStr | None = Field(
        None, description="Seals the log's checkpoints; 16 characters or more"
    )
    preview_audit_file_max_bytes: int = Field(
        _DEFAULTS.file_max_bytes, ge=4096, description="Size at which a new file is begun, bytes"
    )
    preview_audit_keep_files: int = Field(
        _DEFAULTS.keep_files, ge=2, description="Files of the audit log to keep"
    )
    preview_audit_keep_s: float = Field(
        _DEFAULTS.keep_s, gt=0, description="How long they are kept, seconds"
    )

    @field_validator("preview_audit_key")
    @classmethod
    def _check_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _KEY_MIN_CHARS:
            message = f"must have at least {_KEY_MIN_CHARS} characters"
            raise ValueError(message)
        return value

    def audit_in(self, data_dir: Path) -> AuditSettings:
        """Return what the log needs that is kept under ``data_dir``."""
        key = self.preview_audit_key
        return AuditSettings(
            folder=data_dir.absolute() / "audit",
            key=key.get_secret_value().encode() if key else None,
            file_max_bytes=self.preview_audit_file_max_bytes,
            keep_files=self.preview_audit_keep_files,
            keep_s=self.preview_audit_keep_s,
        )
