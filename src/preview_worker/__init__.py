"""Mobius preview worker: BullMQ jobs in, how-to-play previews out."""

from __future__ import annotations

__version__ = "0.1.0"
