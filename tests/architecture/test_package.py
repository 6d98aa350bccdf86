"""The wheel is complete: what the code needs at run time, and what its licences ask for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.architecture.tree import PACKAGE, ROOT, tracked_files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """Return the wheel as the build backend makes it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*build, "--directory", str(folder)], cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return ZipFile(path)


def test_the_wheel_holds_the_whole_package(wheel: ZipFile) -> None:
    """Every tracked file of the package is in it: code, fonts, the mark of types."""
    package = {
        path.relative_to(PACKAGE.parent).as_posix()
        for path in tracked_files()
        if path.is_relative_to(PACKAGE)
    }

    assert "preview_worker/py.typed" in package
    assert package - set(wheel.namelist()) == set()


def test_the_wheel_holds_nothing_beside_the_package(wheel: ZipFile) -> None:
    """No test, tool or document is installed among other people's packages."""
    roots = {Path(name).parts[0] for name in wheel.namelist()}

    assert {root for root in roots if not root.endswith(".dist-info")} == {"preview_worker"}


def test_the_wheel_carries_its_licences(wheel: ZipFile) -> None:
    """The licence and the notice about others' work travel with the code."""
    names = {Path(name).name for name in wheel.namelist() if "/licenses/" in name}

    assert names == {"LICENSE", "NOTICE"}


def test_fonts_travel_with_their_licence(wheel: ZipFile) -> None:
    """Beside each family of fonts lies the licence under which it may be passed on."""
    names = [Path(name) for name in wheel.namelist()]
    families = {name.stem.partition("-")[0] for name in names if name.suffix in {".otf", ".ttf"}}
    licensed = {name.stem.partition("-")[0] for name in names if name.stem.endswith("-OFL")}

    assert families
    assert families == licensed
