"""The audit log: who did what, in a chain of records that cannot be changed unseen."""

from __future__ import annotations

__all__: list[str] = []
