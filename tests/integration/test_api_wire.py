"""The wire below the HTTP interface, byte by byte: what clients would never send by themselves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from tests.api_server import KEYS, SECRETS, Counter, counter, publish
from tests.unit.artifacts.drafts import CONTENT

pytestmark = pytest.mark.anyio

LIMIT = 4096
FILE = "preview.mp4"
QUEUE = b"GET /api/v1/queue HTTP/1.1\r\nHost: localhost\r\n"
CLOSE = b"Connection: close\r\n\r\n"


@pytest.fixture
async def desk(queue_settings: QueueSettings, tmp_path: Path) -> AsyncIterator[Counter]:
    """A server without keys that takes payloads of four kilobytes, and has one preview."""
    await publish(tmp_path)
    async with counter(queue_settings, tmp_path, preview_payload_max_bytes=LIMIT) as opened:
        yield opened


def asked(address: str, headers: bytes = b"") -> bytes:
    """Return a request for an address, which is written down just as it is."""
    return f"GET {address} HTTP/1.1\r\nHost: localhost\r\n".encode() + headers + CLOSE


@dataclass(frozen=True)
class Exchange:
    """All that came over one connection."""

    heard: bytes

    @property
    def statuses(self) -> list[int]:
        """The statuses of all answers, in order."""
        return [int(part[:3]) for part in self.heard.split(b"HTTP/1.1 ")[1:]]

    @property
    def body(self) -> bytes:
        """What followed the first head."""
        return self.heard.partition(b"\r\n\r\n")[2]


async def exchange(desk: Counter, *said: bytes) -> Exchange:
    """Say one thing after the other, and listen until the server closes, as it has to."""
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    heard = b""
    try:
        async with asyncio.timeout(120):
            for words in said:
                writer.write(words)
                await writer.drain()
            while piece := await reader.read(65_536):
                heard += piece
    except ConnectionError:
        pass  # closed while something was on its way
    finally:
        writer.close()
    return Exchange(heard)


@pytest.mark.parametrize(
    "target",
    [
        "../preview-manifest.json",
        "../../../../../../etc/passwd",
        "%2e%2e%2f%2e%2e%2fsecret",
        "..%2f..%2f..%2fsecret",
        "%252e%252e%252fsecret",
        "..%5c..%5csecret",
        "..\\..\\secret",
        "%c0%ae%c0%ae%c0%afsecret",
        "%e0%80%ae%e0%80%ae/secret",
        "%uff0e%uff0e/secret",
        "//secret",
        "./secret",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "secret%00.mp4",
        "secret%0a",
        ".;/secret",
        "secret",
    ],
)
@pytest.mark.parametrize(
    "root",
    ["/api/v1/jobs/job-1/artifacts/", "/api/v1/jobs/job-1/live/", "/previews/project-1/job-1/"],
)
async def test_no_path_leads_out_of_a_preview(
    desk: Counter, tmp_path: Path, root: str, target: str
) -> None:
    """A5: clients tidy such paths up before they send them, so they are written by hand."""
    for folder in (tmp_path, tmp_path / "previews", tmp_path / "previews/project-1/job-1"):
        (folder / "secret").write_text("top secret")

    told = await exchange(desk, asked(f"{root}{target}"))

    assert told.statuses in ([404], [422])
    assert b"top secret" not in told.body
    assert b"root:" not in told.body


@pytest.mark.parametrize("job_id", ["..", "%2e%2e", "..%2fjob-1", "%00", "job-1%00", "%ff", "."])
async def test_no_id_leads_out_of_the_previews(desk: Counter, job_id: str) -> None:
    """A5: ids are parts of paths too."""
    for address in (f"/api/v1/jobs/{job_id}/artifacts", f"/previews/project-1/{job_id}/{FILE}"):
        told = await exchange(desk, asked(address))

        assert told.statuses in ([404], [422])


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"GET /api/v1/queue HTTP/1.1\r\n\r\n", 400),
        (b"GET /api/v1/queue HTTP/1.1\r\nHost: localhost\r\nHost: elsewhere\r\n\r\n", 400),
        (b"GET /api/v1/queue HTTP/1.1\r\nHost: localhost\r\nX-A: b\x00c\r\n\r\n", 400),
        (b"GET /api/v1/queue HTTP/1.1\r\nHost: localhost\r\nX A: b\r\n\r\n", 400),
        (b"GET /api/v1/queue HTTP/1.1\r\nHost: localhost\r\nX-A\r\n\r\n", 400),
        (b"GET  /api/v1/queue HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /api/v1/queue\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /api/v1/\xc3\xa4 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n", 400),
        (QUEUE + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n", 431),
        (QUEUE + b"X-Many: x\r\n" * 2_000 + b"\r\n", 431),
        (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 431),
    ],
)
async def test_what_is_no_request_is_refused_with_a_problem(
    desk: Counter, head: bytes, status: int
) -> None:
    """A7: and the connection is of no more use, so nothing that follows counts."""
    told = await exchange(desk, head + QUEUE + CLOSE)

    assert told.statuses == [status]
    assert b"content-type: application/problem+json" in told.heard
    assert json.loads(told.body)["status"] == status


async def test_requests_in_a_row_are_answered_in_order(desk: Counter) -> None:
    """A7: each by itself, also when all of them came at once."""
    missing = b"GET /api/v1/jobs/none HTTP/1.1\r\nHost: localhost\r\n\r\n"

    told = await exchange(desk, QUEUE + b"\r\n" + missing + QUEUE + CLOSE)

    assert told.statuses == [200, 404, 200]


async def test_an_old_client_gets_one_answer(desk: Counter) -> None:
    """A7: HTTP/1.0 knows no second request, so what it sends behind the first is not read."""
    first = b"GET /api/v1/queue HTTP/1.0\r\nHost: localhost\r\n\r\n"

    told = await exchange(desk, first + QUEUE + CLOSE)

    assert told.statuses == [200]


async def test_whoever_waits_to_be_asked_for_a_body_is_asked(desk: Counter) -> None:
    """A7: 100 is said where the body is wanted, and nothing but the refusal where it is not."""
    head = b"POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    asks = b"Expect: 100-continue\r\n"

    wanted = await exchange(desk, head + asks + b"Content-Length: 2\r\n\r\n", b"{}" + QUEUE + CLOSE)
    unwanted = await exchange(desk, head + asks + b"Content-Length: 9999999\r\n\r\n")

    assert wanted.statuses[:2] == [100, 422]
    assert unwanted.statuses == [413]


async def test_chunks_that_break_off_into_nonsense_end_the_connection(desk: Counter) -> None:
    """A7: the answer has begun by then, and nothing can be said any more; others go on."""
    head = b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", desk.port)
    writer.write(head)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")

    writer.write(b"no length\r\n")
    async with asyncio.timeout(120):
        while await reader.read(65_536):
            pass
    writer.close()

    assert (await desk.client.get("/api/v1/queue")).status_code == 200


async def test_every_body_has_a_limit(desk: Counter) -> None:
    """A3: wherever a route reads one; it is refused by its length, and the connection is closed."""
    document = (await desk.client.get("/openapi.json")).json()
    readers = [
        path
        for path, methods in document["paths"].items()
        if "requestBody" in methods.get("post", {})
    ]
    assert {"/api/v1/jobs", "/api/v1/stills", "/api/v1/dead/replay"} <= set(readers)
    for path in [*readers, "/login"]:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        told = await exchange(desk, head.encode() + b"Content-Length: 99999999\r\n\r\n")
        chunks = (b"2000\r\n" + b"x" * 0x2000 + b"\r\n") * 2
        grown = await exchange(desk, head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)

        assert (path, told.statuses) == (path, [413])
        assert (path, grown.statuses) == (path, [413])


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [b"x-mobius-api-key: "],
        [b"x-mobius-api-key: \xff\xfe\x80"],
        [b"authorization: Bearer"],
        [b"authorization: Basic cmVhZDpyZWFk"],
        [b"x-mobius-api-key: " + b"k" * 7000],
        [b"x-mobius-api-key: read-0123456789abc"] * 2,
        [b"x-mobius-api-key: read-0123456789abc", b"authorization: Bearer read-0123456789abc"],
        [b"cookie: preview-session=e30.00"],
        [b"cookie: preview-session=" + b"A" * 4000],
    ],
)
async def test_a_key_that_is_none_or_too_many_opens_nothing(
    queue_settings: QueueSettings, tmp_path: Path, headers: list[bytes]
) -> None:
    """A4: it is never half understood."""
    async with counter(queue_settings, tmp_path, keys=KEYS, secret=SECRETS["read"]) as desk:
        lines = b"".join(line + b"\r\n" for line in headers)

        told = await exchange(desk, QUEUE + lines + CLOSE)

        assert told.statuses == [401]
        assert b"www-authenticate: Bearer" in told.heard


async def test_a_range_of_bytes_that_are_no_digits_is_no_range(desk: Counter) -> None:
    """A6: headers are bytes, and these are no ASCII."""
    ask = asked(f"/api/v1/jobs/job-1/artifacts/{FILE}", b"Range: bytes=\xb2-\xb3\r\n")

    told = await exchange(desk, ask)

    assert told.statuses == [200]
    assert told.body == CONTENT[FILE]
