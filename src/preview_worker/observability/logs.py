"""One event per line: JSON for machines, text for people, secrets for nobody.

Lines of other libraries, which speak through ``logging``, come out in the same shape.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, TextIO

import structlog

from preview_worker.observability.redaction import HIDDEN, is_secret_name, redact
from preview_worker.observability.settings import LogSettings

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

_TEXT_LIMIT = 2000
_EVENT_WIDTH = 18
_OURS = "preview_worker"
_FOR_PROGRAMS = {"trace_id", "span_id"}
_QUIET = ("uvicorn", "uvicorn.access", "uvicorn.error", "asyncio")


def configure_logs(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send everything that is logged in this process to ``stream``, stderr unless given.

    Replaces what an earlier call set up, so it may be called again.
    """
    target = stream or sys.stderr
    handler = logging.StreamHandler(stream or _StandardError())
    handler.setFormatter(_formatter(settings, target))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.number)
    for name in _QUIET:
        # Their chatter repeats what our own events say better.
        logging.getLogger(name).setLevel(max(settings.number, logging.WARNING))
    logging.captureWarnings(capture=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class _StandardError:
    """The standard error stream as it is when a line comes.

    While a progress bar is drawn, it is one that puts lines above the bar.
    """

    def write(self, text: str) -> None:
        sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def _is_for_people(settings: LogSettings, target: TextIO) -> bool:
    return settings.shape == "text" or (settings.shape == "auto" and target.isatty())


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _formatter(settings: LogSettings, target: TextIO) -> logging.Formatter:
    ending: Iterable[Processor]
    if _is_for_people(settings, target):
        ending = [
            shorten,
            structlog.dev.ConsoleRenderer(
                colors=target.isatty(), pad_event_to=_EVENT_WIDTH, sort_keys=False
            ),
        ]
    else:
        ending = [structlog.processors.JSONRenderer(ensure_ascii=True, default=repr)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_shared_processors(), structlog.stdlib.ExtraAdder()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            conceal,
            *ending,
        ],
    )


def shorten(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out what only programs look for, and tell the time of day where the reader is."""
    kept = {key: value for key, value in event.items() if key not in _FOR_PROGRAMS}
    if kept.get("logger") == _OURS:
        del kept["logger"]
    if isinstance(at := kept.get("timestamp"), str):
        local = datetime.fromisoformat(at).astimezone()
        kept["timestamp"] = local.time().isoformat(timespec="milliseconds")
    return kept


def conceal(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Blot out secrets in a line's fields and cut what is too long for a line."""
    return {key: _concealed(key, value) for key, value in event.items()}


def _concealed(key: str, value: object) -> object:
    if is_secret_name(key):
        return HIDDEN
    match value:
        case str():
            text = redact(value)
            return text if len(text) <= _TEXT_LIMIT or key == "exception" else _cut(text)
        case dict():
            return {str(name): _concealed(str(name), item) for name, item in value.items()}
        case list() | tuple():
            return [_concealed(key, item) for item in value]
        case _:
            return value


def _cut(text: str) -> str:
    return f"{text[:_TEXT_LIMIT]}... ({len(text)} characters)"
