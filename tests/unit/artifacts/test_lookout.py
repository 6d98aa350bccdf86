"""Whether a bucket answers: asked seldom, and told soon."""

from __future__ import annotations

import pytest
from obstore.store import MemoryStore

from preview_worker.artifacts.objects.bucket import Bucket
from preview_worker.artifacts.objects.lookout import Lookout
from preview_worker.contract import ErrorCode, PreviewError

pytestmark = pytest.mark.anyio


class _Moody(Bucket):
    """Answers, or not, and counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__(MemoryStore())
        self.away = False
        self.asked = 0

    def look(self) -> None:
        """Refuse while it is away."""
        self.asked += 1
        if self.away:
            raise PreviewError(ErrorCode.STORAGE, "It is away.")
        super().look()


async def test_an_answer_is_believed_for_a_while() -> None:
    """Ten seconds where the bucket is there, and two where it is not."""
    bucket, now_s = _Moody(), 100.0
    lookout = Lookout(bucket, lambda: now_s)
    answers = []
    for step_s, away in ((0, False), (9, True), (1, True), (1, False), (1, False)):
        now_s += step_s
        bucket.away = away
        answers.append((await lookout.refusal(), bucket.asked))
    assert answers == [(None, 1), (None, 1), ("It is away.", 2), ("It is away.", 2), (None, 3)]
