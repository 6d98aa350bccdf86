"""Messages between the worker and its render processes."""

from __future__ import annotations

import asyncio
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preview_worker.worker.framing import (
    MAX_FRAME_BYTES,
    FramingError,
    pack_frame,
    pack_message,
    read_message,
    receive_frame,
)


def read_all(raw: bytes) -> list[object]:
    """Return all messages in ``raw``."""

    async def read() -> list[object]:
        reader = asyncio.StreamReader()
        reader.feed_data(raw)
        reader.feed_eof()
        messages: list[object] = []
        while (message := await read_message(reader)) is not None:
            messages.append(message)
        return messages

    return asyncio.run(read())


@given(st.lists(st.dictionaries(st.text(max_size=9), st.integers() | st.text(max_size=9))))
def test_messages_arrive_as_they_were_sent(messages: list[dict[str, object]]) -> None:
    """Any number of messages in one stream are told apart."""
    assert messages == read_all(b"".join(map(pack_message, messages)))


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        pytest.param(b"\x00\x00", "cut short", id="a header cut short"),
        pytest.param(pack_frame(b"{}")[:-1], "cut short", id="a body cut short"),
        pytest.param(b"\xff\xff\xff\xff", "longer than", id="a length beyond the limit"),
        pytest.param(pack_frame(b"{"), "not JSON", id="not JSON"),
        pytest.param(pack_frame(b"[" * 5000), "not JSON", id="too deep to parse"),
        pytest.param(pack_frame(b"[1]"), "not a JSON object", id="not an object"),
        pytest.param(pack_frame(b""), "not JSON", id="empty"),
    ],
)
def test_what_is_no_message_is_refused(raw: bytes, complaint: str) -> None:
    """A render process that went astray is noticed at its first wrong byte."""
    with pytest.raises(FramingError, match=complaint):
        read_all(raw)


def test_a_frame_of_the_greatest_length_is_read() -> None:
    """The limit itself is allowed."""
    padding = "x" * (MAX_FRAME_BYTES - len('{"a":""}'))
    assert [{"a": padding}] == read_all(pack_message({"a": padding}))


def test_a_blocking_socket_yields_whole_frames() -> None:
    """The child reads its task without an event loop."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(pack_frame(b"task"))
        assert receive_frame(theirs) == b"task"


def test_a_connection_that_ends_inside_a_frame_is_an_error() -> None:
    """A worker that died while it sent the task leaves no half task behind."""
    ours, theirs = socket.socketpair()
    with theirs:
        ours.sendall(pack_frame(b"task")[:-1])
        ours.close()
        with pytest.raises(FramingError, match="ended inside"):
            receive_frame(theirs)
