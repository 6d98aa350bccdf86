"""The filter on system calls: a program for the kernel's packet-filter machine (BPF).

It lets through what is not on the list of ``syscalls``. What is on it fails with EPERM, so that a
library which merely tries is not killed. Calls of a foreign architecture end the process.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from dataclasses import dataclass, field
from functools import cache

from preview_worker.worker.walls import kernel, syscalls
from preview_worker.worker.walls.syscalls import Numbers

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x4000_0000
"""Marks calls of x86-64's other numbering, which no list of numbers would meet."""

_LOAD, _EQUAL, _GREATER, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x25, 0x35, 0x45, 0x06
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_INSTRUCTION = struct.Struct("<HBBI")

_NEW_NAMESPACES = 0x7E02_0000
_AS_SIBLING, _TRACED, _UNTRACEABLE = 0x8000, 0x2000, 0x0080_0000
_CLONE_REFUSED = _NEW_NAMESPACES | _AS_SIBLING | _TRACED | _UNTRACEABLE
_OWNER_OF_SIGNALS = (8, 10, 15)
"""``F_SETOWN``, ``F_SETSIG``, ``F_SETOWN_EX``: files that send signals to others."""
_TERMINAL_INPUT = (0x5412, 0x541C)
"""``TIOCSTI``, ``TIOCLINUX``: typing into the terminal that the worker was started from."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


@dataclass(slots=True)
class _Writer:
    machine: int
    code: list[bytes] = field(default_factory=list)

    def add(self, operation: int, value: int, then: int = 0, otherwise: int = 0) -> None:
        self.code.append(_INSTRUCTION.pack(operation, then, otherwise, value))

    def refuse(self, numbers: Numbers, number_of_error: int = errno.EPERM) -> None:
        if (number := numbers[self.machine]) is not None:
            self.add(_EQUAL, number, 0, 1)
            self.add(_RETURN, _ERRNO | number_of_error)

    def refuse_if(
        self, numbers: Numbers, argument: int, tests: tuple[int, ...], operation: int = _EQUAL
    ) -> None:
        """Refuse a call one of whose tests holds for the low half of an argument."""
        self._judge(numbers, argument, [(operation, value) for value in tests], hit=True)

    def refuse_unless(self, numbers: Numbers, argument: int, values: tuple[int, ...]) -> None:
        """Refuse a call unless an argument has one of the values."""
        self._judge(numbers, argument, [(_EQUAL, value) for value in values], hit=False)

    def _judge(
        self, numbers: Numbers, argument: int, tests: list[tuple[int, int]], *, hit: bool
    ) -> None:
        number = numbers[self.machine]
        if number is None:
            return
        outcomes = (_ALLOW, _ERRNO | errno.EPERM)
        self.add(_EQUAL, number, 0, len(tests) + 3)
        self.add(_LOAD, _FIRST_ARGUMENT + 8 * argument)
        for at, (operation, value) in enumerate(tests):
            self.add(operation, value, len(tests) - at)
        self.add(_RETURN, outcomes[not hit])
        self.add(_RETURN, outcomes[hit])


def supported() -> bool:
    """Tell whether the filter is written for this machine."""
    return platform.machine() in syscalls.MACHINES


@cache
def write(own_pid: int | None = None) -> bytes:
    """Return the filter's program; see ``install``."""
    machine = platform.machine()
    writer = _Writer(syscalls.MACHINES.index(machine))
    writer.add(_LOAD, _ARCH)
    writer.add(_EQUAL, _AUDIT_ARCH[machine], 1)
    writer.add(_RETURN, _KILL_PROCESS)
    writer.add(_LOAD, _NUMBER)
    if machine == "x86_64":
        writer.add(_AT_LEAST, _X32, 0, 1)
        writer.add(_RETURN, _ERRNO | errno.EPERM)
    writer.add(_GREATER, syscalls.NEWEST_KNOWN, 0, 1)
    writer.add(_RETURN, _ERRNO | errno.ENOSYS)
    writer.refuse(syscalls.CLONE3, errno.ENOSYS)
    for numbers in syscalls.DENIED.values():
        writer.refuse(numbers)
    writer.refuse_if(syscalls.CLONE, 0, (_CLONE_REFUSED,), _ANY_BIT)
    writer.refuse_unless(syscalls.PRLIMIT64, 0, (0,))
    writer.refuse_if(syscalls.FCNTL, 1, _OWNER_OF_SIGNALS)
    writer.refuse_if(syscalls.IOCTL, 1, _TERMINAL_INPUT)
    if own_pid is not None:
        for numbers in syscalls.SIGNALS.values():
            writer.refuse_unless(numbers, 0, (0, own_pid))
    writer.add(_RETURN, _ALLOW)
    return b"".join(writer.code)


def install(own_pid: int | None) -> None:
    """Filter the system calls of this process, for good.

    With ``own_pid`` only that process and the own group can be sent signals; None leaves signals to
    Landlock. Raises ``OSError`` when the kernel refuses, as it does without ``NO_NEW_PRIVS``.
    """
    code = write(own_pid)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // _INSTRUCTION.size, ctypes.addressof(buffer))
    kernel.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(program))
