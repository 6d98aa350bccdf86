"""What the worker knows of a render process: how to speak with it, and how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass

from preview_worker.worker.framing import pack_frame


@dataclass(frozen=True, slots=True)
class Exit:
    """How a render process ended. ``status`` is None when its zygote went with it."""

    status: int | None
    cpu_s: float = 0.0
    rss_kib: int = 0

    @property
    def signal_number(self) -> int | None:
        """The signal that ended the process, if one did."""
        if self.status is None:
            return int(signal.SIGKILL)
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else None

    @property
    def description(self) -> str:
        """``ok``, ``exit:N`` or ``signal:NAME``."""
        number = self.signal_number
        if number is not None:
            return f"signal:{signal.Signals(number).name}"
        code = os.waitstatus_to_exitcode(self.status or 0)
        return f"exit:{code}" if code else "ok"


@dataclass(slots=True)
class Child:
    """A render process: its messages, and a future that ends with it."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    exited: asyncio.Future[Exit]

    async def send(self, body: bytes) -> None:
        """Send one frame to the process."""
        self.writer.write(pack_frame(body))
        await self.writer.drain()

    async def close(self) -> None:
        """Close our end of the connection; the process itself is not touched.

        What it has not read yet is dropped: one that reads no more would be waited for.
        """
        self.writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()
