"""What `make` says when the machine cannot carry the environment."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "tools" / "environment"


def refusal(folder: Path, python: str) -> str:
    """Run the script in ``folder`` with ``python`` and return what it says before it gives up."""
    done = subprocess.run(
        [str(SCRIPT)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr


def interpreter(folder: Path, *, refuses: str) -> str:
    """Write a stand-in for Python that fails on every program which contains ``refuses``."""
    path = folder / "python"
    path.write_text(
        f'#!/bin/sh\ncase "$*" in *"{refuses}"*) exit 1 ;; --version) echo Python 3.9.2 ;; esac\n',
        encoding="utf-8",
    )
    path.chmod(0o755)
    return str(path)


def test_a_missing_interpreter_is_told_in_one_line(tmp_path: Path) -> None:
    """Where there is no such Python, the line says how to name another."""
    said = refusal(tmp_path, "python-that-is-not-here")

    assert said.count("\n") == 1
    assert "There is no 'python-that-is-not-here' here" in said
    assert "make PYTHON=" in said


def test_an_old_interpreter_is_told_in_one_line(tmp_path: Path) -> None:
    """A Python before 3.11 is named with its version."""
    python = interpreter(tmp_path, refuses="version_info")

    said = refusal(tmp_path, python)

    assert said.count("\n") == 1
    assert "is Python 3.9.2, but 3.11 or newer is needed" in said


@pytest.mark.parametrize("module", ["ensurepip", "venv"])
def test_a_stripped_interpreter_is_told_in_one_line(tmp_path: Path, module: str) -> None:
    """A distribution's Python without venv is answered with the package that brings it."""
    python = interpreter(tmp_path, refuses=module)

    said = refusal(tmp_path, python)

    assert said.count("\n") == 1
    assert "apt-get install python3-venv" in said
