"""The variables of the HTTP interface, and of whom it tells."""

from __future__ import annotations

import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from preview_worker.api.settings import ApiSettings
from preview_worker.webhooks import WebhookSettings, read_endpoints

_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?", re.ASCII)


class AccessVariables(BaseSettings):
    """Every name that has to do with who may come in, and who is told."""

    preview_api_keys: SecretStr | None = Field(
        None, description="Keys of the HTTP interface: name:role:secret, …"
    )
    preview_session_secret: SecretStr | None = Field(
        None, description="What the page's cookies are signed with; by default one per start"
    )
    preview_cors_origins: str = Field(
        "", description="Sites whose scripts may use the interface: https://app.example.org, …"
    )
    preview_public_url: str = Field(
        "", description="Where clients reach the HTTP interface; addresses in webhooks begin so"
    )
    preview_webhook_urls: SecretStr | None = Field(
        None, description="Who is told how previews ended: https://…, …; nobody if unset"
    )
    preview_webhook_secrets: SecretStr | None = Field(
        None, description="What deliveries are signed with: whsec_…, one for all or one for each"
    )
    preview_webhook_private_hosts: str = Field(
        "", description="Hosts of the above that may be in a private network"
    )

    @field_validator("preview_cors_origins")
    @classmethod
    def _check_origins(cls, value: str) -> str:
        for origin in _listed(value):
            if not _ORIGIN.fullmatch(origin):
                message = (
                    f"{origin!r} is no origin; write https://app.example.org, with a port if it "
                    "is not the usual one, in small letters and without a path or a *"
                )
                raise ValueError(message)
        return value

    @field_validator("preview_public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.query):
            message = "must be an address such as https://previews.example.org"
            raise ValueError(message)
        return value.rstrip("/")

    @model_validator(mode="after")
    def _check_webhooks(self) -> Self:
        """Refuse addresses and secrets that do not go together."""
        _ = self.webhooks
        return self

    @property
    def webhooks(self) -> WebhookSettings:
        """What the webhooks room needs."""
        urls, secrets = _secret(self.preview_webhook_urls), _secret(self.preview_webhook_secrets)
        try:
            endpoints = read_endpoints(urls, secrets, self.preview_webhook_private_hosts)
        except ValueError as error:
            message = f"PREVIEW_WEBHOOK_URLS, PREVIEW_WEBHOOK_SECRETS: {error}"
            raise ValueError(message) from None
        return WebhookSettings(endpoints=endpoints, public_url=self.preview_public_url)

    @property
    def api(self) -> ApiSettings:
        """What the HTTP interface needs."""
        return ApiSettings(
            keys=_secret(self.preview_api_keys),
            session_secret=_secret(self.preview_session_secret) or None,
            cors_origins=_listed(self.preview_cors_origins),
        )


def _listed(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def _secret(value: SecretStr | None) -> str:
    return value.get_secret_value() if value else ""
