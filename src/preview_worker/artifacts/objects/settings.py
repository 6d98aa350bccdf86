"""What an operator can choose about object storage."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

SCHEME = "s3"

Encryption = Literal["", "AES256", "aws:kms", "aws:kms:dsse"]

_SHAPE = re.compile(r"s3://[a-z0-9][a-z0-9._-]+(/[^/?#\\\x00-\x1f\x7f]+)*/?", re.ASCII)


def is_place(url: str) -> bool:
    """Tell whether ``url`` is ``s3://bucket`` or ``s3://bucket/prefix`` in its plain shape."""
    return bool(_SHAPE.fullmatch(url)) and {".", ".."}.isdisjoint(url.split("/"))


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSettings:
    """Where the bucket is and who we are there. No ``url`` means that none is used."""

    url: str = ""
    """``s3://bucket/prefix``; the prefix may be missing."""
    endpoint: str = ""
    """Address of the service; that of AWS in ``region`` if empty."""
    region: str = "us-east-1"
    access_key_id: str | None = None
    """Without it, credentials come as for every AWS client: variables, a web identity, the host."""
    secret_access_key: str | None = None
    session_token: str | None = None
    allow_http: bool = False
    """Whether an endpoint without TLS is meant; previews and signatures then travel in the open."""
    ca_pem: str | None = None
    """Certificates that sign the service's, besides the system's own."""
    encryption: Encryption = ""
    """How the service encrypts what it keeps; its own choice if empty."""
    kms_key_id: str = ""
    timeout_s: float = 30.0
    """For one request, its answer included; a request that failed in passing is made again."""
    redirect_s: float = 0.0
    """How long a signed address lasts that readers are sent to; 0 hands the bytes out ourselves."""
    share_scenes: bool = False
    """Whether workers share there what they film."""

    def __post_init__(self) -> None:
        """Refuse values that cannot be meant; raise ``ValueError`` with a sentence for people."""
        if not self.url:
            if self.share_scenes:
                message = "PREVIEW_STORAGE_SCENES=true needs a bucket: PREVIEW_STORAGE_URL"
                raise ValueError(message)
            return
        address = urlsplit(self.url)
        if address.scheme != SCHEME or not address.netloc or address.query or address.fragment:
            message = "PREVIEW_STORAGE_URL must be s3://bucket or s3://bucket/prefix"
            raise ValueError(message)
        endpoint = urlsplit(self.endpoint)
        if self.endpoint and (endpoint.scheme not in {"http", "https"} or not endpoint.netloc):
            message = "PREVIEW_STORAGE_ENDPOINT must be an http:// or https:// address"
            raise ValueError(message)
        if endpoint.scheme == "http" and not self.allow_http:
            message = (
                "PREVIEW_STORAGE_ENDPOINT has no TLS; "
                "PREVIEW_STORAGE_ALLOW_HTTP=true says that this is meant"
            )
            raise ValueError(message)
        if (self.access_key_id is None) is not (self.secret_access_key is None):
            message = (
                "PREVIEW_STORAGE_ACCESS_KEY_ID and PREVIEW_STORAGE_SECRET_ACCESS_KEY "
                "are set together or not at all"
            )
            raise ValueError(message)
        if self.kms_key_id and not self.encryption.startswith("aws:kms"):
            message = "PREVIEW_STORAGE_KMS_KEY_ID needs PREVIEW_STORAGE_ENCRYPTION=aws:kms"
            raise ValueError(message)

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return urlsplit(self.url).netloc

    @property
    def root(self) -> str:
        """The address without a slash at its end."""
        return f"{SCHEME}://{self.bucket}/{self.prefix}".rstrip("/")

    @property
    def prefix(self) -> str:
        """What the keys of all our objects begin with, without slashes at its ends."""
        return urlsplit(self.url).path.strip("/")
