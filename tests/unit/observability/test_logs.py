"""Every line is one JSON object, whoever wrote it, and holds no secret."""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import warnings
from collections.abc import Iterator

import pytest
import structlog

from preview_worker.observability import LogSettings, configure_logs


@pytest.fixture(autouse=True)
def _leave_logging_as_it_was() -> Iterator[None]:
    """Put the root logger back after each test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        """Say yes."""
        return True


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    """Read what was written, one JSON object a line."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def written(level: str = "info") -> io.StringIO:
    """Configure logs and return where they go."""
    stream = io.StringIO()
    configure_logs(LogSettings(level=level), stream)
    return stream


def test_an_event_is_one_line_with_its_facts() -> None:
    """Machines read it without guessing."""
    stream = written()
    structlog.stdlib.get_logger("preview_worker").info("job.started", job_id="job-1")
    (line,) = lines(stream)

    assert {"event": "job.started", "level": "info", "job_id": "job-1"}.items() <= line.items()
    assert str(line["timestamp"]).endswith("Z")


def test_other_libraries_write_the_same_shape() -> None:
    """A line of ``logging`` has level, time and name too, and its extras."""
    stream = written()
    logging.getLogger("redis").warning("lost %s", "it", extra={"host": "a"})
    (line,) = lines(stream)

    assert (line["event"], line["level"], line["logger"], line["host"]) == (
        "lost it",
        "warning",
        "redis",
        "a",
    )


def test_a_line_break_cannot_forge_a_line() -> None:
    """Text of a producer stays inside its own line."""
    stream = written()
    structlog.stdlib.get_logger("x").info("a", reason='b\n{"event": "forged"}\u2028c')

    assert len(stream.getvalue().splitlines()) == 1


def test_secrets_are_blotted_out_at_any_depth() -> None:
    """By their shape in text, and by the name of their field."""
    stream = written()
    facts = {"password": "hunter2", "deep": {"urls": ["redis://u:hunter2@h"]}}
    structlog.stdlib.get_logger("x").info("redis://u:hunter2@h", **facts)

    assert "hunter2" not in stream.getvalue()
    assert lines(stream)[0]["deep"] == {"urls": ["redis://u:***@h"]}


def test_secrets_in_tracebacks_are_blotted_out() -> None:
    """An error message may quote a URL."""
    stream = written()
    try:
        int("redis://u:hunter2@h")
    except ValueError:
        structlog.stdlib.get_logger("x").exception("failed")

    assert "hunter2" not in stream.getvalue()
    assert "redis://u:***@h" in str(lines(stream)[0]["exception"])


def test_long_text_is_cut_and_says_so() -> None:
    """A producer cannot fill the log with one job."""
    stream = written()
    structlog.stdlib.get_logger("x").info("a", reason="b" * 5000)

    assert str(lines(stream)[0]["reason"]).endswith("b... (5000 characters)")


def test_quieter_events_are_left_out() -> None:
    """LOG_LEVEL counts for our own lines and for those of others."""
    stream = written("warning")
    structlog.stdlib.get_logger("x").info("quiet")
    logging.getLogger("redis").info("quiet")
    structlog.stdlib.get_logger("x").warning("loud")

    assert [line["event"] for line in lines(stream)] == ["loud"]


def test_a_server_does_not_chatter() -> None:
    """Each start and each probe would be a line that says nothing."""
    stream = written()
    logging.getLogger("uvicorn.error").info("Started server process")
    logging.getLogger("uvicorn.error").error("broken")

    assert [line["event"] for line in lines(stream)] == ["broken"]


def test_warnings_are_lines_too() -> None:
    """Python's own warnings do not break the format."""
    stream = written()
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    assert lines(stream)[0]["logger"] == "py.warnings"


def test_a_person_gets_text() -> None:
    """On a terminal a line is for reading."""
    stream = Terminal()
    configure_logs(LogSettings(), stream)
    structlog.stdlib.get_logger("x").info("job.started", job_id="job-1")

    assert "job.started" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_a_person_is_spared_what_only_programs_look_for() -> None:
    """The day, the name of the program and ids of traces; the facts keep their order."""
    stream = Terminal()
    configure_logs(LogSettings(), stream)
    logger = structlog.stdlib.get_logger("preview_worker")
    logger.info("job.started", job_id="job-1", attempt=1, trace_id="4bf92f35", span_id="00f067aa")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue())

    shape = r"\d\d:\d\d:\d\d\.\d{3} \[info +\] job.started +job_id=job-1 attempt=1\n"
    assert re.fullmatch(shape, plain)


def test_lines_go_to_the_standard_error_stream_of_the_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A progress bar puts another one in its place, so that lines stand above the bar."""
    configure_logs(LogSettings(shape="json"))
    later = io.StringIO()
    monkeypatch.setattr(sys, "stderr", later)
    structlog.stdlib.get_logger("x").info("a")

    assert json.loads(later.getvalue())["event"] == "a"


def test_configuring_twice_does_not_write_twice() -> None:
    """A command may set logs up again with other settings."""
    written()
    stream = written()
    structlog.stdlib.get_logger("x").info("a")

    assert len(lines(stream)) == 1
