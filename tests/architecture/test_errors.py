"""The closed list of errors: each is provoked by a test and explained in the documentation."""

from __future__ import annotations

import re
from functools import cache

import pytest

from preview_worker.contract import ErrorCode
from tests.architecture.tree import ROOT, python_files, relative

CLASSES = ("invalid.", "transient.", "permanent.")


@cache
def words_of_the_tests() -> str:
    """Return all tests but those of the list itself, which name every code without causing it."""
    exempt = ("tests/architecture/", "tests/unit/contract/test_errors.py")
    paths = [path for path in python_files("tests") if not relative(path).startswith(exempt)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@cache
def table() -> str:
    """Return the documentation of the errors."""
    return (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", ErrorCode, ids=lambda code: code.code)
def test_every_code_is_provoked_by_a_test(code: ErrorCode) -> None:
    """Some test names the code, by its member or by its string."""
    mention = rf"\bErrorCode\.{code.name}\b|[\"'`]{re.escape(code.code)}[\"'`:]"

    assert re.search(mention, words_of_the_tests()), f"no test provokes {code.code}"


@pytest.mark.parametrize("code", ErrorCode, ids=lambda code: code.code)
def test_every_code_has_its_row_in_the_documentation(code: ErrorCode) -> None:
    """``docs/errors.md`` tells of the code what the code tells of itself."""
    again = "yes" if code.retryable else "no"
    row = f"| `{code.code}` | {again} | {code.http_status} | {code.public_message} |"

    assert row in table(), f"docs/errors.md lacks the row: {row}"


def test_the_documentation_has_no_row_for_a_code_that_is_gone() -> None:
    """Every code in the table of ``docs/errors.md`` exists."""
    documented = re.findall(r"^\| `([^`]+)`", table(), re.MULTILINE)

    assert set(documented) == {code.code for code in ErrorCode}


def test_codes_are_unique_and_of_a_known_class() -> None:
    """No two members share a code, and each code's first part says what becomes of the job."""
    codes = [code.code for code in ErrorCode]

    assert len(set(codes)) == len(codes)
    assert [code for code in codes if not code.startswith(CLASSES)] == []
