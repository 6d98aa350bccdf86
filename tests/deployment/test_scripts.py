"""The scripts are clean in both tongues, and twins say and do the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "scripts"
SHELL = sorted(FOLDER.glob("*.sh"))
POWERSHELL = sorted(FOLDER.glob("*.ps1"))


def flags(script: Path) -> set[str]:
    """Return the flags that a script takes, in the shell's spelling."""
    text = script.read_text()
    if script.suffix == ".sh":
        return set(re.findall(r"(?<=[\s|(])--[a-z-]+(?=\)| \|)", text))
    block = text[: text.index("\n)")]
    names = set(re.findall(r"^ {4}\[(?:string|switch)\]\$([A-Za-z]+)", block, flags=re.MULTILINE))
    return {"--" + re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() for name in names}


def told_flags(script: Path) -> set[str]:
    """Return the flags that the usage tells of, in the shell's spelling."""
    told = re.findall(r"^  (--?[A-Za-z-]+)", script.read_text(), flags=re.MULTILINE)
    return {
        "--" + re.sub(r"(?<!^)(?=[A-Z])", "-", name.lstrip("-")).lower().replace("--", "-")
        for name in told
    }


def told_statuses(script: Path) -> str:
    """Return what the usage says of exit statuses."""
    pattern = re.compile(r"^Exit status: (.*?)\n(?:END|'@)$", re.DOTALL | re.MULTILINE)
    found = pattern.search(script.read_text())
    assert found is not None
    return " ".join(found[1].split())


def statuses(script: Path) -> set[str]:
    """Return the statuses with which a script ends of its own accord."""
    return set(re.findall(r"(?:\bfail|Stop-WithError|\bexit) (\d+)", script.read_text()))


def test_every_script_has_its_twin() -> None:
    """And each can be run as it stands."""
    assert SHELL
    assert [one.stem for one in SHELL] == [one.stem for one in POWERSHELL]
    assert all(os.access(script, os.X_OK) for script in SHELL)


@pytest.mark.parametrize("script", SHELL, ids=lambda script: script.stem)
def test_twins_take_the_same_flags(script: Path) -> None:
    """Each is told by the usage of both, with the same words on exit statuses."""
    twin = script.with_suffix(".ps1")
    assert {"--help", "--dry-run"} <= flags(script)
    assert flags(script) == flags(twin) == told_flags(script) == told_flags(twin)
    assert told_statuses(script) == told_statuses(twin)
    assert statuses(script) == statuses(twin)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck (Debian: shellcheck)")
def test_shellcheck_finds_nothing() -> None:
    """Not even a matter of style."""
    program = shutil.which("shellcheck")
    assert program is not None
    done = subprocess.run(
        [program, "--shell=bash", "--severity=style", *SHELL],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("script", SHELL, ids=lambda script: script.stem)
def test_help_is_told_and_an_unknown_flag_refused(script: Path) -> None:
    """Nothing else is done in either case."""
    told = subprocess.run([script, "--help"], capture_output=True, text=True, check=False)
    refused = subprocess.run([script, "--wrong"], capture_output=True, text=True, check=False)

    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith(f"Usage: {script.name}")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == "[ERROR] unknown option --wrong; see --help\n"
