"""Run ``preview-worker`` as if on another system: ``python elsewhere.py win32 ARGUMENTS …``.

The interpreter and the libraries are loaded first, since those of this machine are needed here;
then the system's name is changed, and what it lacks is taken away, before the first line of ours is
imported. ``os.name`` stays: pathlib would make paths of Windows, which no file here has.
"""

from __future__ import annotations

import importlib
import importlib.abc
import os
import signal
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

LIBRARIES = (
    "PIL.Image PIL.ImageOps anyio asyncio av click concurrent.futures hiredis jinja2 msgpack "
    "multiprocessing numpy prometheus_client pydantic pydantic_settings pyphen rich.console "
    "rich.progress skia structlog subprocess"
)
LACKING = {
    "win32": {
        "modules": "fcntl grp pty pwd resource syslog termios tty",
        "os": "O_NOFOLLOW O_NONBLOCK O_PATH fork geteuid getpgid getuid killpg memfd_create mknod "
        "pidfd_open register_at_fork sched_getaffinity setsid setuid",
        "signal": "SIGALRM SIGCHLD SIGHUP SIGKILL SIGSYS SIGUSR1 SIGXCPU setitimer",
    },
    "darwin": {
        "modules": "",
        "os": "O_PATH O_TMPFILE memfd_create pidfd_open sched_getaffinity",
        "signal": "",
    },
}
"""What the system lacks of Python's modules, of ``os`` and of ``signal`` (docs.python.org)."""


class _Missing(importlib.abc.MetaPathFinder):
    def __init__(self, names: set[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find nothing by these names."""
        del path, target
        if fullname in self._names:
            message = f"No module named {fullname!r}"
            raise ModuleNotFoundError(message, name=fullname)
        return None


def move_to(system: str) -> None:
    """Have this process look like one on ``system``."""
    for library in LIBRARIES.split():
        importlib.import_module(library)
    lacking = LACKING[system]
    modules = set(lacking["modules"].split())
    for name in modules & sys.modules.keys():
        del sys.modules[name]
    sys.meta_path.insert(0, _Missing(modules))
    for module in (os, signal):
        for name in lacking[module.__name__].split():
            if hasattr(module, name):
                delattr(module, name)
    sys.platform = system


if __name__ == "__main__":
    move_to(sys.argv[1])
    main = importlib.import_module("preview_worker.cli").main
    sys.exit(main(sys.argv[2:]))
