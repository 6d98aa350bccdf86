"""Ways out, each tried for real by a process behind the walls; not one may be open.

What is tried does no harm should it succeed: the signal is number 0, the program does not exist,
and who is traced is not stopped.
"""

from __future__ import annotations

import errno
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from preview_worker.worker.walls import kernel, syscalls

if sys.platform != "win32":
    import resource

_REFUSALS = {errno.EPERM, errno.EACCES, errno.EXDEV, errno.ENOSYS}
"""EXDEV is how Landlock refuses to move a file out; ENOSYS, how the filter refuses what is new."""
_NEW_USER_NAMESPACE = 0x1000_0000
_PTRACE_SEIZE, _EMPTY_PATH, _JOIN_SESSION_KEYRING = 0x4206, 0x1000, 1
_BPF_PROG_LOAD = 5
_GETPID_X32 = 0x4000_0000 | 39
_SET_OWNER = 8
_PATIENCE_S = 1.0
_FOR_ALL = Path("/tmp")  # noqa: S108 -- writing there is what must fail


@dataclass(frozen=True, slots=True)
class Escapes:
    """What there is to be reached from outside the walls."""

    beside: Path
    """A folder beside the one that may be written; it holds a file ``secret``."""
    asset: Path
    """A file that may be read and nothing else."""
    other_cache: Path
    """What another project keeps; it holds a file ``secret``."""
    inside: Path
    """The folder that may be written."""
    tcp_port: int
    udp_port: int
    unix_path: Path
    """A socket that somebody listens on."""
    worker_pid: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A way out that was tried; ``said`` is what the kernel answered."""

    name: str
    denied: bool
    said: str


def attempt_escapes(escapes: Escapes) -> list[Attempt]:
    """Try every way out, and tell of each whether it was denied."""
    return [_tried(name, escape, escapes) for name, escape in ESCAPES.items()]


def _tried(name: str, escape: Callable[[Escapes], object], escapes: Escapes) -> Attempt:
    try:
        escape(escapes)
    except OSError as error:
        return Attempt(name, error.errno in _REFUSALS, error.strerror or type(error).__name__)
    return Attempt(name, denied=False, said="it worked")


def _call(name: str, *arguments: int) -> int:
    numbers = {**syscalls.DENIED, **syscalls.SIGNALS}[name]
    number = numbers[syscalls.MACHINES.index(os.uname().machine)]
    if number is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    return kernel.call(number, *arguments)


def _connect(family: int, kind: int, address: object) -> None:
    with socket.socket(family, kind) as door:
        door.settimeout(_PATIENCE_S)
        door.connect(address)  # type: ignore[arg-type] # its form depends on the family
        door.send(b"hello")


def _bind(_: Escapes) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()


def _execute_memory(_: Escapes) -> None:
    program = os.memfd_create("program")
    try:
        _call("execveat", program, 0, 0, 0, _EMPTY_PATH)
    finally:
        os.close(program)


def _own_signals(escapes: Escapes) -> None:
    reading, writing = os.pipe()
    try:
        number = syscalls.FCNTL[syscalls.MACHINES.index(os.uname().machine)] or 0
        kernel.call(number, reading, _SET_OWNER, escapes.worker_pid)
    finally:
        os.close(reading)
        os.close(writing)


def _signal_a_stranger(escapes: Escapes) -> None:
    """Signal the process group of the worker, which is none of ours."""
    os.killpg(os.getpgid(escapes.worker_pid), 0)


def _read_memory(escapes: Escapes) -> None:
    _call("process_vm_readv", escapes.worker_pid, 0, 0, 0, 0, 0)


def _apart(attempt: Callable[[], object]) -> None:
    """Try it in a process of its own: a leader could not, or the kernel may kill who tries.

    Who is killed with SIGSYS was refused by a filter around the whole worker, as systemd and others
    put it up.
    """
    pid = os.fork()
    if pid == 0:
        try:
            attempt()
        except OSError as error:
            os._exit(error.errno or 1)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    refusal = errno.EPERM if ended == -signal.SIGSYS else ended
    if refusal:
        raise OSError(refusal, os.strerror(refusal))


def _move_out(escapes: Escapes) -> None:
    (escapes.inside / "booty").write_bytes(b"")
    (escapes.inside / "booty").rename(escapes.beside / "booty")


def _limit_the_worker(escapes: Escapes) -> None:
    resource.prlimit(escapes.worker_pid, resource.RLIMIT_NOFILE)


_UNIX, _STREAM, _DATAGRAM = socket.AF_UNIX, socket.SOCK_STREAM, socket.SOCK_DGRAM

ESCAPES: dict[str, Callable[[Escapes], object]] = {
    "open /etc/passwd": lambda _: Path("/etc/passwd").read_bytes(),
    "list /": lambda _: list(Path("/").iterdir()),
    "write elsewhere": lambda e: (e.beside.parent / "mine").write_bytes(b""),
    "write into the folder for everybody": lambda _: (_FOR_ALL / "preview-worker").write_bytes(b""),
    "list beside the staging folder": lambda e: list(e.beside.iterdir()),
    "read beside the staging folder": lambda e: (e.beside / "secret").read_bytes(),
    "write beside the staging folder": lambda e: (e.beside / "mine").write_bytes(b""),
    "move a file out": _move_out,
    "overwrite an asset": lambda e: e.asset.open("ab").close(),
    "truncate an asset": lambda e: os.truncate(e.asset, 0),
    "write into the asset root": lambda e: (e.asset.parent / "mine").write_bytes(b""),
    "remove an asset": lambda e: e.asset.unlink(),
    "read another project's cache": lambda e: (e.other_cache / "secret").read_bytes(),
    "write another project's cache": lambda e: (e.other_cache / "mine").write_bytes(b""),
    "link out symbolically": lambda e: (e.inside / "soft").symlink_to("/etc/passwd"),
    "link out firmly": lambda e: (e.inside / "hard").hardlink_to(e.asset),
    "make a device": lambda e: os.mknod(e.inside / "device", stat.S_IFCHR, os.makedev(1, 1)),
    "change an owner": lambda e: os.chown(e.inside, 1, 1),
    "connect over TCP, version 4": lambda e: _connect(
        socket.AF_INET, _STREAM, ("127.0.0.1", e.tcp_port)
    ),
    "connect over TCP, version 6": lambda e: _connect(
        socket.AF_INET6, _STREAM, ("::1", e.tcp_port)
    ),
    "send over UDP": lambda e: _connect(socket.AF_INET, _DATAGRAM, ("127.0.0.1", e.udp_port)),
    "connect to a socket file": lambda e: _connect(_UNIX, _STREAM, str(e.unix_path)),
    "connect to an abstract socket": lambda e: _connect(_UNIX, _STREAM, f"\0{e.unix_path}"),
    "listen on a port": _bind,
    "run a program": lambda _: os.execv("/nowhere", ["nowhere"]),  # noqa: S606 -- it is refused
    "run a program from memory": _execute_memory,
    "signal the worker": lambda e: os.kill(e.worker_pid, 0),
    "signal the zygote": lambda _: os.kill(os.getppid(), 0),
    "signal another group": _signal_a_stranger,
    "have a file signal the worker": _own_signals,
    "trace the worker": lambda e: _call("ptrace", _PTRACE_SEIZE, e.worker_pid, 0, 0),
    "read the worker's memory": _read_memory,
    "open the worker's memory": lambda e: Path(f"/proc/{e.worker_pid}/mem").open("rb").close(),
    "read the worker's environment": lambda e: Path(f"/proc/{e.worker_pid}/environ").read_bytes(),
    "read the worker's limits": _limit_the_worker,
    "mount a file system": lambda _: _call("mount", 0, 0, 0, 0, 0),
    "enter a new user namespace": lambda _: _call("unshare", _NEW_USER_NAMESPACE),
    "change the root folder": lambda _: os.chroot("/"),
    "leave the process group": lambda _: _apart(os.setsid),
    "become another user": lambda _: os.setuid(os.getuid()),
    "change the personality": lambda _: _call("personality", 0xFFFF_FFFF),
    "set up io_uring": lambda _: _call("io_uring_setup", 1, 0),
    "load a kernel filter": lambda _: _call("bpf", _BPF_PROG_LOAD, 0, 0),
    "open a key ring": lambda _: _call("keyctl", _JOIN_SESSION_KEYRING, 0),
    "call by other numbers": lambda _: _apart(lambda: kernel.call(_GETPID_X32)),
}
"""Each way out by the name under which it is told."""
