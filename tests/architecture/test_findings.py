"""The codes of findings: each is provoked by a test, says what to do, and is in the documents."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from preview_worker.render.quality.advice import ADVICE
from preview_worker.render.quality.elite.score import RULES
from tests.architecture.tree import ROOT, parsed, python_files, relative

CODE = re.compile(r"[a-z]+\.[a-z_]+")


class Told(NamedTuple):
    """A place in the source that makes findings, and whether it says what to do."""

    code: str
    where: str
    advises: bool


def findings_of(path: Path) -> Iterator[Told]:
    """Yield what a file tells; a code that is looked up may be any that the file spells."""
    for node in ast.walk(parsed(path)):
        if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "Finding" and node.args):
            continue
        where = f"{relative(path)}:{node.lineno}"
        advises = any(keyword.arg == "suggestion" for keyword in node.keywords)
        match node.args[0]:
            case ast.Constant(value=str() as code):
                yield Told(code, where, advises)
            case _:
                for code in spelled_codes(path):
                    yield Told(code, where, advises)


def spelled_codes(path: Path) -> set[str]:
    """Return every string of a file that looks like a code."""
    return {
        node.value
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and CODE.fullmatch(node.value)
    }


TOLD = [
    told
    for path in python_files("src")
    if "/render/" in relative(path)
    for told in findings_of(path)
]
CODES = sorted({told.code for told in TOLD})


@cache
def document() -> str:
    """Return the documentation of the findings."""
    return (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")


@cache
def words_of_the_tests() -> str:
    """Return all tests but those of the architecture, which name codes without causing them."""
    paths = [p for p in python_files("tests") if "/architecture/" not in relative(p)]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_its_row_in_the_documentation(code: str) -> None:
    """With its severity and its meaning."""
    row = rf"^\| `{re.escape(code)}` \| [^|]*(error|warning|note)[^|]* \| [^|]{{10,}} \|"

    found = re.search(row, document(), re.MULTILINE) is not None
    assert found, f"docs/findings.md lacks the row: | `{code}` | warning | what it means | |"


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_provoked_by_a_test(code: str) -> None:
    """Some test expects it."""
    provoked = f'"{code}"' in words_of_the_tests()
    assert provoked, f"no test provokes {code}"


@pytest.mark.parametrize("code", CODES)
def test_every_code_says_what_to_do(code: str) -> None:
    """Where it is told, or in the table of advice."""
    silent = [told.where for told in TOLD if told.code == code and not told.advises]

    advised = code in ADVICE or not silent
    assert advised, f"give {code} a suggestion in {silent}, or in render/quality/advice.py"


def test_nothing_is_documented_or_advised_that_nobody_tells() -> None:
    """A code that is gone leaves no trace."""
    codes = re.findall(r"^\| `([a-z]+\.[a-z_]+)`", document(), re.MULTILINE)

    assert codes == CODES
    assert set(ADVICE) - set(CODES) == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_elite_rule_has_its_row_in_the_documentation(rule: object) -> None:
    """With its points, its severity and what it wants."""
    assert isinstance(rule, type(RULES[0]))
    row = f"| `{rule.id}` | {rule.max} | {rule.severity} | {rule.threshold} |"

    found = row in document()
    assert found, f"docs/findings.md lacks the row: {row}"
