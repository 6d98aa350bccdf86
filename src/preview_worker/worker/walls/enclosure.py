"""An enclosure: what one render process may touch, and the order in which its walls go up."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from preview_worker.worker.walls import ceilings, landlock, privileges, seccomp
from preview_worker.worker.walls.ceilings import Ceilings

SandboxMode = Literal["full", "partial", "none"]
_SYSTEM = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/etc/ld.so.cache")
"""Where libraries load what they need only now and then."""
_HARMLESS = ("/dev/null", "/dev/urandom", "/sys/devices/system/cpu")
_PRIVATE_UMASK = 0o077


class SandboxError(Exception):
    """A wall could not be put up. The message is for operators."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What a render process may touch and use up. Paths are absolute; missing ones are left out."""

    readable: tuple[Path, ...]
    """Folders with all beneath them, and single files."""
    writable: tuple[Path, ...]
    ceilings: Ceilings
    required: bool = True
    """Whether the process refuses to work when a wall is not to be had."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The walls that stand."""

    landlock: int = 0
    """Landlock's version, 0 where there is none."""
    seccomp: bool = False
    privileges: bool = False

    @property
    def mode(self) -> SandboxMode:
        """All walls, some of them, or none but the ceilings."""
        walls = (self.landlock > 0, self.seccomp, self.privileges)
        return "full" if all(walls) else "partial" if any(walls) else "none"


def raise_walls(enclosure: Enclosure) -> Standing:
    """Put up every wall around this process, for good, and tell which stand.

    Raises ``SandboxError`` when one is not to be had and the enclosure requires all of them.
    """
    os.umask(_PRIVATE_UMASK)
    if sys.platform != "linux":
        ceilings.lower(enclosure.ceilings)
        return _accepted(Standing(), enclosure, "Only Linux has walls for render processes")
    try:
        privileges.offer_to_the_oom_killer()
        ceilings.lower(enclosure.ceilings)
        standing, lacking = _linux_walls(enclosure)
    except OSError as error:
        message = f"The kernel refused a wall: {error.strerror}"
        raise SandboxError(message) from error
    return _accepted(standing, enclosure, lacking)


def _linux_walls(enclosure: Enclosure) -> tuple[Standing, str]:
    """Put up what the kernel has; return also what it lacks, as a sentence, empty for nothing."""
    lacking = []
    readable = (*system_folders(), *enclosure.readable)
    if not seccomp.supported():
        return Standing(), f"The walls are not written for {os.uname().machine} processors"
    privileges.give_up()
    spoken = landlock.version()
    if spoken:
        landlock.restrict(readable, enclosure.writable, spoken)
    else:
        lacking.append("The kernel has no Landlock (Linux 5.13 or newer, with lsm=landlock)")
    filtered = True
    try:
        seccomp.install(None if landlock.scopes_signals(spoken) else os.getpid())
    except OSError as error:
        filtered = False
        lacking.append(f"The kernel takes no system-call filter ({error.strerror})")
    return Standing(spoken, filtered, privileges=True), "; ".join(lacking)


def _accepted(standing: Standing, enclosure: Enclosure, lacking: str) -> Standing:
    if enclosure.required and standing.mode != "full":
        message = f"{lacking}. Use a system that has it, or set PREVIEW_SANDBOX=degraded"
        raise SandboxError(message)
    return standing


def prepare() -> None:
    """Do once, before processes are forked, what would cost each of them the same time."""
    system_folders()
    if sys.platform == "linux" and seccomp.supported() and landlock.scopes_signals(_spoken()):
        seccomp.write()


@cache
def _spoken() -> int:
    return landlock.version()


@cache
def system_folders() -> tuple[Path, ...]:
    """Return where the interpreter, its libraries and all loaded packages lie."""
    named = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    packages = (
        folder
        for name, module in sorted(sys.modules.items())
        if "." not in name
        for folder in getattr(module, "__path__", ())
    )
    folders = {Path(folder): None for folder in (*named, *packages)}
    outermost = [one for one in folders if not any(parent in folders for parent in one.parents)]
    return (*outermost, *map(Path, (*_SYSTEM, *_HARMLESS)))
