"""The hint about missing system libraries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from preview_worker.cli import libraries
from preview_worker.cli.libraries import (
    SKIA_LIBRARIES,
    SystemLibrary,
    installation_hint,
    missing_libraries,
)

C_LIBRARY = SystemLibrary("libc.so.6", "libc6", "glibc")
NOBODYS = SystemLibrary("libnobody-has-this.so.9", "libnobody9", "nobody-libs")


def test_a_library_that_the_loader_finds_is_not_missing() -> None:
    """A library that loads is left out, one that does not is returned."""
    assert missing_libraries([C_LIBRARY, NOBODYS], platform="linux") == [NOBODYS]


def test_nothing_is_missing_outside_linux() -> None:
    """The wheels of other systems need nothing that the system may lack."""
    assert missing_libraries([NOBODYS], platform="darwin") == []


def test_the_hint_is_one_line_with_the_packages_of_both_families() -> None:
    """The hint names each library and what to install, without a line break."""
    hint = installation_hint(SKIA_LIBRARIES[:2])

    assert "\n" not in hint
    assert "libGL.so.1, libEGL.so.1" in hint
    assert "apt-get install libgl1 libegl1" in hint
    assert "dnf install libglvnd-glx libglvnd-egl" in hint


def test_the_check_runs_before_anything_is_installed() -> None:
    """The file runs as a script on a bare interpreter that sees no site-packages."""
    script = str(Path(libraries.__file__))

    done = subprocess.run(
        [sys.executable, "-I", "-S", script], capture_output=True, text=True, check=False
    )

    expected = [installation_hint(missing)] if (missing := missing_libraries()) else []
    assert done.stderr.splitlines() == expected
    assert done.returncode == len(expected)
