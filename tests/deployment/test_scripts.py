"""The scripts are sound in both tongues, and twins take, tell and return the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deployment.parsed_scripts import parsed

FOLDER = Path(__file__).parents[2] / "scripts"
SHELL = sorted(FOLDER.glob("*.sh"))
POWERSHELL = sorted(FOLDER.glob("*.ps1"))


CMDLETS = {
    *("Get-Command", "Get-Content", "Get-Date", "Join-Path", "New-Item", "New-TemporaryFile"),
    *("Out-Null", "Remove-Item", "Select-String", "Set-Content", "Start-Process", "Start-Sleep"),
    *("Stop-Process", "Test-Path", "Write-Output"),
}
"""The commands of PowerShell itself that the scripts call."""
KEYWORDS = {"exit", "return"}
FAULTS = {
    "a brace that is not closed": ("if ($Help) {", "if ($Help) "),
    "a condition without parentheses": ("if ($Help) {", "if $Help {"),
    "a string without an end": ("'Stop'", "'Stop"),
    "a here-string whose end is indented": ("\n'@", "\n '@"),
    "a parameter without its sign": ("[switch]$DryRun", "[switch]DryRun"),
    "a comma too many": ("]$Unknown\n)", "]$Unknown,\n)"),
    "Bash's test": ("if ($Help) {", "if [ $Help ]; then"),
}
DIFFERENCES = {
    "a flag": ("[switch]$DryRun,", "", "flags"),
    "a flag's name": ("[switch]$DryRun,", "[switch]$Rehearse,", "flags"),
    "a status": ("Stop-WithError 2 ", "Stop-WithError 64 ", "statuses"),
    "the mark of a line": ("[ERROR]", "[WARNING]", "lines"),
    "what is told of a flag": ("  -DryRun ", "  -Dry ", "told_flags"),
    "what is told of a status": ("2 wrong usage", "64 wrong usage", "told_statuses"),
}


def test_every_script_has_its_twin() -> None:
    """And each can be run as it stands."""
    assert SHELL
    assert [one.stem for one in SHELL] == [one.stem for one in POWERSHELL]
    assert all(os.access(script, os.X_OK) for script in SHELL)


@pytest.mark.parametrize("script", SHELL + POWERSHELL, ids=lambda script: script.name)
def test_the_grammar_takes_the_whole_script(script: Path) -> None:
    """Nothing is left over and nothing is missing, in either tongue."""
    assert parsed(script).faults == []


@pytest.mark.parametrize("script", POWERSHELL, ids=lambda script: script.stem)
@pytest.mark.parametrize(("sound", "broken"), FAULTS.values(), ids=FAULTS)
def test_the_grammar_finds_a_fault(script: Path, sound: str, broken: str) -> None:
    """Each fault, planted, is found, with its line."""
    text = script.read_text()
    assert sound in text

    assert parsed(script, text.replace(sound, broken, 1)).faults != []


@pytest.mark.parametrize("script", POWERSHELL, ids=lambda script: script.stem)
def test_powershell_calls_nothing_that_is_not_there(script: Path) -> None:
    """Every command is the script's own, PowerShell's or kubectl: a wrong keyword would be none."""
    read = parsed(script)
    wrong = parsed(script, script.read_text() + "if ($Json) { exit 1 } elif ($Help) { exit 2 }\n")
    there = {*read.functions, *CMDLETS, *KEYWORDS, "kubectl"}

    assert {name for name, _ in read.commands()} <= there
    assert {name for name, _ in wrong.commands()} - there == {"elif"}


@pytest.mark.parametrize("script", SHELL, ids=lambda script: script.stem)
def test_twins_take_the_same_flags_and_end_and_speak_alike(script: Path) -> None:
    """Flags and statuses are those that both tell of; the lines of both are of the same kinds."""
    shell, powershell = parsed(script), parsed(script.with_suffix(".ps1"))

    assert {"--help", "--dry-run"} <= shell.flags
    assert shell.flags == powershell.flags == shell.told_flags == powershell.told_flags
    assert shell.statuses == powershell.statuses
    assert shell.statuses <= set(map(int, re.findall(r"\b\d+\b", shell.told_statuses)))
    assert shell.told_statuses == powershell.told_statuses
    assert shell.lines == powershell.lines
    assert "ERROR" in shell.lines


@pytest.mark.parametrize("script", POWERSHELL, ids=lambda script: script.stem)
@pytest.mark.parametrize(("sound", "other", "what"), DIFFERENCES.values(), ids=DIFFERENCES)
def test_a_difference_between_twins_is_seen(
    script: Path, sound: str, other: str, what: str
) -> None:
    """Each difference, planted in one of them, shows where twins are compared."""
    text = script.read_text()
    assert sound in text
    changed = parsed(script, text.replace(sound, other))

    assert getattr(changed, what) != getattr(parsed(script.with_suffix(".sh")), what)


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
