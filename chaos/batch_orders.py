"""Batches to order, and the three ways of ordering one: our command, over HTTP, and Node."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from chaos.ground import Ground
from chaos.orders import PROJECT
from chaos.producers import NodeProducer
from preview_worker.contract import PART_NAME
from tests.workers import environment

_AGAIN_S = 0.3
_ANSWER_S = 30.0
_SCENES = (10, 20)
_PARTS = (2, 5)
_SCENE_S = 0.6
_ATTEMPTS = 3
_WORDS = ("lamp", "tower", "card", "token", "keeper", "harbour", "wave", "signal", "turn", "ship")
WAYS = ("command", "http", "node")


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """A tutorial to be rendered in parts, and how it is ordered."""

    id: str
    payload: dict[str, Any]
    parts: int
    way: str


def draw_batches(seed: int, count: int, ways: Sequence[str] = WAYS) -> list[BatchOrder]:
    """Return so many tutorials of many short scenes, none of which another one has."""
    draw = random.Random(seed)
    orders = []
    for number in range(1, count + 1):
        texts = [_sentence(draw) for _ in range(draw.randint(*_SCENES))]
        job_id = f"batch-{number:04}"
        parts = draw.randint(*_PARTS)
        orders.append(BatchOrder(job_id, _payload(job_id, texts), parts, ways[number % len(ways)]))
    return orders


def _sentence(draw: random.Random) -> str:
    words = " ".join(draw.choice(_WORDS) for _ in range(draw.randint(4, 9)))
    return f"{words.capitalize()} {draw.randrange(10**6)}."


def _payload(job_id: str, texts: Sequence[str]) -> dict[str, Any]:
    steps = [
        {"id": f"s{number}", "text": text, "durationSec": _SCENE_S}
        for number, text in enumerate(texts)
    ]
    return {
        "jobId": job_id,
        "projectId": PROJECT,
        "requestId": f"req-{job_id}",
        "dryRun": False,
        "previewRequest": {
            "title": f"Storm {job_id}",
            "steps": steps,
            "assets": [],
            "audio": {},
            "options": {
                "resolution": "480x270",
                "transition": {"type": "crossfade", "durationSec": 0.3},
            },
        },
    }


class Desk:
    """Orders batches, each by its way, and again until somebody confirmed it."""

    def __init__(
        self, ground: Ground, server: str, node: NodeProducer | None, own: set[int]
    ) -> None:
        """Order at the HTTP interface ``server``, by commands, and by ``node``.

        The commands' process ids are added to ``own`` while they run.
        """
        self._ground = ground
        self._server = server
        self._node = node
        self._own = own

    async def place(self, order: BatchOrder) -> None:
        """Order a batch; its id makes it safe to try again."""
        match order.way:
            case "node" if self._node is not None:
                await self._node.submit_flow(_flow(order, self._ground.settings.queue_name))
            case "http":
                await self._post(order)
            case _:
                await self._enqueue(order)

    async def _post(self, order: BatchOrder) -> None:
        body = {"job": order.payload, "parts": order.parts}
        async with httpx.AsyncClient(base_url=self._server, timeout=_ANSWER_S) as client:
            while True:
                try:
                    answer = await client.post("/api/v1/batches", json=body)
                except httpx.TransportError:
                    await asyncio.sleep(_AGAIN_S)
                    continue
                if answer.is_success:
                    return
                assert answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR, answer.text
                await asyncio.sleep(_AGAIN_S)

    async def _enqueue(self, order: BatchOrder) -> None:
        path = self._ground.folder / f"{order.id}.json"
        await asyncio.to_thread(path.write_text, json.dumps(order.payload), "utf-8")
        while (status := await self._run(path, order.parts)) != 0:
            assert status in {69, 75}, f"enqueue ended with {status}"
            await asyncio.sleep(_AGAIN_S)

    async def _run(self, path: Path, parts: int) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "preview_worker", "enqueue", str(path)),
            *("--batch", "--parts", str(parts), "--json"),
            env=environment(self._ground.settings, self._ground.data_dir),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._own.add(process.pid)
        try:
            return await process.wait()
        finally:
            self._own.discard(process.pid)


def _flow(order: BatchOrder, queue_name: str) -> dict[str, object]:
    """Return a batch as a service of Mobius would add it with BullMQ's ``FlowProducer``."""
    ids = {name: order.payload[name] for name in ("projectId", "requestId", "dryRun")}
    options = {"attempts": _ATTEMPTS, "backoff": {"type": "exponential", "delay": 500}}
    children = [
        {
            "name": PART_NAME,
            "queueName": queue_name,
            "data": {
                "jobId": f"{order.id}-part-{number}",
                **ids,
                "part": {"number": number, "count": order.parts},
            },
            "opts": {
                **options,
                "jobId": f"{order.id}-part-{number}",
                "ignoreDependencyOnFailure": True,
                "removeOnComplete": True,
            },
        }
        for number in range(1, order.parts + 1)
    ]
    return {
        "name": "render-preview",
        "queueName": queue_name,
        "data": order.payload,
        "opts": {"jobId": order.id, **options},
        "children": children,
    }
