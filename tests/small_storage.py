"""A small S3 service in memory that can be told not to look at conditions, as some do not."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from typing import Any
from urllib.parse import urlsplit

from preview_worker.artifacts.objects.settings import BucketSettings

_EMPTY = (
    b'<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>'
)


@dataclass
class SmallStorage:
    """What the service holds, what it was asked, and what it does wrong."""

    ignored: frozenset[str] = frozenset()
    """Headers that it takes and does not look at, in lower case."""
    ignores_bare_tags: bool = False
    refusals: int = 0
    """So many conditional writes are refused in passing, whatever their conditions are."""
    refuses_writes: bool = False
    silent_about: str | None = None
    """Whoever asks for what holds this gets no answer before ``resumed``; the empty word is all."""
    resumed: Event = field(default_factory=Event)
    objects: dict[str, bytes] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Methods and keys, in order."""
    port: int = 0
    lock: Condition = field(default_factory=Condition)

    def settings(self) -> BucketSettings:
        """Return settings that lead here."""
        return BucketSettings(
            url="s3://previews",
            endpoint=f"http://127.0.0.1:{self.port}",
            allow_http=True,
            access_key_id="a",
            secret_access_key="b",
        )

    def environment(self) -> dict[str, str]:
        """Return what a process is told that shall keep its previews here."""
        settings = self.settings()
        return {
            "PREVIEW_STORAGE_URL": settings.url,
            "PREVIEW_STORAGE_ENDPOINT": settings.endpoint,
            "PREVIEW_STORAGE_ALLOW_HTTP": "true",
            "PREVIEW_STORAGE_ACCESS_KEY_ID": "a",
            "PREVIEW_STORAGE_SECRET_ACCESS_KEY": "b",
        }

    def note(self, request: str) -> None:
        """Take note of a request."""
        with self.lock:
            self.asked.append(request)
            self.lock.notify_all()

    def wait_until_asked(self, word: str) -> None:
        """Return once somebody has asked for what holds ``word``."""
        with self.lock:
            assert self.lock.wait_for(lambda: any(word in each for each in self.asked), 60)

    def put(self, key: str, content: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """Write an object if its conditions hold; return the status and the tag."""
        with self.lock:
            conditional = bool({"if-match", "if-none-match"} & set(headers))
            if self.refuses_writes:
                return 403, ""
            if conditional and self.refusals:
                self.refusals -= 1
                return 412, ""
            if not self._holds(key, headers):
                return 412, ""
            self.objects[key] = content
            self.tags[key] = f'"{uuid.uuid4().hex}"'
            return 200, self.tags[key]

    def _holds(self, key: str, headers: dict[str, str]) -> bool:
        wanted = {name: value for name, value in headers.items() if name not in self.ignored}
        if "if-none-match" in wanted and key in self.objects:
            return False
        tag = wanted.get("if-match")
        if tag is None or (self.ignores_bare_tags and not tag.startswith('"')):
            return True
        return self.tags.get(key) == tag


class _Answers(BaseHTTPRequestHandler):
    """Answers requests of one connection from what the storage holds."""

    protocol_version = "HTTP/1.1"

    def __init__(self, storage: SmallStorage, *connection: Any) -> None:
        self._storage = storage
        super().__init__(*connection)

    def do_GET(self) -> None:
        key = self._key()
        if "list-type" in self.path:
            self._answer(200, _EMPTY)
        elif key in self._storage.objects:
            self._answer(200, self._storage.objects[key], self._storage.tags[key])
        else:
            self._answer(404, b"")

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, tag = self._storage.put(self._key(), content, headers)
        self._answer(status, b"", tag)

    def _key(self) -> str:
        key = urlsplit(self.path).path.removeprefix("/previews").lstrip("/")
        self._storage.note(f"{self.command} {key}")
        if self._storage.silent_about is not None and self._storage.silent_about in self.path:
            self._storage.resumed.wait()
        return key

    def _answer(self, status: int, content: bytes, tag: str = "") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.send_header("last-modified", formatdate(usegmt=True))
        if tag:
            self.send_header("etag", tag)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def handle(self) -> None:
        """Answer, unless the one who asked has left."""
        with suppress(ConnectionError):
            super().handle()


@contextmanager
def small_storage(storage: SmallStorage | None = None) -> Iterator[SmallStorage]:
    """Serve ``storage`` while the block runs."""
    told = storage or SmallStorage()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Answers, told)) as server:
        server.daemon_threads = True
        told.port = server.server_port
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield told
        finally:
            told.resumed.set()
            server.shutdown()
            serving.join()
