"""Privileges given up: root's capabilities, new ones by running programs, being looked into."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

from preview_worker.worker.walls import kernel

_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL = 47, 4
_CAP_VERSION_3 = 0x2008_0522
_MOST_CAPABILITIES = 64
_CAPSET = {"x86_64": 126, "aarch64": 91}
_FIRST_TO_GO = b"1000"


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("words", ctypes.c_uint32 * 6),)


def offer_to_the_oom_killer() -> None:
    """Have the kernel, should memory run out, end this process before any other."""
    try:
        Path("/proc/self/oom_score_adj").write_bytes(_FIRST_TO_GO)
    except OSError:
        return  # some containers do not allow it; the memory cap stands all the same


def give_up() -> None:
    """Drop every capability for good, gain none by running a program, and leave no core.

    Raises ``OSError`` when the kernel refuses.
    """
    kernel.prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _empty_the_bounding_set()
    kernel.prctl(_PR_CAP_AMBIENT, _AMBIENT_CLEAR_ALL)
    header, sets = _Header(_CAP_VERSION_3, 0), _Sets()
    number = _CAPSET[os.uname().machine]
    kernel.call(number, ctypes.addressof(header), ctypes.addressof(sets))
    kernel.prctl(_PR_SET_DUMPABLE, 0)


def _empty_the_bounding_set() -> None:
    for capability in range(_MOST_CAPABILITIES):
        try:
            kernel.prctl(_PR_CAPBSET_DROP, capability)
        except OSError:
            # The kernel knows no more; or we lack CAP_SETPCAP, and NO_NEW_PRIVS has to keep what
            # is in the set out of reach.
            return
