"""The Dockerfile, read: clean to hadolint, pinned, and in step with what it is made from."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from preview_worker.cli.libraries import SKIA_LIBRARIES
from tests.architecture.tree import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
FINAL = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
IN_THE_BASE = {"libstdc++6"}
"""What Debian's own base holds: apt needs it."""
BREACHES = {
    "a base that may change": ("FROM ${BASE} AS wheel", "FROM python:latest AS wheel"),
    "packages beyond those asked for": ("ldconfig", "apt-get install -y curl && ldconfig"),
    "a shell with hidden failures": ("ldconfig", "cat /etc/passwd | grep x && ldconfig"),
    "sudo": ("ldconfig", "sudo ldconfig"),
    "an unquoted name": ('dpkg-deb --extract "$package"', "dpkg-deb --extract $package"),
    "a command of a shell": ('CMD ["work"]', "CMD work"),
}


def hadolint(text: str) -> subprocess.CompletedProcess[str]:
    """Run hadolint over a Dockerfile."""
    command = [str(Path(sys.executable).with_name("hadolint")), "--no-color", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=False)


def test_hadolint_finds_nothing() -> None:
    """No warning is left, not even one of style."""
    done = hadolint(DOCKERFILE)

    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("sound", "broken"), BREACHES.values(), ids=BREACHES)
def test_hadolint_finds_a_breach(sound: str, broken: str) -> None:
    """Each breach, planted, is found."""
    assert sound in DOCKERFILE

    assert hadolint(DOCKERFILE.replace(sound, broken, 1)).returncode != 0


def test_every_stage_starts_from_the_base_that_is_pinned_by_its_digest() -> None:
    """There is one base, named by version and digest, and no other image is fetched."""
    (base,) = re.findall(r"^ARG BASE=(.*)$", DOCKERFILE, re.MULTILINE)

    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}", base)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${BASE}"}
    stages = set(re.findall(r"^FROM .* AS (\w+)$", DOCKERFILE, re.MULTILINE))
    assert set(re.findall(r"--from=(\S+)", DOCKERFILE)) <= stages


def test_packages_are_installed_by_their_hashes() -> None:
    """Every pip that reaches an index demands hashes and takes no source to build."""
    for command in re.findall(r"-m pip (.*?)\n(?=[A-Z#]|\n)", DOCKERFILE, re.DOTALL):
        assert "--no-index" in command or {"--require-hashes", "--only-binary"} <= set(
            command.split()
        )


def test_the_libraries_that_skia_asks_for_are_taken() -> None:
    """The packages that `doctor` would name are downloaded, or are in the base."""
    (named,) = re.findall(r"apt-get download \\\n(.*?)\\\n    &&", DOCKERFILE, re.DOTALL)
    needed = {library.debian_package for library in SKIA_LIBRARIES}

    assert needed - set(named.replace("\\", "").split()) == IN_THE_BASE


def test_it_runs_as_a_number_without_rights() -> None:
    """A number, because a cluster cannot tell from a name that it is not root."""
    assert re.findall(r"^USER (.*)$", FINAL, re.MULTILINE) == ["1000:1000"]


def test_the_context_holds_what_is_copied_and_nothing_else() -> None:
    """What .dockerignore lets in is exactly what a COPY takes out of the context."""
    ignore = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [
        word
        for words in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE)
        for word in words.split()
    ]

    assert ignore[2] == "*"
    assert sorted(line[1:] for line in ignore if line.startswith("!")) == sorted(copied)
    assert all((ROOT / name).exists() for name in copied)
