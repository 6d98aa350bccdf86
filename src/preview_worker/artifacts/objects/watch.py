"""Who tidies a bucket: one worker at a time, however many share it.

The turn is an object, ``tidying``, that its holder writes anew every now and then. A holder that
died is followed by another once the object is old.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime

from preview_worker.artifacts.objects.bucket import Bucket

TURN_KEY = "tidying"
_HELD_S = 300.0
"""How long a turn lasts that is not renewed."""
_RENEW_S = 100.0


class Watch:
    """Our part in the turns. Blocks on the network."""

    def __init__(
        self, bucket: Bucket, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Take turns in ``bucket`` with everybody else who does."""
        self._bucket = bucket
        self._now = now
        self._name = secrets.token_hex(8)

    def is_ours(self) -> bool:
        """Take the turn if it is free, keep it if it is ours, and tell whether we have it."""
        seen = self._bucket.read(TURN_KEY)
        age_s = (self._now() - seen.modified_at).total_seconds() if seen else _HELD_S
        ours = seen is not None and seen.content.startswith(self._name.encode())
        if (ours and age_s < _RENEW_S) or (not ours and age_s < _HELD_S):
            return ours
        return self._bucket.exchange(TURN_KEY, self._claim(), seen)

    def _claim(self) -> bytes:
        return f"{self._name} {secrets.token_hex(8)}".encode()
