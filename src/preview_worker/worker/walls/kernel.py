"""Requests to the kernel for which Python has no function."""

from __future__ import annotations

import ctypes
import os
from functools import cache


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: int) -> int:
    """Make a system call by its number; pointers are given as addresses. Raises ``OSError``."""
    result = _library().syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments))
    return _checked(int(result))


def prctl(option: int, *arguments: int) -> int:
    """Change or read an attribute of this process (``prctl(2)``). Raises ``OSError``."""
    four = (*arguments, 0, 0, 0, 0)[:4]
    return _checked(int(_library().prctl(option, *map(ctypes.c_ulong, four))))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
