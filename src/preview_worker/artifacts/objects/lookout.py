"""Whether a bucket answers, for those who ask every second."""

from __future__ import annotations

import time
from collections.abc import Callable

from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.line import in_call
from preview_worker.contract import PreviewError

_BELIEVED_S = 10.0
_MISSED_S = 2.0


class Lookout:
    """Asks a bucket for next to nothing, and believes the answer for a while."""

    def __init__(self, bucket: Bucket, clock: Callable[[], float] = time.monotonic) -> None:
        """Look at ``bucket``; ``clock`` is in seconds. Nothing is asked yet."""
        self._bucket = bucket
        self._clock = clock
        self._until_s = clock()
        self._answer: str | None = None

    async def refusal(self) -> str | None:
        """Say why nothing could be read there; None when something could, up to ten seconds ago."""
        if self._clock() >= self._until_s:
            self._answer = await self._ask()
            self._until_s = self._clock() + (_MISSED_S if self._answer else _BELIEVED_S)
        return self._answer

    async def _ask(self) -> str | None:
        try:
            await in_call(self._bucket.look)
        except PreviewError as error:
            return error.message
        return None
