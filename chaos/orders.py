"""What producers order in a storm, and what has to become of each order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

PROJECT = "storm"
ATTEMPTS = 15
BACKOFF_MS = 200
"""Enough attempts for a job to outlive a storm: whoever fails here fails wrongly."""

_WORDS = ("lamp", "tower", "card", "token", "keeper", "harbour", "wave", "signal", "turn", "ship")
_CALM_SHARE = 0.75
_NODE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Order:
    """A job to submit; ``code`` is the error it has to end with, None when it has to complete."""

    id: str
    payload: Json
    code: str | None = None
    priority: int = 0
    delay_ms: int = 0
    twice: bool = False
    """Submitted again under the same id, which must change nothing."""
    by_node: bool = False


def a_long_order(job_id: str, draw: random.Random) -> Order:
    """Return an order that takes some seconds: in a crossfade, every frame has to be painted."""
    payload = _payload(job_id, [_sentence(draw, 30) for _ in range(16)])
    options = {"resolution": "1280x720", "transition": {"type": "crossfade", "durationSec": 1}}
    payload["previewRequest"]["options"] = options
    return Order(job_id, payload)


@dataclass(slots=True)
class OrderBook:
    """Draws orders by a seed; the same seed orders the same things in the same order."""

    seed: int
    node: bool
    """Whether there is a Node producer to submit a part of them."""
    length: int = 4
    """The most steps that a preview has."""
    varied: bool = True
    """Whether there are dry runs, wrong payloads, delays, priorities and doubles among them."""
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Seed the draws."""
        self._random = random.Random(self.seed)

    def draw(self) -> Iterator[Order]:
        """Yield orders without end."""
        number = 0
        while True:
            number += 1
            yield self._order(f"job-{number:05}")

    def _order(self, job_id: str) -> Order:
        draw = self._random
        steps = range(draw.randint(1, self.length))
        payload = _payload(job_id, [_sentence(draw, draw.randint(5, 14)) for _ in steps])
        if not self.varied or draw.random() < _CALM_SHARE:
            return Order(job_id, payload, by_node=self.node and draw.random() < _NODE_SHARE)
        code = None
        priority = delay_ms = 0
        twice = False
        match draw.randrange(5):
            case 0:
                payload["dryRun"] = True
            case 1:
                code = self._spoil(payload)
            case 2:
                priority = draw.randint(1, 10)
            case 3:
                delay_ms = draw.randint(100, 3000)
            case _:
                twice = True
        by_node = self.node and draw.random() < _NODE_SHARE
        return Order(job_id, payload, code, priority, delay_ms, twice, by_node)

    def _spoil(self, payload: Json) -> str:
        request = payload["previewRequest"]
        match self._random.randrange(4):
            case 0:
                payload["dryRun"] = "yes"
                return "invalid.payload"
            case 1:
                request["options"]["resolution"] = "enormous"
                return "invalid.option"
            case 2:
                request["assets"] = [{"id": "a1", "path": "/etc/hostname"}]
                request["steps"][0]["assetId"] = "a1"
                return "invalid.asset_forbidden"
            case _:
                deep: Json = {}
                payload["extra"] = deep
                for _ in range(200):
                    deep["deeper"] = deep = {}
                return "invalid.payload.too_deep"


def _payload(job_id: str, texts: list[str]) -> Json:
    return {
        "jobId": job_id,
        "projectId": PROJECT,
        "requestId": f"req-{job_id}",
        "dryRun": False,
        "previewRequest": {
            "title": f"Storm {job_id}",
            "steps": [{"id": f"s{number}", "text": text} for number, text in enumerate(texts)],
            "assets": [],
            "audio": {},
            "options": {"resolution": "320x180"},
        },
    }


def _sentence(draw: random.Random, words: int) -> str:
    """Return a text that no other job has, so that nothing of it is in the cache."""
    chosen = " ".join(draw.choice(_WORDS) for _ in range(words))
    return f"{chosen.capitalize()} {draw.randrange(10**6)}."
