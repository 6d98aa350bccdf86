"""A real browser that plays files: Chromium without a window, driven by a page of ours.

The page is served from loopback and sends back what it saw, so nothing but HTTP is spoken.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.chromium import CHROMIUM, FLAGS

_PAGE = Path(__file__).with_name("player.html")
_DEADLINE_S = 120
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
_FLAGS = ("--headless=new", "--autoplay-policy=no-user-gesture-required", *FLAGS)


@dataclass(slots=True)
class Seen:
    """What the browser told of each file by its name, and the pictures that it showed, as RGBA."""

    told: dict[str, dict[str, Any]] = field(default_factory=dict)
    pictures: dict[tuple[str, int], bytes] = field(default_factory=dict)
    complete: threading.Event = field(default_factory=threading.Event)


def watch(folder: Path, places_s: Mapping[str, Sequence[float]], profile: Path) -> Seen:
    """Play files of ``folder``, each at its places in seconds and then to its end.

    ``profile`` is an empty folder for what the browser writes.
    """
    seen = Seen()
    videos = [{"name": name, "places_s": list(places)} for name, places in places_s.items()]
    answers = {"/": _PAGE.read_bytes(), "/videos.json": json.dumps(videos).encode()}
    handler = partial(_Handler, folder, answers, seen)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with _browser(f"http://127.0.0.1:{server.server_port}/", profile) as log:
            assert seen.complete.wait(_DEADLINE_S), log.read_text()[-4000:]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return seen


@contextmanager
def _browser(address: str, profile: Path) -> Iterator[Path]:
    """Let Chromium show ``address``; the value is its log."""
    assert CHROMIUM is not None
    log = profile / "log"
    with log.open("wb") as said:
        process = subprocess.Popen(
            [CHROMIUM, *_FLAGS, f"--user-data-dir={profile}", address],
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
    try:
        yield log
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Handler(BaseHTTPRequestHandler):
    """Serves the page and pieces of files, and takes in what was seen."""

    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, answers: Mapping[str, bytes], seen: Seen, *rest: Any) -> None:
        self._folder = folder
        self._answers = answers
        self._seen = seen
        super().__init__(*rest)

    def do_GET(self) -> None:
        if self.path in self._answers:
            kind = "text/html" if self.path == "/" else "application/json"
            self._answer(self._answers[self.path], {"Content-Type": kind})
        elif self.path.startswith("/files/"):
            self._answer_piece(self._folder / Path(self.path).name)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _answer_piece(self, path: Path) -> None:
        content, kind = path.read_bytes(), f"video/{path.suffix[1:]}"
        asked = _RANGE.fullmatch(self.headers.get("Range", ""))
        if asked is None:
            self._answer(content, {"Content-Type": kind, "Accept-Ranges": "bytes"})
            return
        start = int(asked[1])
        stop = min(len(content), int(asked[2] or len(content) - 1) + 1)
        piece = f"bytes {start}-{stop - 1}/{len(content)}"
        headers = {"Content-Type": kind, "Content-Range": piece}
        self._answer(content[start:stop], headers, HTTPStatus.PARTIAL_CONTENT)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/told":
            self._seen.told = json.loads(content)
        else:
            _, _, name, number = self.path.split("/")
            self._seen.pictures[name, int(number)] = content
        self._answer(b"", {})
        if self.path == "/told":
            self._seen.complete.set()

    def _answer(
        self, content: bytes, headers: Mapping[str, str], status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: what was asked for is of no interest."""
