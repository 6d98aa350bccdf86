"""Run a program behind the walls that a systemd unit puts up with seccomp, where no systemd runs.

``python unit_walls.py UNIT PROGRAM …`` reads SystemCallFilter, RestrictAddressFamilies,
RestrictNamespaces and MemoryDenyWriteExecute of the unit as systemd.exec(5) describes them, has
``systemd-analyze`` say which calls a @group holds and libseccomp put up the filter, and becomes the
program. What needs mounts or capabilities is not done here.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_ALLOW = 0x7FFF0000
_REFUSE = 0x00050000
_EQUAL, _MASKED_EQUAL = 4, 7
_PR_SET_MDWE, _REFUSE_EXEC_GAIN = 65, 1
_NAMESPACES = 0x7E020080
"""Every CLONE_NEW… flag of linux/sched.h."""


class _Condition(ctypes.Structure):
    """``struct scmp_arg_cmp`` of seccomp.h."""

    _fields_ = (
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("datum_a", ctypes.c_uint64),
        ("datum_b", ctypes.c_uint64),
    )


def directives(unit: Path) -> Iterator[tuple[str, str]]:
    """Yield names and values of a unit file, in order."""
    for line in unit.read_text().splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            yield name, value.strip()


def allowed_calls(unit: Path) -> set[str]:
    """Return the names of the system calls that the unit lets through."""
    allowed: set[str] = set()
    for name, value in directives(unit):
        if name == "SystemCallFilter":
            calls = {call for word in value.lstrip("~").split() for call in _expanded(word)}
            allowed = allowed - calls if value.startswith("~") else allowed | calls
    return allowed


def put_up(unit: Path) -> None:
    """Put up the walls of ``unit`` around this process, for good."""
    told = dict(directives(unit))
    libc = ctypes.CDLL(None, use_errno=True)
    if told["MemoryDenyWriteExecute"] == "yes" and libc.prctl(
        _PR_SET_MDWE, _REFUSE_EXEC_GAIN, 0, 0, 0
    ):
        sys.stderr.write("this kernel has no PR_SET_MDWE: MemoryDenyWriteExecute is not tried\n")
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(_REFUSE | errno.EPERM))

    def rule(action: int, call: str, *conditions: _Condition) -> None:
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number < 0:  # a call of other machines
            return
        array = (_Condition * len(conditions))(*conditions)
        failed = seccomp.seccomp_rule_add_array(context, action, number, len(conditions), array)
        assert not failed, (call, failed)

    assert told["RestrictNamespaces"] == "yes"
    for call in allowed_calls(unit) - {"clone", "clone3", "unshare", "setns", "socket"}:
        rule(_ALLOW, call)
    rule(_REFUSE | errno.ENOSYS, "clone3")  # whose flags a filter cannot see
    rule(_ALLOW, "clone", _Condition(0, _MASKED_EQUAL, _NAMESPACES, 0))
    for family in told["RestrictAddressFamilies"].split():
        rule(_ALLOW, "socket", _Condition(0, _EQUAL, getattr(socket, family), 0))
    assert seccomp.seccomp_load(context) == 0


def _expanded(word: str) -> set[str]:
    """Return the calls of a group, and a call itself."""
    if not word.startswith("@"):
        return {word}
    program = shutil.which("systemd-analyze")
    assert program is not None
    done = subprocess.run(
        [program, "syscall-filter", word], capture_output=True, text=True, check=True
    )
    names = {line.strip() for line in done.stdout.splitlines()[1:]}
    return {
        call
        for name in names
        if name and not name.startswith("#")
        for call in (_expanded(name) if name.startswith("@") else {name})
    }


if __name__ == "__main__":
    put_up(Path(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 -- no shell: the program is to stand alone
