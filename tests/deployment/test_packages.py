"""What is released: the same bytes every time, a list of what they hold, and words for people."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT, tracked_files

VERSION = "0.1.0"
CHANGELOG = """# Changelog

## [Unreleased]

- Not yet.

## [0.1.0] - 2026-11-26

### Added

- A worker.

## [0.0.1] - 2026-01-01

- An idea.

[0.1.0]: https://example.org/compare
"""


def notes(version: str, changelog: Path) -> subprocess.CompletedProcess[str]:
    """Run the tool that cuts the notes of a version out of a changelog."""
    command = [str(ROOT / "tools" / "release-notes"), version, str(changelog)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def changelog(tmp_path: Path) -> Path:
    """Give a changelog of two versions."""
    path = tmp_path / "CHANGELOG.md"
    path.write_text(CHANGELOG, encoding="utf-8")
    return path


def test_notes_are_what_the_changelog_says_of_the_version(changelog: Path) -> None:
    """They begin after the heading and end before the next; no link and no blank line is left."""
    assert notes(VERSION, changelog).stdout == "### Added\n\n- A worker.\n"


def test_there_are_no_notes_for_a_version_that_is_not_the_package_s(changelog: Path) -> None:
    """A tag that names another version than pyproject.toml is refused, with both named."""
    done = notes("0.0.1", changelog)

    assert (done.returncode, done.stdout) == (1, "")
    assert VERSION in done.stderr
    assert "0.0.1" in done.stderr


def test_a_version_that_the_changelog_does_not_know_is_not_released(changelog: Path) -> None:
    """Without a section there is no release, rather than one that says nothing."""
    changelog.write_text("# Changelog\n\n## [Unreleased]\n\n- Not yet.\n", encoding="utf-8")

    done = notes(VERSION, changelog)

    assert (done.returncode, done.stdout) == (1, "")


def test_the_version_is_written_in_one_place_and_once_more_in_the_image() -> None:
    """The image's label has the version of pyproject.toml if the build names no other."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert f'version = "{VERSION}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"ARG VERSION={VERSION}\n" in dockerfile


@pytest.mark.slow
def test_packages_are_the_same_bytes_wherever_and_whenever_they_are_built(tmp_path: Path) -> None:
    """Two copies in other folders, with other dates, modes and umasks, give the same sums."""
    sums = []
    for name, date, umask in (("one", 10**9, 0o022), ("another", 1.5 * 10**9, 0o077)):
        copy = tmp_path / name / "source"
        for file in tracked_files():
            target = copy / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
            os.utime(target, (date, date))
        sums.append(packed(copy, umask))

    assert sums[0] == sums[1]
    assert len(sums[0].splitlines()) == 2


@pytest.mark.slow
def test_the_bill_of_materials_lists_the_lock_and_is_the_same_every_time(tmp_path: Path) -> None:
    """Each locked package is in it with version and hashes; two of it are the same bytes."""
    bills = []
    for name in ("one", "two"):
        subprocess.run(
            [str(ROOT / "tools" / "sbom"), str(tmp_path / name)],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        bills.append((tmp_path / name).read_bytes())

    bill = json.loads(bills[0])
    listed = {f"{part['name']}=={part['version']}" for part in bill["components"]}
    lock = (ROOT / "requirements" / "otel.txt").read_text(encoding="utf-8").splitlines()
    assert bills[0] == bills[1]
    assert listed == {line.split()[0] for line in lock if "==" in line and line[0].isalpha()}
    assert bill["metadata"]["component"]["version"] == VERSION
    assert all(part["externalReferences"][0]["hashes"] for part in bill["components"])


def packed(source: Path, umask: int) -> str:
    """Build both packages of a copy of the sources and return their sums."""
    (source / ".venv").symlink_to(Path(sys.executable).parents[1])
    done = subprocess.run(
        [str(source / "tools" / "package"), "dist"],
        cwd=source,
        check=True,
        capture_output=True,
        text=True,
        umask=umask,
    )
    return done.stdout
