"""The command line: thin commands over bootstrap."""

from __future__ import annotations

from preview_worker.cli.entry import main

__all__ = ["main"]
