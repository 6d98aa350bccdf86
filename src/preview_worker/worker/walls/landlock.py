"""Landlock: files beneath the named folders, and nothing else of the file system.

Numbers and layouts are those of ``linux/landlock.h``; the kernel says which version it speaks. An
older one knows fewer rights, which other walls then stand in for: the system-call filter refuses
sockets, signals and ``truncate`` whatever the version.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable
from enum import IntFlag
from pathlib import Path

from preview_worker.worker.walls import kernel

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_WITH_NETWORK = 4
_WITH_SIGNAL_SCOPE = 6
"""The version that keeps signals, and sockets with abstract names, within the walls."""


class _Right(IntFlag):
    EXECUTE = 1 << 0
    WRITE_FILE = 1 << 1
    READ_FILE = 1 << 2
    READ_DIR = 1 << 3
    REMOVE_DIR = 1 << 4
    REMOVE_FILE = 1 << 5
    MAKE_CHAR = 1 << 6
    MAKE_DIR = 1 << 7
    MAKE_REG = 1 << 8
    MAKE_SOCK = 1 << 9
    MAKE_FIFO = 1 << 10
    MAKE_BLOCK = 1 << 11
    MAKE_SYM = 1 << 12
    REFER = 1 << 13
    TRUNCATE = 1 << 14
    IOCTL_DEV = 1 << 15


_ALL_OF_VERSION = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many of the rights above a version knows; later ones know them all."""
_READ = _Right.READ_FILE | _Right.READ_DIR
_WRITE = (
    _READ
    | _Right.WRITE_FILE
    | _Right.REMOVE_DIR
    | _Right.REMOVE_FILE
    | _Right.MAKE_DIR
    | _Right.MAKE_REG
    | _Right.TRUNCATE
)
_OF_A_FILE = _Right.EXECUTE | _Right.READ_FILE | _Right.WRITE_FILE | _Right.TRUNCATE
_NO_TCP = 0b11
_SCOPES = 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("place", ctypes.c_int32))


def version() -> int:
    """Return the version of Landlock that the kernel speaks, 0 when it has none."""
    try:
        return kernel.call(_CREATE_RULESET, 0, 0, _VERSION_FLAG)
    except OSError:
        return 0


def scopes_signals(spoken: int) -> bool:
    """Tell whether Landlock of that version keeps signals within the walls."""
    return spoken >= _WITH_SIGNAL_SCOPE


def restrict(readable: Iterable[Path], writable: Iterable[Path], spoken: int) -> None:
    """Confine this process, for good, to what lies beneath the paths.

    A path that is not there is left out. ``spoken`` is what ``version`` said. Raises ``OSError``
    when the kernel refuses, as it does without ``NO_NEW_PRIVS``.
    """
    known = _Right((1 << _ALL_OF_VERSION.get(spoken, 16)) - 1)
    rules = _Ruleset(known, _NO_TCP, _SCOPES)
    words = 1 if spoken < _WITH_NETWORK else 2 if spoken < _WITH_SIGNAL_SCOPE else 3
    ruleset = kernel.call(_CREATE_RULESET, ctypes.addressof(rules), 8 * words, 0)
    try:
        for paths, rights in ((readable, _READ), (writable, _WRITE)):
            for path in paths:
                _allow(ruleset, path, rights & known)
        kernel.call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: _Right) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        folder = stat.S_ISDIR(os.fstat(place).st_mode)
        rule = _Beneath(rights if folder else rights & _OF_A_FILE, place)
        kernel.call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.addressof(rule), 0)
    finally:
        os.close(place)
