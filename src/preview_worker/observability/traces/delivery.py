"""Watches what comes of sending spans, so that a collector that is away is told of once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

_SDK = "opentelemetry"


class WatchedExporter(SpanExporter):
    """An exporter that says in the log when spans begin to be lost, and when that is over.

    The SDK itself says so of every try and of every batch. What it says is kept back, and the last
    of it is the reason that the one line gives.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        """Send by ``exporter``."""
        self._exporter = exporter
        self._logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger("preview_worker")
        self._last_word = _LastWord()
        self._lost = 0
        sdk = logging.getLogger(_SDK)
        sdk.handlers, sdk.propagate = [self._last_word], False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send ``spans``."""
        result = self._exporter.export(spans)
        if result is SpanExportResult.SUCCESS:
            if self._lost:
                self._logger.info("traces.sent", lost_spans=self._lost)
            self._lost = 0
        else:
            if not self._lost:
                self._logger.warning("traces.unsent", reason=self._last_word.text)
            self._lost += len(spans)
        return result

    def shutdown(self) -> None:
        """Send no more, and break off a try that is going on."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        """Nothing is held back here."""
        return self._exporter.force_flush(timeout_millis)


class _LastWord(logging.Handler):
    """Keeps what was logged last."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text = record.getMessage()
