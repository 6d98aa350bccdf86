"""The door counts every request, tells what it is about, and changes none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from scaling.door import CountingDoor, UnknownBodyError, Visit, per_job, visit_of

BODY = b"x" * 200_000


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was sent."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Send the body back."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[int]:
    """Return the port of a server that sends everything back."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    ("request_line", "method", "about"),
    [
        ("PUT /bucket/ab/previews/p/j/1-a/preview.mp4 HTTP/1.1", "PUT", "previews"),
        ("GET /bucket/ab/previews/p/j/current.json HTTP/1.1", "GET", "pointers"),
        ("PUT /bucket/ab/jobs/j HTTP/1.1", "PUT", "jobs"),
        ("GET /bucket/ab/scenes/p/0123 HTTP/1.1", "GET", "scenes"),
        ("GET /bucket/ab/tidying HTTP/1.1", "GET", "tidying"),
        ("GET /bucket?list-type=2&prefix=ab%2Fpreviews HTTP/1.1", "GET", "lists"),
        ("POST /bucket?delete HTTP/1.1", "POST", "removals"),
        ("GET /bucket/ab/whatever HTTP/1.1", "GET", "others"),
    ],
)
def test_a_request_is_known_by_its_key(request_line: str, method: str, about: str) -> None:
    """A preview's pointer is told apart from its files, and a listing from what it lists."""
    head = f"{request_line}\r\nhost: x\r\nContent-Length: 12\r\n\r\n".encode()
    assert visit_of(head) == Visit(method, about, 12)


def test_a_body_of_unknown_length_is_refused() -> None:
    """It could not be told from the request after it."""
    with pytest.raises(UnknownBodyError):
        visit_of(b"PUT /b/k HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_requests_of_one_connection_are_counted_one_by_one(echo: int) -> None:
    """They arrive as they were sent, large ones too, and so do their answers."""
    with CountingDoor(echo) as door, httpx.Client() as client:
        for name in ("jobs/a", "scenes/b"):
            answer = client.put(f"http://127.0.0.1:{door.port}/bucket/{name}", content=BODY)
            assert answer.content == BODY
    assert [(one.method, one.about, one.sent) for one in door.visits] == [
        ("PUT", "jobs", len(BODY)),
        ("PUT", "scenes", len(BODY)),
    ]
    assert all(one.received > len(BODY) for one in door.visits)


def test_a_job_pays_for_what_is_asked_for_its_sake() -> None:
    """Not for a listing that looks whether the bucket is there."""
    visits = [Visit("PUT", "previews", 1)] * 4 + [Visit("GET", "lists", 0)]
    assert per_job(visits, 2) == {"PUT previews": 2.0}
