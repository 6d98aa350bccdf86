"""Strangers at the HTTP interface, byte by byte: too much, too slow, and said in two ways."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from tests.api_server import Counter, counter

pytestmark = pytest.mark.anyio

LIMIT = 4096
JSON = b"Host: localhost\r\nContent-Type: application/json\r\n"


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server that takes payloads of four kilobytes."""
    async with counter(queue_settings, tmp_path, preview_payload_max_bytes=LIMIT) as opened:
        yield opened


async def said(desk: Counter, request: bytes) -> bytes:
    """Send bytes; return all that is answered until the server closes or falls silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    answer = b""
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(5):
            while piece := await reader.read(65_536):
                answer += piece
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return answer


def statuses(answer: bytes) -> list[int]:
    """Return the statuses of all answers in a stream of bytes."""
    return [int(part[:3]) for part in answer.split(b"HTTP/1.1 ")[1:]]


async def test_a_body_that_is_told_too_long_is_refused_before_it_is_sent(desk: Counter) -> None:
    """A3: the length in the header is enough, and the connection is closed."""
    request = b"POST /api/v1/jobs HTTP/1.1\r\n" + JSON + b"Content-Length: 999999999\r\n\r\n"

    assert statuses(await said(desk, request)) == [413]


async def test_a_body_that_grows_too_long_is_refused(desk: Counter) -> None:
    """A3: whatever its header says, or says not; little more than the limit is ever read."""
    head = b"POST /api/v1/jobs HTTP/1.1\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"

    assert statuses(await said(desk, head + chunk * 3)) == [413]


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 2\r\nContent-Length: 40\r\n",
        b"Content-Length: +2\r\n",
        b"Content-Length: 0x2\r\n",
        b"Transfer-Encoding: gzip\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Content-Length : 2\r\n",
    ],
)
async def test_a_request_that_two_readers_would_read_differently_is_refused(
    desk: Counter, headers: bytes
) -> None:
    """A7: what is hidden behind it never counts as a request of its own."""
    hidden = b"POST /api/v1/queue/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"

    answer = await said(
        desk, b"POST /api/v1/jobs HTTP/1.1\r\n" + JSON + headers + b"\r\n{}" + hidden
    )

    assert statuses(answer) in ([400], [501])
    assert (await desk.services.controls.counts()).paused is False


async def test_a_length_beside_chunks_hides_no_request(desk: Counter) -> None:
    """A7: chunks count, and what follows them is read as what it is."""
    request = (
        b"POST /api/v1/jobs HTTP/1.1\r\n"
        + JSON
        + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        + b"GET /api/v1/queue HTTP/1.1\r\nHost: localhost\r\n\r\n"
    )

    assert statuses(await said(desk, request))[0] == 400


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "PATCH", "BREW"])
async def test_a_method_that_is_not_there_is_refused(desk: Counter, method: str) -> None:
    """A7: and no header makes another method of one that is."""
    request = f"{method} /api/v1/queue HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    assert statuses(await said(desk, request.encode())) in ([405], [404])
    answer = await desk.client.get(
        "/api/v1/queue/pause", headers={"x-http-method-override": "POST"}
    )
    assert answer.status_code == 405


async def test_a_thousand_silent_clients_keep_no_probe_out(desk: Counter) -> None:
    """A2: those who have said nothing make room, one after the other."""
    silent: list[asyncio.StreamWriter] = []
    try:
        for _ in range(1000):
            _, writer = await asyncio.open_connection("127.0.0.1", desk.port)
            writer.write(b"GET /api/v1/queue HTTP/1.1\r\nHost: localhost\r\nX-")
            silent.append(writer)
        begun_s = time.monotonic()
        answer = await said(
            desk, b"GET /api/v1/queue HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        took_s = time.monotonic() - begun_s
    finally:
        for writer in silent:
            writer.close()

    assert statuses(answer) == [200]
    assert took_s < 2  # milliseconds when nothing else runs
