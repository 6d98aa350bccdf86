"""One package reads the environment; every other value is handed in."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.tree import PACKAGE, parsed, python_files, relative

READERS = {"environ", "environb", "getenv", "getenvb"}


def test_only_settings_reads_the_environment() -> None:
    """``os.environ`` and its kin are named in ``settings`` of the package and nowhere else."""
    readers = {
        relative(path)
        for path in python_files("src")
        if path.parent != PACKAGE / "settings" and any(_readings(parsed(path)))
    }

    assert readers == set()


def test_a_reading_is_seen_however_it_is_spelled() -> None:
    """The search finds attributes, imported names and imports under another name."""
    spellings = [
        "import os\nos.environ['A']",
        "import os as system\nsystem.getenv('A')",
        "from os import environ as surroundings",
        "from os import getenv",
    ]

    assert all(any(_readings(ast.parse(text))) for text in spellings)
    assert not any(_readings(ast.parse("import os\nos.getpid()")))


def _readings(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and node.attr in READERS) or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and READERS & {alias.name for alias in node.names}
        ):
            yield node
