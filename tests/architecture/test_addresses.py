"""The repository speaks of no one machine and of no package index."""

from __future__ import annotations

import re

import pytest

from tests.architecture.tree import tracked_texts

# Put together from pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(
    "|".join(
        (
            "/" + r"home/(?!runner\b|user\b)[a-z]\w*/",
            "/" + r"Users/[A-Za-z]\w*/",
            "/" + r"root/[.\w]",
            "/" + r"work/\w",
            r"[A-Z]:\\" + r"Users\\",
        )
    )
)
INDEX_HOST = re.compile(
    "|".join(
        (
            r"\b(test\.)?py" + r"pi\.org(?!/project)",
            r"python" + r"hosted\.org",
            r"registry\.(npm" + r"js\.org|yarn" + r"pkg\.com)",
            r"deb\.deb" + r"ian\.org",
            r"proxy\.gol" + r"ang\.org",
            r"--(extra-)?index" + r"-url\s*[=\s]\s*\S",
        )
    )
)


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in tracked_texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_holds_the_path_of_one_machine() -> None:
    """No tracked text names a home folder or a checkout that exists on one machine alone."""
    assert _lines_with(MACHINE_PATH) == []


def test_no_file_names_a_package_index() -> None:
    """No tracked text, lock files included, holds the address of an index."""
    assert _lines_with(INDEX_HOST) == []


@pytest.mark.parametrize("path", ["/" + "home/ann/src", "/" + "Users/ann/src", "/" + "root/.venv"])
def test_a_machine_path_is_seen(path: str) -> None:
    """The paths that people leave behind by accident are found."""
    assert MACHINE_PATH.search(f"cd {path} && make")
