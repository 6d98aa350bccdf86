"""Traces: what happens becomes spans, which the OpenTelemetry SDK sends to a collector.

The SDK is an extra of the package, so nothing here is loaded unless traces are asked for.
"""

from __future__ import annotations

__all__: list[str] = []
