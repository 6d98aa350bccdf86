"""Every switched-off check says why."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

import pytest

from tests.architecture.tree import ROOT, python_files, relative

SUPPRESSION = re.compile(
    r"#\s*(noqa|type:\s*ignore|pragma|pylint|mypy:|ruff:|fmt:|isort:|pyright:)", re.IGNORECASE
)
RULES = r"[A-Z]+\d+(, ?[A-Z]+\d+)*"
REASON = r"\w\S* +\w"
REASONED = re.compile(rf"# noqa: {RULES} -- {REASON}|# type: ignore\[[a-z, -]+\] +# {REASON}")
"""A rule by its code, then the reason in two words or more, in the form that each tool can read."""


def unreasoned(text: str) -> Iterator[int]:
    """Yield the line numbers of comments that switch a check off without code and reason."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT or not SUPPRESSION.search(token.string):
            continue
        if not REASONED.search(token.string):
            yield token.start[0]


def test_every_suppression_names_its_rule_and_its_reason() -> None:
    """A ``noqa`` or ``type: ignore`` in any Python file carries its code and a few words."""
    bare = [
        f"{relative(path)}:{line}"
        for path in python_files()
        for line in unreasoned(path.read_text(encoding="utf-8"))
    ]

    assert bare == []


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa: S101",
        "# noqa: S101 -- so",
        "# type: ignore",
        "# type: ignore[arg-type]",
        "# ruff: noqa: S101 -- everywhere in this file",
        "# fmt: off",
    ],
)
def test_a_suppression_without_a_reason_is_seen(comment: str) -> None:
    """The bare forms are found, and so are those that switch off more than a line."""
    assert list(unreasoned(f"value = 1  {comment}\n")) == [1]


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: S603, S607 -- a fixed command without input",
        "# type: ignore[misc]  # the library's stub forgets the overload",
    ],
)
def test_a_suppression_with_a_reason_is_accepted(comment: str) -> None:
    """Code and reason together pass."""
    assert list(unreasoned(f"value = 1  {comment}\n")) == []


def test_every_exception_in_the_configuration_has_its_reason() -> None:
    """Each rule that ruff is told to ignore has a comment on its line."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    entries = re.findall(r"^    \"[A-Z]+\d*\",.*$", text, re.MULTILINE)

    assert entries
    assert [entry for entry in entries if not re.search(r"# \w.{9,}", entry)] == []
