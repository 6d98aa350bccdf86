"""A process that tells of webhooks and nothing else, to be killed by a test."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

from preview_worker.bootstrap.webhooks import open_webhooks
from preview_worker.events import Event
from preview_worker.settings import load_settings


class Silent:
    """Takes note of nothing."""

    def observe(self, event: Event) -> None:
        """Take no note."""


async def serve() -> None:
    """Tell until it is killed; a claim that nobody confirms is free after two seconds."""
    settings = load_settings()
    webhooks = replace(settings.webhooks, claim_s=2.0, post_timeout_s=1.9)
    async with open_webhooks(settings.queue, webhooks, Silent()):
        sys.stdout.write("open\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve())
