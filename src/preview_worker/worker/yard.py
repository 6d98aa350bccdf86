"""A yard for trying the walls: what a render may write, and beside it what it must not reach."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from preview_worker.worker.walls import Escapes

_HIDDEN = "secret"


@dataclass(frozen=True, slots=True)
class Yard:
    """The folders of a yard, and the escapes that lead out of it."""

    inside: Path
    assets: Path
    escapes: Escapes


@contextmanager
def open_yard(folder: Path) -> Iterator[Yard]:
    """Lay out a yard in ``folder``, with doors to knock at that are open until the block ends."""
    inside, beside, assets, other = (
        folder / name for name in ("inside", "beside", "assets", "other")
    )
    for place in (inside, beside, assets, other):
        place.mkdir()
        (place / _HIDDEN).write_text(_HIDDEN, encoding="ascii")
    (inside / _HIDDEN).unlink()
    with ExitStack() as doors:
        tcp = doors.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = tcp.getsockname()[1]
        with suppress(OSError):  # there may be no IPv6, or the port may be taken there
            doors.enter_context(
                socket.create_server(("::1", port), family=socket.AF_INET6, dualstack_ipv6=False)
            )
        udp = doors.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        escapes = Escapes(
            beside=beside,
            asset=assets / _HIDDEN,
            other_cache=other,
            inside=inside,
            tcp_port=port,
            udp_port=udp.getsockname()[1],
            unix_path=folder / "door",
            worker_pid=os.getpid(),
        )
        for address in (str(escapes.unix_path), f"\0{escapes.unix_path}"):
            _listen(doors, address)
        yield Yard(inside, assets, escapes)


def _listen(doors: ExitStack, address: str) -> None:
    """Listen on a local socket, unless the path to the yard is too long for one."""
    door = doors.enter_context(socket.socket(socket.AF_UNIX))
    with suppress(OSError):
        door.bind(address)
        door.listen()
