"""The signature of a delivery, as Standard Webhooks lays it out."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence

_VERSION = "v1"


def signed_headers(
    message_id: str, at_s: int, body: bytes, secrets: Sequence[bytes]
) -> dict[str, str]:
    """Return the headers that say who speaks and when; ``at_s`` is a POSIX instant.

    A signature is over the id, the instant and the body, so a delivery that was overheard can
    neither be changed nor, for longer than its receiver tolerates, be sent again.
    """
    signed = f"{message_id}.{at_s}.".encode() + body
    digests = (hmac.digest(secret, signed, "sha256") for secret in secrets)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(
            f"{_VERSION},{base64.b64encode(digest).decode()}" for digest in digests
        ),
    }
