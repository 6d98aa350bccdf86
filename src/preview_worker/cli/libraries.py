"""Which of the system libraries that Skia is linked against are missing here, and who has them.

Skia's wheels carry most of what they need, but not OpenGL, which belongs to the machine. Slim
container images leave it out, and then ``import skia`` fails with the name of a file and no hint.
This file needs nothing but the standard library, so that it can run before anything is installed:
``python src/preview_worker/cli/libraries.py`` prints the hint and exits 1 when one is due.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class SystemLibrary:
    """A shared library by the name the loader knows, and the packages that bring it."""

    soname: str
    debian_package: str
    fedora_package: str


SKIA_LIBRARIES = (
    SystemLibrary("libGL.so.1", "libgl1", "libglvnd-glx"),
    SystemLibrary("libEGL.so.1", "libegl1", "libglvnd-egl"),
    SystemLibrary("libexpat.so.1", "libexpat1", "expat"),
    SystemLibrary("libstdc++.so.6", "libstdc++6", "libstdc++"),
)
"""What ``readelf -d`` on the Linux wheels of skia-python shows, less the C library's own files."""


def missing_libraries(
    libraries: Sequence[SystemLibrary] = SKIA_LIBRARIES, *, platform: str = sys.platform
) -> list[SystemLibrary]:
    """Return those of ``libraries`` that the loader cannot find; none outside Linux.

    On macOS and Windows the wheels link against libraries that are part of the system.
    """
    if platform != "linux":
        return []
    return [library for library in libraries if not _loads(library.soname)]


def installation_hint(missing: Sequence[SystemLibrary]) -> str:
    """Return one line that names the ``missing`` libraries and the packages to install."""
    sonames = ", ".join(library.soname for library in missing)
    debian = " ".join(library.debian_package for library in missing)
    fedora = " ".join(library.fedora_package for library in missing)
    return (
        f"Skia needs {sonames}, which this system lacks: "
        f"'apt-get install {debian}' on Debian or Ubuntu, 'dnf install {fedora}' on Fedora."
    )


def system_trouble() -> str | None:
    """Return the hint when a library is missing, None when all are there."""
    missing = missing_libraries()
    return installation_hint(missing) if missing else None


def _loads(soname: str) -> bool:
    try:
        ctypes.CDLL(soname)
    except OSError:
        return False
    return True


def main() -> int:
    """Print the hint if one is due; return 1 then, 0 otherwise."""
    trouble = system_trouble()
    if trouble is not None:
        sys.stderr.write(f"{trouble}\n")
    return 0 if trouble is None else 1


if __name__ == "__main__":
    sys.exit(main())
