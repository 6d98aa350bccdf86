"""A room's ``__init__.py`` is its door: it hands out names and does nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.tree import PACKAGE, parsed, python_files, relative

DOORS = [path for path in python_files("src") if path.name == "__init__.py"]
ROOMS = [path for path in DOORS if path.parent.parent == PACKAGE]
HANDING_OUT = {"__getattr__", "__dir__"}


def _hands_out(node: ast.stmt) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assign() | ast.AnnAssign():
            return True
        case ast.Expr(value=ast.Constant(value=str())):
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.FunctionDef(name=name):
            return name in HANDING_OUT
        case _:
            return False


@pytest.mark.parametrize("door", DOORS, ids=relative)
def test_a_door_only_hands_out_names(door: Path) -> None:
    """It has imports, assignments and ``__getattr__``, but no function or class of its own."""
    assert [ast.unparse(node) for node in parsed(door).body if not _hands_out(node)] == []


@pytest.mark.parametrize("door", ROOMS, ids=relative)
def test_a_room_says_what_it_hands_out(door: Path) -> None:
    """Each room has an ``__all__``, so that its public names are a list one can read."""
    names = {
        target.id
        for node in parsed(door).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    assert "__all__" in names
