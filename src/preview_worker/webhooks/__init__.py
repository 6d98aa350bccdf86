"""Tells other services how previews ended: signed, tried again, by one process at a time.

What is posted and signed follows Standard Webhooks 1.0 (https://www.standardwebhooks.com), so that
its libraries can verify it. The library that posts loads when it is asked for, not before.
"""

from __future__ import annotations

from preview_worker.webhooks.endpoint import Endpoint, read_endpoints
from preview_worker.webhooks.settings import WebhookSettings

__all__ = ["Endpoint", "WebhookSettings", "read_endpoints"]
