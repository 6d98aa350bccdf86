"""The producer's options, in whatever shape JavaScript lets through."""

from __future__ import annotations

import pytest

from preview_worker.queue.options import (
    OptionError,
    kept_jobs,
    kept_logs,
    max_attempts,
    trace_context,
)


@pytest.mark.parametrize(
    ("options", "attempts"),
    [
        ({}, 1),
        ({"attempts": 5}, 5),
        ({"attempts": 0}, 1),
        ({"attempts": -3}, 1),
        ({"attempts": 2.5}, 3),
        ({"attempts": "4"}, 4),
        ({"attempts": None}, 1),
        ({"attempts": float("inf")}, 2**31),
    ],
)
def test_attempts_are_counted_as_bullmq_counts(options: dict[str, object], attempts: int) -> None:
    """A job is tried at least once."""
    assert max_attempts(options) == attempts


@pytest.mark.parametrize("value", [True, [], {}, "many", float("nan")])
def test_attempts_that_are_no_number_are_refused(value: object) -> None:
    """The message names the option."""
    with pytest.raises(OptionError, match="attempts"):
        max_attempts({"attempts": value})


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, {"count": -1}),
        (False, {"count": -1}),
        (True, {"count": 0}),
        (0, {"count": 0}),
        (100, {"count": 100}),
        ({"age": 3600, "count": 100}, {"age": 3600, "count": 100}),
        ({"age": 3600}, {"age": 3600}),
        ({"age": "old", "count": True}, {"count": -1}),
        ({}, {"count": -1}),
        ("yes", {"count": -1}),
        ([1], {"count": -1}),
        (float("nan"), {"count": -1}),
    ],
)
def test_what_is_kept_is_always_in_a_shape_that_the_script_can_take(
    value: object, kept: dict[str, int]
) -> None:
    """A script that fails half way would leave the job in no set at all."""
    assert kept_jobs(value) == kept


@pytest.mark.parametrize(
    ("options", "kept"), [({}, None), ({"kl": 3}, 3), ({"kl": -1}, None), ({"kl": "3"}, None)]
)
def test_log_lines_are_kept_as_asked(options: dict[str, object], kept: int | None) -> None:
    """All of them, unless a sensible number is given."""
    assert kept_logs(options) == kept


PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.mark.parametrize(
    "options",
    [
        {"tm": f'{{"traceparent":"{PARENT}","other":1}}'},
        {"tm": {"traceparent": PARENT}},
        {"tm": PARENT},
        {"telemetry": {"metadata": f'{{"traceparent":"{PARENT}"}}'}},
    ],
)
def test_trace_headers_are_found_where_bullmq_leaves_them(options: dict[str, object]) -> None:
    """As a JSON string, under a short or a long name."""
    assert trace_context(options) == {"traceparent": PARENT}


@pytest.mark.parametrize("carrier", ["{", "[1]", 7, {"traceparent": 1}, None])
def test_trace_headers_that_cannot_be_read_are_left_out(carrier: object) -> None:
    """They are no reason to fail a job."""
    assert trace_context({"tm": carrier}) == {}
