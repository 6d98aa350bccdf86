"""What gets installed is decided in the repository, to the byte."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.tree import ROOT, relative, tracked_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHON_LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
NODE_LOCKS = [path for path in tracked_files() if path.name == "package-lock.json"]
NODE_PROJECTS = [path for path in tracked_files() if path.name == "package.json"]
PINNED = re.compile(r"^([a-z0-9-]+)==([^ ;]+)( ; .+)?$")


def blocks(lock: Path) -> list[list[str]]:
    """Return the requirements of a lock file, each as its logical line split at the hashes."""
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    logical = text.replace("\\\n", " ").splitlines()
    return [re.split(r"\s+--hash=", line.strip()) for line in logical if line.strip()]


def pins(lock: Path) -> dict[str, str]:
    """Return the locked version of each package."""
    found = (PINNED.match(block[0]) for block in blocks(lock))
    return {match[1]: match[2] for match in found if match}


def test_there_is_a_lock_for_each_thing_that_is_done() -> None:
    """To audit, bench, build, develop, and run with and without traces; one holds the other."""
    locks = {lock.stem: pins(lock) for lock in PYTHON_LOCKS}

    assert sorted(locks) == ["audit", "bench", "build", "dev", "otel", "runtime"]
    assert locks["runtime"].items() <= locks["otel"].items() <= locks["dev"].items()
    assert locks["build"].items() <= locks["dev"].items()


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=relative)
def test_every_package_is_pinned_and_hashed(lock: Path) -> None:
    """Each line of a Python lock is one exact version with SHA-256 hashes, and nothing else."""
    loose = [
        block[0]
        for block in blocks(lock)
        if not PINNED.match(block[0])
        or len(block) == 1
        or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in block[1:])
    ]

    assert blocks(lock)
    assert loose == []


@pytest.mark.parametrize("lock", NODE_LOCKS, ids=relative)
def test_every_node_package_is_hashed_and_has_no_address(lock: Path) -> None:
    """Each package of a Node lock has its integrity and no place to fetch it from.

    An optional package may lack it: it is a build for a system for which none was ever published.
    """
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]

    loose = [
        name
        for name, package in packages.items()
        if name and ("resolved" in package or not ({"integrity", "optional"} & package.keys()))
    ]
    assert loose == []


def test_every_node_project_has_its_lock() -> None:
    """Beside each ``package.json`` lies its ``package-lock.json``."""
    assert [path.parent for path in NODE_PROJECTS] == [path.parent for path in NODE_LOCKS]


@pytest.mark.parametrize("text", PROJECT["project"]["dependencies"])
def test_the_lock_holds_what_the_project_asks_for(text: str) -> None:
    """Each direct dependency is locked at a version that its range admits."""
    wanted = Requirement(text)

    locked = pins(ROOT / "requirements" / "runtime.txt")[canonicalize_name(wanted.name)]
    assert wanted.specifier.contains(locked)


def test_the_lock_holds_the_build_backend() -> None:
    """The editable install is built without an index, so its backend has to be locked too."""
    (backend,) = map(Requirement, PROJECT["build-system"]["requires"])

    assert str(backend.specifier) == f"=={pins(ROOT / 'requirements' / 'dev.txt')[backend.name]}"


def test_the_lock_of_uv_stays_out() -> None:
    """``uv.lock`` names indexes, so it is not part of the repository."""
    assert [relative(path) for path in tracked_files() if path.name == "uv.lock"] == []
