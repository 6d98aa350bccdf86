"""Those who submit: our own producer, and a Node process with the BullMQ that Mobius pins."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Iterator
from itertools import islice
from typing import Any, Protocol, Self

import pytest

from chaos.orders import ATTEMPTS, BACKOFF_MS, Order, OrderBook
from preview_worker.queue import JobRequest, QueueSettings, QueueUnavailableError
from preview_worker.queue.producer import BullProducer
from tests.interop.node import FOLDER, VERSIONS, install_packages

_KEPT = (86_400, 1_000_000)
_AGAIN_S = 0.1
_END_S = 10.0
_JOB_NAME = "render-preview"


class Submitter(Protocol):
    """Adds a job and returns once Redis acknowledged it, however long that takes."""

    async def submit(self, order: Order) -> None:
        """Add ``order``; its id makes it safe to try again."""


class PythonProducer:
    """Our own producer."""

    def __init__(self, settings: QueueSettings) -> None:
        """Submit to the queue of ``settings``."""
        self._producer = BullProducer(settings)

    async def submit(self, order: Order) -> None:
        """See ``Submitter``."""
        request = JobRequest(
            payload=order.payload,
            job_id=order.id,
            priority=order.priority,
            delay_ms=order.delay_ms,
            attempts=ATTEMPTS,
            backoff_ms=BACKOFF_MS,
            keep_completed=_KEPT,
            keep_failed=_KEPT,
        )
        while True:
            try:
                await self._producer.add(request)
            except QueueUnavailableError:
                await asyncio.sleep(_AGAIN_S)
            else:
                return

    async def close(self) -> None:
        """Close the connection."""
        await self._producer.close()


class NodeProducer:
    """A Node process that is told what to add, a line at a time."""

    def __init__(self, settings: QueueSettings) -> None:
        """Submit to the queue of ``settings`` once started."""
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The process id while it runs."""
        return None if self._process is None else self._process.pid

    async def start(self) -> Self:
        """Start the process."""
        self._process = await asyncio.create_subprocess_exec(
            shutil.which("node") or "node",
            *("driver.mjs", VERSIONS[0], self._settings.redis_url),
            cwd=FOLDER,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert await self._read() == {"ready": True}
        await self._ask({"command": "use", "queue": self._settings.queue_name})
        return self

    async def submit(self, order: Order) -> None:
        """See ``Submitter``: the Node client waits for Redis by itself."""
        options: dict[str, object] = {
            "jobId": order.id,
            "attempts": ATTEMPTS,
            "backoff": {"type": "exponential", "delay": BACKOFF_MS},
        }
        if order.priority:
            options["priority"] = order.priority
        if order.delay_ms:
            options["delay"] = order.delay_ms
        while True:
            reply = await self._ask(
                {"command": "add", "name": _JOB_NAME, "data": order.payload, "opts": options}
            )
            if "ok" in reply:
                return
            await asyncio.sleep(_AGAIN_S)

    async def submit_flow(self, flow: dict[str, object]) -> None:
        """Add a job with the children that it waits for, as ``FlowProducer`` takes them."""
        command: dict[str, object] = {"command": "addFlow", "flow": flow}
        while "ok" not in await self._ask(command):  # noqa: ASYNC110 -- Node is asked again
            await asyncio.sleep(_AGAIN_S)

    async def close(self) -> None:
        """Let the process end."""
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _END_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _ask(self, command: dict[str, object]) -> Any:  # noqa: ANN401 -- a JSON value
        async with self._turn:
            assert self._process is not None
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            await self._process.stdin.drain()
            return await self._read()

    async def _read(self) -> Any:  # noqa: ANN401 -- a JSON value
        assert self._process is not None
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            message = "the Node producer ended"
            raise RuntimeError(message)
        return json.loads(line)


def node_is_there() -> bool:
    """Tell whether Node and the packages of the interop tests are there, or can be installed."""
    try:
        install_packages()
    except pytest.skip.Exception:
        return False
    return True


class Market:
    """Submits what an order book holds and remembers what was acknowledged."""

    def __init__(self, book: OrderBook, settings: QueueSettings) -> None:
        """Submit the orders of ``book``, half of them by Node where it is there."""
        self._orders: Iterator[Order] = book.draw()
        self._python = PythonProducer(settings)
        self.node = NodeProducer(settings) if book.node else None
        self.submitted: dict[str, Order] = {}

    async def open(self) -> None:
        """Start the Node process, if there is to be one."""
        if self.node is not None:
            await self.node.start()

    async def submit(self, count: int) -> None:
        """Submit so many orders."""
        for order in islice(self._orders, count):
            await self.place(order)

    async def place(self, order: Order) -> None:
        """Submit one order, by whom and as often as it says."""
        submitter: Submitter = self.node if order.by_node and self.node else self._python
        await submitter.submit(order)
        self.submitted[order.id] = order
        if order.twice:
            await self._python.submit(order)

    async def close(self) -> None:
        """End the producers."""
        await self._python.close()
        if self.node is not None:
            await self.node.close()
