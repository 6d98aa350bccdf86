"""Every name that the environment may set, and how the rooms' own settings come of them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from preview_worker.api.settings import ProbeSettings
from preview_worker.artifacts.settings import ArtifactSettings
from preview_worker.assets import AssetSettings, read_hosts
from preview_worker.contract import PayloadLimits
from preview_worker.observability import AuditSettings
from preview_worker.queue.settings import QueueSettings
from preview_worker.render.settings import RenderSettings
from preview_worker.settings.access import AccessVariables
from preview_worker.settings.allotment import usable_processors
from preview_worker.settings.auditing import AuditVariables
from preview_worker.settings.brand_file import read_brand
from preview_worker.settings.connection import RedisVariables
from preview_worker.settings.secret_files import SecretFiles, SettingsError, is_secret
from preview_worker.settings.storage import StorageVariables
from preview_worker.settings.tracing import TraceVariables
from preview_worker.settings.walls import WallVariables
from preview_worker.worker.settings import WorkerSettings

Count = Annotated[int, Field(ge=0)]
Seconds = Annotated[float, Field(gt=0)]


class Settings(
    AccessVariables,
    AuditVariables,
    RedisVariables,
    StorageVariables,
    TraceVariables,
    WallVariables,
):
    """Every name that the environment may set, with its default and its meaning.

    An empty value counts as not set. A secret may come from a file instead: ``NAME_FILE`` holds
    the path.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True)

    preview_queue_name: str = Field("preview-jobs", description="BullMQ queue to work on")
    preview_queue_prefix: str = Field("bull", description="BullMQ key prefix")
    preview_queue_max: Count = Field(20, description="enqueue refuses when so many jobs wait")
    preview_dead_max_count: Count = Field(1000, description="Dead letters to keep; 0 keeps none")
    preview_dead_max_age_s: Seconds = Field(
        1_209_600, description="How long dead letters are kept, seconds"
    )
    preview_worker_concurrency: Count = Field(2, description="Renders at a time")
    preview_max_concurrency: Count | None = Field(
        None, description="Upper bound of the above; 0 takes no work"
    )
    preview_reserved_slots: Count = Field(
        0, description="How many of the renders at a time are kept for urgent jobs"
    )
    preview_batch_slots: Count = Field(
        0, description="How many of the other renders at a time take jobs that are not urgent first"
    )
    preview_urgent_priority: Count = Field(
        1, description="Greatest priority number of an urgent job; jobs without one are urgent"
    )
    preview_project_max_active: Count = Field(
        0, description="Jobs of one project at once, and one more if it is urgent; 0 = no limit"
    )
    preview_render_timeout_s: Seconds = Field(300, description="Wall time of one render, seconds")
    preview_render_processes: Count = Field(
        0, description="Processes of one render; 0 = as many as there are processors"
    )
    preview_cache_max_bytes: Count = Field(
        RenderSettings().cache_max_bytes,
        description="What scenes kept in DATA_DIR/cache may take, bytes; 0 keeps none",
    )
    preview_shutdown_grace_s: float = Field(
        25, ge=0, description="How long running jobs may go on after SIGTERM, seconds"
    )
    preview_payload_max_bytes: int = Field(
        PayloadLimits().max_bytes, ge=1024, description="Largest payload, bytes"
    )
    preview_asset_roots: str = Field(
        "",
        description="Folders of pictures and sounds; assets and uploads in DATA_DIR if unset",
    )
    preview_asset_hosts: str = Field(
        "",
        description="Hosts of assets to fetch: a.example.org,*.example.net; none if unset",
    )
    preview_asset_cache_max_bytes: Annotated[int, Field(ge=1)] = Field(
        AssetSettings().cache_max_bytes,
        description="What fetched assets kept in DATA_DIR/cache may take, bytes",
    )
    preview_brand_file: Path | None = Field(
        None, description="JSON with name, colours and logo of the brand; a request's own wins"
    )
    preview_retention_max_age_s: float = Field(
        0, ge=0, description="How long previews are kept, seconds; 0 = for ever"
    )
    preview_retention_max_bytes: Count = Field(
        0, description="What all previews may take, bytes, at the cost of the oldest; 0 = no limit"
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
    preview_env: str | None = Field(None, description="The same, and stronger than NODE_ENV")

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
        return init_settings, env_settings, SecretFiles(settings_cls)

    @field_validator("preview_queue_name", "preview_queue_prefix")
    @classmethod
    def _check_key_part(cls, value: str) -> str:
        if not value or ":" in value:
            message = "must not be empty nor contain ':'"
            raise ValueError(message)
        return value

    @field_validator("preview_asset_hosts")
    @classmethod
    def _check_hosts(cls, value: str) -> str:
        read_hosts(value)
        return value

    @field_validator("preview_brand_file")
    @classmethod
    def _check_brand(cls, value: Path | None) -> Path | None:
        read_brand(value)
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        lowered = value.lower() if isinstance(value, str) else value
        return {"warn": "warning", "trace": "debug", "fatal": "error"}.get(str(lowered), lowered)

    @model_validator(mode="after")
    def _check_queue(self) -> Self:
        """Refuse values that are good by themselves but not together."""
        _ = self.queue
        return self

    @property
    def queue(self) -> QueueSettings:
        """What the queue room needs."""
        password = self.redis_password.get_secret_value() if self.redis_password else None
        return QueueSettings(
            redis_url=self.effective_redis_url,
            redis_password=password,
            connection=self.connection,
            queue_name=self.preview_queue_name,
            prefix=self.preview_queue_prefix,
            dead_max_count=self.preview_dead_max_count,
            dead_max_age_s=self.preview_dead_max_age_s,
            urgent_priority=self.preview_urgent_priority,
            project_max_active=self.preview_project_max_active,
        )

    @property
    def worker(self) -> WorkerSettings:
        """What the worker room needs."""
        concurrency = self.preview_worker_concurrency
        if self.preview_max_concurrency is not None:
            concurrency = min(concurrency, self.preview_max_concurrency)
        return WorkerSettings(
            concurrency=concurrency,
            reserved=self.preview_reserved_slots,
            patient=self.preview_batch_slots,
            bounded_projects=self.preview_project_max_active > 0,
            render_timeout_s=self.preview_render_timeout_s,
            grace_s=self.preview_shutdown_grace_s,
            sandbox=self.preview_sandbox,
            memory_max_bytes=self.memory_max_bytes(concurrency, self.render.processes),
            output_max_bytes=self.preview_output_max_bytes,
        )

    @property
    def payload_limits(self) -> PayloadLimits:
        """What a payload may weigh."""
        return PayloadLimits(max_bytes=self.preview_payload_max_bytes)

    @property
    def artifacts(self) -> ArtifactSettings:
        """What the artifacts room needs."""
        return ArtifactSettings(
            data_dir=self.data_dir.absolute(),
            retention_max_age_s=self.preview_retention_max_age_s,
            retention_max_bytes=self.preview_retention_max_bytes,
            scenes_max_age_s=self.preview_storage_scenes_max_age_s,
        )

    @property
    def audit(self) -> AuditSettings:
        """What the audit log needs."""
        return self.audit_in(self.data_dir)

    @property
    def assets(self) -> AssetSettings:
        """What the assets room needs."""
        return AssetSettings(
            hosts=read_hosts(self.preview_asset_hosts),
            folder=self.data_dir.absolute() / "cache" / "assets",
            cache_max_bytes=self.preview_asset_cache_max_bytes,
        )

    @property
    def render(self) -> RenderSettings:
        """What the render room needs."""
        named = [Path(part) for part in self.preview_asset_roots.split(os.pathsep) if part]
        roots = named or [self.data_dir / "assets", self.data_dir / "uploads"]
        kept = self.preview_cache_max_bytes > 0
        return RenderSettings(
            asset_roots=tuple(root.absolute() for root in roots),
            asset_store=self.assets_bucket.root if self.preview_assets_url else "",
            processes=self.preview_render_processes or usable_processors(),
            cache_dir=self.data_dir.absolute() / "cache" / "scenes" if kept else None,
            cache_max_bytes=max(1, self.preview_cache_max_bytes),
            brand=read_brand(self.preview_brand_file),
        )

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
        return (self.preview_env or self.node_env) == "production"


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401 -- each field checks its own type
    """Return the settings of this process; raise ``SettingsError`` naming each wrong value."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from None


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for detail in error.errors(include_url=False):
        said = detail["msg"].removeprefix("Value error, ")
        if not detail["loc"]:  # what is wrong is how values go together
            lines.append(said)
            continue
        name = str(detail["loc"][0])
        secret = is_secret(Settings.model_fields[name])
        given = "" if secret else f" (it is {detail['input']!r})"
        lines.append(f"{name.upper()}: {said}{given}")
    return lines
