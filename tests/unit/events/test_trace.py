"""W3C trace contexts: read as the recommendation says, written back, and derived."""

from __future__ import annotations

import re

import pytest

from preview_worker.events import TraceContext

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
HEADER = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(("flags", "sampled"), [("00", False), ("01", True), ("02", False)])
def test_a_context_is_read(flags: str, *, sampled: bool) -> None:
    """The last bit of the flags alone says whether the trace is recorded."""
    context = TraceContext.read({"traceparent": f"00-{TRACE}-{SPAN}-{flags}"})

    assert context == TraceContext(TRACE, SPAN, sampled)


def test_what_is_read_is_written_back() -> None:
    """Whoever comes next gets the context as it came."""
    headers = {"traceparent": HEADER, "tracestate": "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"}

    context = TraceContext.read(headers)

    assert context is not None
    assert context.headers == headers


@pytest.mark.parametrize("more", ["", "-", "-what-comes-then"])
def test_a_version_of_the_future_is_read_as_far_as_we_know_it(more: str) -> None:
    """It may say more than ours, after a dash."""
    assert TraceContext.read({"traceparent": f"cc-{TRACE}-{SPAN}-01{more}"}) is not None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "nothing of the kind",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"cc-{TRACE}-{SPAN}-01more",
        f"00-{TRACE}-{SPAN}-1",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE[1:]}٠-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01\n",
        f"00-{TRACE}-{SPAN}-01" * 1000,
    ],
)
def test_what_is_no_context_counts_as_absent(header: str) -> None:
    """A header that cannot be used begins no trace and fails nothing."""
    assert TraceContext.read({"traceparent": header}) is None


@pytest.mark.parametrize(
    "state", ["a=" + "x" * 600, ",".join(f"k{n}=v" for n in range(40)), "a=é", "a=\x00"]
)
def test_a_state_that_may_not_be_passed_on_is_dropped(state: str) -> None:
    """The context itself stays."""
    context = TraceContext.read({"traceparent": HEADER, "tracestate": state})

    assert context == TraceContext(TRACE, SPAN)


def test_the_same_names_have_the_same_ids() -> None:
    """Every process derives the same, and other names have others."""
    context = TraceContext.derived("preview-jobs", "job-1", 5)

    assert context == TraceContext.derived("preview-jobs", "job-1", 5)
    assert context.trace_id != TraceContext.derived("preview-jobs", "job-15", "").trace_id
    assert re.fullmatch("[0-9a-f]{32}", context.trace_id)
    assert re.fullmatch("[0-9a-f]{16}", context.span_id)
    assert TraceContext.read(context.headers) == context


def test_an_id_that_is_no_text_has_a_trace() -> None:
    """Half a surrogate pair, which JSON can carry, harms nothing."""
    assert TraceContext.derived("\ud800").trace_id
