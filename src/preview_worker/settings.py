"""Settings: the only reader of the environment, which checks each value for the rooms."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from preview_worker.api.settings import ProbeSettings
from preview_worker.artifacts.settings import ArtifactSettings
from preview_worker.contract import PayloadLimits
from preview_worker.observability import redact
from preview_worker.queue.settings import QueueSettings
from preview_worker.render.settings import RenderSettings
from preview_worker.worker.settings import WorkerSettings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_OWN_PREFIX = "PREVIEW_"
_FILE_SUFFIX = "_FILE"

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(gt=0)]


class SettingsError(Exception):
    """A value of the environment is wrong; the message has one line for each."""


class Settings(BaseSettings):
    """Every name that the environment may set, with its default and its meaning.

    An empty value counts as not set. A secret may come from a file instead: ``NAME_FILE`` holds
    the path.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    redis_url: SecretStr | None = Field(
        None, description="redis:// or rediss:// address; replaces REDIS_HOST and REDIS_PORT"
    )
    redis_host: str = Field("127.0.0.1", description="Redis host")
    redis_port: int = Field(6379, ge=1, le=65535, description="Redis port")
    redis_password: SecretStr | None = Field(None, description="Redis password")
    preview_queue_name: str = Field("preview-jobs", description="BullMQ queue to work on")
    preview_queue_prefix: str = Field("bull", description="BullMQ key prefix")
    preview_queue_max: Count = Field(20, description="enqueue refuses when so many jobs wait")
    preview_worker_concurrency: Count = Field(2, description="Renders at a time")
    preview_max_concurrency: Count | None = Field(
        None, description="Upper bound of the above; 0 takes no work"
    )
    preview_render_timeout_s: Seconds = Field(300, description="Wall time of one render, seconds")
    preview_shutdown_grace_s: float = Field(
        25, ge=0, description="How long running jobs may go on after SIGTERM, seconds"
    )
    preview_payload_max_bytes: int = Field(
        PayloadLimits().max_bytes, ge=1024, description="Largest payload, bytes"
    )
    preview_asset_roots: str = Field(
        "",
        description="Folders that pictures may come from; assets and uploads in DATA_DIR if unset",
    )
    data_dir: Path = Field(Path("data"), description="Where previews are kept")
    health_port: int = Field(3000, ge=0, le=65535, description="Probes and metrics; 0 = any free")
    preview_health_host: str = Field(
        ProbeSettings().host, description="Address that probes listen on"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severity that is logged"
    )
    node_env: str = Field("development", description="production logs JSON on terminals too")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the files that it names."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _SecretFiles(settings_cls)

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
                message = "must look like redis://host:6379 or rediss://host:6379"
                raise ValueError(message)
        return value

    @field_validator("preview_queue_name", "preview_queue_prefix")
    @classmethod
    def _check_key_part(cls, value: str) -> str:
        if not value or ":" in value:
            message = "must not be empty nor contain ':'"
            raise ValueError(message)
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        lowered = value.lower() if isinstance(value, str) else value
        return {"warn": "warning", "trace": "debug", "fatal": "error"}.get(str(lowered), lowered)

    @property
    def queue(self) -> QueueSettings:
        """What the queue room needs."""
        password = self.redis_password.get_secret_value() if self.redis_password else None
        host = f"[{self.redis_host}]" if ":" in self.redis_host else self.redis_host
        url = self.redis_url.get_secret_value() if self.redis_url else None
        return QueueSettings(
            redis_url=url or f"redis://{host}:{self.redis_port}",
            redis_password=password,
            queue_name=self.preview_queue_name,
            prefix=self.preview_queue_prefix,
        )

    @property
    def worker(self) -> WorkerSettings:
        """What the worker room needs."""
        concurrency = self.preview_worker_concurrency
        if self.preview_max_concurrency is not None:
            concurrency = min(concurrency, self.preview_max_concurrency)
        return WorkerSettings(
            concurrency=concurrency,
            render_timeout_s=self.preview_render_timeout_s,
            grace_s=self.preview_shutdown_grace_s,
        )

    @property
    def payload_limits(self) -> PayloadLimits:
        """What a payload may weigh."""
        return PayloadLimits(max_bytes=self.preview_payload_max_bytes)

    @property
    def artifacts(self) -> ArtifactSettings:
        """What the artifacts room needs."""
        return ArtifactSettings(data_dir=self.data_dir.absolute())

    @property
    def render(self) -> RenderSettings:
        """What the render room needs."""
        named = [Path(part) for part in self.preview_asset_roots.split(os.pathsep) if part]
        roots = named or [self.data_dir / "assets", self.data_dir / "uploads"]
        return RenderSettings(asset_roots=tuple(root.absolute() for root in roots))

    def with_asset_root(self, folder: Path) -> Settings:
        """Return the same settings with one more folder that pictures may come from."""
        roots = [*self.render.asset_roots, folder.absolute()]
        return self.model_copy(update={"preview_asset_roots": os.pathsep.join(map(str, roots))})

    @property
    def probes(self) -> ProbeSettings:
        """What the probe server needs."""
        return ProbeSettings(host=self.preview_health_host, port=self.health_port)

    @property
    def production(self) -> bool:
        """Whether people depend on this process."""
        return self.node_env == "production"


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads a secret from the file that ``NAME_FILE`` names; one trailing newline is dropped."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the file's text for a secret field whose file is named, else None."""
        path = os.environ.get(field_name.upper() + _FILE_SUFFIX)
        if not path or not _is_secret(field):
            return None, field_name, False
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            message = f"{field_name.upper()}{_FILE_SUFFIX}: {path} cannot be read ({error})"
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


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as people are shown it: secrets are masked."""

    name: str
    value: str
    source: str
    meaning: str


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401 -- each field checks its own type
    """Return the settings of this process; raise ``SettingsError`` naming each wrong value."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from None


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
    known = [name.upper() for name in Settings.model_fields]
    strangers = []
    for name in sorted(os.environ if environment is None else environment):
        if name.startswith(_OWN_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            strangers.append(f"{name} is not a setting" + (f"; {near[0]} is" if near else ""))
    return strangers


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for detail in error.errors(include_url=False):
        name = str(detail["loc"][0])
        secret = _is_secret(Settings.model_fields[name])
        given = "" if secret else f" (it is {detail['input']!r})"
        lines.append(f"{name.upper()}: {detail['msg'].removeprefix('Value error, ')}{given}")
    return lines


def _is_secret(field: FieldInfo) -> bool:
    return "SecretStr" in str(field.annotation)


def _show(name: str, value: object) -> str:
    if name == "redis_url" and isinstance(value, SecretStr):
        return redact(value.get_secret_value())
    return "" if value is None else str(value)


def _source(name: str) -> str:
    variable = name.upper()
    if os.environ.get(variable):
        return "environment"
    if _is_secret(Settings.model_fields[name]) and os.environ.get(variable + _FILE_SUFFIX):
        return "file"
    return "default"
