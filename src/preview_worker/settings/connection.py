"""The variables that say where Redis is, who we are there and how we know it is Redis."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings

from preview_worker.queue.address import parse_nodes
from preview_worker.queue.connection import ConnectionSettings
from preview_worker.settings.secret_files import secret_file


class RedisVariables(BaseSettings):
    """Every name that has to do with reaching Redis."""

    redis_url: SecretStr | None = Field(
        None, description="redis:// or rediss:// address; replaces REDIS_HOST and REDIS_PORT"
    )
    redis_host: str = Field("127.0.0.1", description="Redis host")
    redis_port: int = Field(6379, ge=1, le=65535, description="Redis port")
    redis_password: SecretStr | None = Field(None, description="Redis password")
    preview_redis_username: str = Field("", description="ACL user, if the address names none")
    preview_redis_ca_file: Path | None = Field(
        None, description="Certificates that sign the server's; the system's if unset"
    )
    preview_redis_cert_file: Path | None = Field(
        None, description="Our certificate, for servers that want one"
    )
    preview_redis_key_file: Path | None = Field(None, description="The key of that certificate")
    preview_redis_server_name: str = Field(
        "", description="Name that the server's certificate must hold, if not its host"
    )
    preview_redis_sentinels: str = Field(
        "", description="host:port,… of Sentinels, which then say where Redis is"
    )
    preview_redis_sentinel_name: str = Field(
        ConnectionSettings().sentinel_name, description="Name by which Sentinels know the primary"
    )
    preview_redis_sentinel_password: SecretStr | None = Field(
        None, description="Password of the Sentinels"
    )
    preview_redis_cluster: str = Field(
        "", description="host:port,… of cluster nodes; the queue prefix then needs {braces}"
    )

    @field_validator("redis_url")
    @classmethod
    def _check_redis_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            parts = urlsplit(value.get_secret_value())
            if parts.scheme not in {"redis", "rediss"} or not parts.hostname:
                message = "must look like redis://host:6379 or rediss://host:6379"
                raise ValueError(message)
        return value

    @field_validator("preview_redis_sentinels", "preview_redis_cluster")
    @classmethod
    def _check_nodes(cls, value: str) -> str:
        parse_nodes(value)
        return value

    @property
    def effective_redis_url(self) -> str:
        """The address, be it given whole or as host and port."""
        if self.redis_url is not None:
            return self.redis_url.get_secret_value()
        host = f"[{self.redis_host}]" if ":" in self.redis_host else self.redis_host
        return f"redis://{host}:{self.redis_port}"

    @property
    def connection(self) -> ConnectionSettings:
        """What the queue room needs to find Redis and to be let in."""
        url_file = secret_file("redis_url")
        sentinel_password = self.preview_redis_sentinel_password
        return ConnectionSettings(
            username=self.preview_redis_username or None,
            url_file=url_file if self.redis_url is not None else None,
            password_file=secret_file("redis_password"),
            ca_file=self.preview_redis_ca_file,
            certificate_file=self.preview_redis_cert_file,
            key_file=self.preview_redis_key_file,
            server_name=self.preview_redis_server_name or None,
            sentinels=parse_nodes(self.preview_redis_sentinels),
            sentinel_name=self.preview_redis_sentinel_name,
            sentinel_password=sentinel_password.get_secret_value() if sentinel_password else None,
            cluster=parse_nodes(self.preview_redis_cluster),
        )
