"""Mobius preview worker: BullMQ jobs in, how-to-play previews out."""

__version__ = "0.1.0"
