"""The variables that say in which bucket previews are kept, and who we are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings

from preview_worker.artifacts import ArtifactSettings
from preview_worker.artifacts.objects.settings import BucketSettings, Encryption, is_place


class StorageVariables(BaseSettings):
    """Every name that has to do with object storage; without an address none is used."""

    preview_storage_url: str = Field(
        "", description="Bucket that previews are kept in: s3://bucket/prefix; DATA_DIR if unset"
    )
    preview_assets_url: str = Field(
        "",
        description="Bucket of pictures and sounds that no root has: s3://bucket/prefix",
    )
    preview_storage_endpoint: str = Field(
        "", description="Address of the storage service; that of AWS if unset"
    )
    preview_storage_region: str = Field(BucketSettings().region, description="Region of the bucket")
    preview_storage_access_key_id: SecretStr | None = Field(
        None, description="Who we are there; as for every AWS client if unset"
    )
    preview_storage_secret_access_key: SecretStr | None = Field(
        None, description="The secret that belongs to it"
    )
    preview_storage_session_token: SecretStr | None = Field(
        None, description="The token of a session, if the two above are of one"
    )
    preview_storage_allow_http: bool = Field(
        default=False, description="Whether the endpoint may do without TLS"
    )
    preview_storage_ca_file: Path | None = Field(
        None, description="Certificates that sign the service's, besides the system's"
    )
    preview_storage_encryption: Encryption = Field(
        "", description="AES256, aws:kms or aws:kms:dsse; as the bucket says if unset"
    )
    preview_storage_kms_key_id: str = Field("", description="Key of aws:kms, if not the default")
    preview_storage_timeout_s: float = Field(
        BucketSettings().timeout_s, gt=0, description="For one request to the storage, seconds"
    )
    preview_storage_redirect_s: float = Field(
        0,
        ge=0,
        le=604_800,
        description="How long the signed address lasts that readers are sent to; 0 = none are",
    )
    preview_storage_scenes: bool = Field(
        default=False, description="Whether workers share there what they film, too"
    )
    preview_storage_scenes_max_age_s: float = Field(
        ArtifactSettings().scenes_max_age_s,
        ge=0,
        description="For how long after their last use shared scenes stay; 0 = for ever",
    )

    @property
    def bucket(self) -> BucketSettings:
        """What the artifacts room needs for object storage; without ``url`` none is used."""
        ca_file = self.preview_storage_ca_file
        try:
            ca_pem = None if ca_file is None else ca_file.read_text(encoding="ascii")
        except (OSError, UnicodeDecodeError) as error:
            message = f"PREVIEW_STORAGE_CA_FILE: {ca_file} cannot be read ({error})"
            raise ValueError(message) from None
        return BucketSettings(
            url=self.preview_storage_url,
            endpoint=self.preview_storage_endpoint,
            region=self.preview_storage_region,
            access_key_id=_told(self.preview_storage_access_key_id),
            secret_access_key=_told(self.preview_storage_secret_access_key),
            session_token=_told(self.preview_storage_session_token),
            allow_http=self.preview_storage_allow_http,
            ca_pem=ca_pem,
            encryption=self.preview_storage_encryption,
            kms_key_id=self.preview_storage_kms_key_id,
            timeout_s=self.preview_storage_timeout_s,
            redirect_s=self.preview_storage_redirect_s,
            share_scenes=self.preview_storage_scenes,
        )

    @property
    def assets_bucket(self) -> BucketSettings:
        """The bucket of assets, where we are who we are in that of previews; without ``url`` none.

        Raises ``ValueError`` where assets and previews would lie in one another: a payload could
        show what belongs to other projects.
        """
        if not self.preview_assets_url:
            return replace(self.bucket, url="", share_scenes=False)
        if not is_place(self.preview_assets_url):
            message = "PREVIEW_ASSETS_URL must be s3://bucket or s3://bucket/prefix"
            raise ValueError(message)
        bucket = replace(self.bucket, url=self.preview_assets_url, share_scenes=False)
        if self.preview_storage_url:
            ours, theirs = f"{bucket.root}/", f"{self.bucket.root}/"
            if ours.startswith(theirs) or theirs.startswith(ours):
                message = "PREVIEW_ASSETS_URL and PREVIEW_STORAGE_URL must not lie in one another"
                raise ValueError(message)
        return bucket

    @model_validator(mode="after")
    def _check_bucket(self) -> Self:
        """Refuse addresses and keys that do not go together."""
        _ = self.bucket, self.assets_bucket
        return self


def _told(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
