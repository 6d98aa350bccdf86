"""The Redis server of our own starts, keeps its data, and says what is missing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings, QueueUnavailableError
from preview_worker.queue.embedded import EmbeddedRedis, RedisMissingError, find_server
from preview_worker.queue.link import RedisLink

pytestmark = pytest.mark.anyio


async def asked(server: EmbeddedRedis, *words: str) -> object:
    """Send one command to the server."""
    link = RedisLink(QueueSettings(redis_url=server.url), client_name="test")
    try:
        return await link.call(*words)
    finally:
        await link.close()


async def test_a_server_keeps_its_data_and_its_port_over_a_restart(tmp_path: Path) -> None:
    """What was written is there when it is started again, even after a crash."""
    server = EmbeddedRedis(tmp_path / "deep" / "redis")
    url = server.start()
    await asked(server, "CONFIG", "SET", "appendfsync", "always")
    await asked(server, "SET", "a", "1")
    server.kill()
    assert server.start() == url
    assert await asked(server, "GET", "a") == b"1"
    server.stop()
    server.stop()


async def test_a_server_never_drops_keys_and_listens_on_the_loopback_only(tmp_path: Path) -> None:
    """A queue must not forget jobs, and a demo must not open a door."""
    server = EmbeddedRedis(tmp_path)
    server.start()
    try:
        assert await asked(server, "CONFIG", "GET", "maxmemory-policy") == [
            b"maxmemory-policy",
            b"noeviction",
        ]
        assert await asked(server, "CONFIG", "GET", "bind") == [b"bind", b"127.0.0.1"]
    finally:
        server.stop()


def test_two_servers_never_share_a_folder(tmp_path: Path) -> None:
    """They would destroy each other's data."""
    server = EmbeddedRedis(tmp_path)
    server.start()
    try:
        with pytest.raises(RedisMissingError, match="still uses"):
            EmbeddedRedis(tmp_path).start()
    finally:
        server.stop()
    again = EmbeddedRedis(tmp_path)
    again.start()
    again.stop()


def test_a_taken_port_is_told(tmp_path: Path) -> None:
    """With the server's own last words."""
    first = EmbeddedRedis(tmp_path / "first")
    first.start()
    try:
        with pytest.raises(RedisMissingError, match="does not start"):
            EmbeddedRedis(tmp_path / "second", port=first.port).start()
    finally:
        first.stop()


def test_the_server_on_the_path_is_preferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that people installed is the one that they expect."""
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert find_server() == program


def test_without_any_server_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In one sentence, for the systems that people have."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(RedisMissingError, match="apt install redis-server"):
        find_server()


def test_a_missing_server_is_a_queue_that_cannot_be_reached() -> None:
    """So that a command ends with its message and the status of an absent service."""
    assert issubclass(RedisMissingError, QueueUnavailableError)
