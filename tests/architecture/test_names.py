"""Names that say nothing are refused, so that a better one has to be found."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import PACKAGE, parsed, python_files, relative

EMPTY_WORDS = {
    "base",
    "common",
    "data",
    "handle",
    "helper",
    "helpers",
    "manager",
    "misc",
    "models",
    "process",
    "types",
    "util",
    "utils",
}
EMPTY_NOUNS = {"base", "helper", "helpers", "manager", "misc", "models", "util", "utils"}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def test_no_file_or_folder_has_an_empty_name() -> None:
    """No part of a Python file's path is one of the words that fit everything."""
    offenders = [
        relative(path)
        for path in python_files("src", "tests", "benchmarks", "chaos", "monitoring", "scaling")
        if EMPTY_WORDS & {*path.with_suffix("").parts[len(PACKAGE.parts) - 2 :]}
    ]

    assert offenders == []


def test_no_function_is_called_by_an_empty_verb_alone() -> None:
    """No function of the package is named just ``process``, ``handle`` or the like."""
    assert [where for where, name in _definitions() if name.strip("_").lower() in EMPTY_WORDS] == []


def test_no_class_ends_in_an_empty_noun() -> None:
    """No class of the package is a ``…Manager``, ``…Helper``, ``…Base`` or ``…Utils``."""
    offenders = [
        where
        for where, name in _definitions()
        if name[:1].isupper() and WORD.findall(name)[-1].lower() in EMPTY_NOUNS
    ]

    assert offenders == []


def _definitions() -> Iterator[tuple[str, str]]:
    for path in python_files("src"):
        yield from _definitions_of(path)


def _definitions_of(path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield f"{relative(path)}:{node.lineno} {node.name}", node.name
