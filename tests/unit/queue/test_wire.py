"""One socket, many calls: replies find the call that waits for them."""

from __future__ import annotations

import asyncio

import pytest

from preview_worker.queue.wire import RedisError, Wire, WireBrokenError, pack

pytestmark = pytest.mark.anyio


class Socket(asyncio.Transport):
    """Keeps what was written."""

    def __init__(self) -> None:
        """Begin with nothing written."""
        super().__init__()
        self.written: list[bytes] = []
        self.aborted = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep a packet."""
        self.written.append(bytes(data))

    def abort(self) -> None:
        """Take note of the end."""
        self.aborted = True


def connected(reply_timeout_s: float = 5) -> tuple[Wire, Socket]:
    """Return a wire on a socket that goes nowhere."""
    wire, socket = Wire(reply_timeout_s), Socket()
    wire.connection_made(socket)
    return wire, socket


async def test_a_command_is_written_at_once() -> None:
    """The server works on it while the next one is prepared."""
    wire, socket = connected()
    first, second = wire.send(pack(("GET", "a"))), wire.send(pack(("GET", "b")))
    assert socket.written == [pack(("GET", "a")), pack(("GET", "b"))]
    wire.data_received(b"$1\r\n1\r\n$1\r\n2\r\n")
    assert (await first, await second) == (b"1", b"2")


async def test_commands_to_a_busy_server_share_packets_in_their_order() -> None:
    """Eight keep it busy; what comes after them leaves together, when the turn ends at last."""
    wire, socket = connected()
    commands = [pack(("GET", str(number))) for number in range(20)]
    calls = [wire.send(command) for command in commands]
    assert socket.written == [*commands[:8], b"".join(commands[8:16])]
    await asyncio.sleep(0)
    assert socket.written[9:] == [b"".join(commands[16:])]
    wire.data_received(b"".join(b":%d\r\n" % number for number in range(20)))
    assert await asyncio.gather(*calls) == list(range(20))


async def test_nothing_overtakes_what_was_kept_back() -> None:
    """A transaction that follows leaves after the commands before it."""
    wire, socket = connected()
    commands = [pack(("GET", str(number))) for number in range(9)]
    calls = [wire.send(command) for command in commands]
    calls += wire.send_together([pack(("MULTI",)), pack(("EXEC",))])
    assert socket.written[8:] == [commands[8], pack(("MULTI",)) + pack(("EXEC",))]
    wire.close()
    with pytest.raises(WireBrokenError):
        await calls[8]
    await asyncio.gather(*calls, return_exceptions=True)


async def test_commands_that_belong_together_leave_in_one_packet() -> None:
    """Each still has a reply of its own."""
    wire, socket = connected()
    futures = wire.send_together([pack(("GET", "a")), pack(("GET", "b"))])
    assert socket.written == [pack(("GET", "a")) + pack(("GET", "b"))]
    wire.data_received(b":1\r\n:2\r\n")
    assert [await future for future in futures] == [1, 2]


async def test_a_reply_may_come_in_pieces() -> None:
    """It is handed over when it is whole."""
    wire, _ = connected()
    future = wire.send(b"x")
    for piece in (b"*2\r\n$1\r", b"\na\r\n:", b"5\r\n"):
        assert not future.done()
        wire.data_received(piece)
    assert await future == [b"a", 5]


async def test_a_call_that_was_given_up_leaves_the_order_intact() -> None:
    """Its reply is dropped, the next one reaches its own call."""
    wire, _ = connected()
    gone, kept = wire.send(b"x"), wire.send(b"y")
    gone.cancel()
    wire.data_received(b":1\r\n:2\r\n")
    assert await kept == 2


async def test_a_broken_line_fails_every_call() -> None:
    """Those that wait, and those that come later."""
    wire, _ = connected()
    future = wire.send(b"x")
    wire.connection_lost(None)
    with pytest.raises(WireBrokenError, match="closed the connection"):
        await future
    with pytest.raises(WireBrokenError):
        await wire.send(b"y")


async def test_silence_is_noticed() -> None:
    """A server that does not answer in time is given up."""
    wire, socket = connected(reply_timeout_s=0.02)
    with pytest.raises(WireBrokenError, match="no answer"):
        await wire.send(b"x")
    assert socket.aborted


async def test_answers_keep_a_busy_line_alive() -> None:
    """The time counts from the last sign of life, not from the first call."""
    wire, _ = connected(reply_timeout_s=0.3)
    last = [wire.send(b"x") for _ in range(5)][-1]
    for _ in range(4):
        await asyncio.wait({last}, timeout=0.1)
        wire.data_received(b":1\r\n")
    assert not wire.broken
    wire.data_received(b":1\r\n")
    assert await last == 1


async def test_nonsense_ends_the_line() -> None:
    """Something that is no Redis must not be waited for."""
    wire, socket = connected()
    future = wire.send(b"x")
    wire.data_received(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(WireBrokenError, match="not the Redis protocol"):
        await future
    assert socket.aborted


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NOSCRIPT No matching script. Please use EVAL.", "NOSCRIPT"),
        ("OOM command not allowed when used memory > 'maxmemory'.", "OOM"),
        (
            (
                "ERR Error running script (call to f_ab): @user_script:1: @user_script: 1: "
                "-READONLY You can't write against a read only replica."
            ),
            "READONLY",
        ),
        (
            (
                "ERR Error running script (call to f_ab): @user_script:139: WRONGTYPE Operation "
                "against a key holding the wrong kind of value"
            ),
            "WRONGTYPE",
        ),
        ("ERR unknown command", "ERR"),
    ],
)
def test_an_error_has_the_code_that_the_script_met(text: str, code: str) -> None:
    """Older servers wrap it into a sentence."""
    assert RedisError(text).code == code
