"""The repository as the architecture tests see it: its files, and its functions."""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "preview_worker"
LEFT_BEHIND = {"build", "data", "dist", "node_modules", "out", "__pycache__"}


@dataclass(frozen=True, slots=True)
class Function:
    """A function or method with its size: the lines from ``def`` to its end, less the docstring."""

    where: str
    name: str
    lines: int
    parameters: int


@cache
def tracked_files() -> tuple[Path, ...]:
    """Return the files of the repository, those that git does not know of yet included.

    Without git (an unpacked archive) it is every file that does not look left behind by a tool.
    """
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(
            listing, cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        return tuple(sorted(_walk(ROOT)))
    return tuple(sorted(path for name in listed if name and (path := ROOT / name).is_file()))


def _walk(folder: Path) -> Iterator[Path]:
    for entry in os.scandir(folder):
        if entry.name in LEFT_BEHIND or entry.name in {".venv", ".git"} or "cache" in entry.name:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(Path(entry.path))
        else:
            yield Path(entry.path)


def tracked_texts() -> Iterator[tuple[str, str]]:
    """Yield each tracked text file as its path in the repository and its text."""
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            yield relative(path), content.decode("utf-8")


def relative(path: Path) -> str:
    """Return ``path`` as it is written in the repository, with forward slashes."""
    return path.relative_to(ROOT).as_posix()


def python_files(*folders: str) -> list[Path]:
    """Return the Python files under ``folders`` of the repository, or under all of it."""
    roots = tuple(f"{folder}/" for folder in folders)
    return [
        path
        for path in tracked_files()
        if path.suffix == ".py" and (not roots or relative(path).startswith(roots))
    ]


@cache
def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_bytes(), filename=str(path))


def functions(path: Path) -> Iterator[Function]:
    """Yield the functions of a Python file; a nested one counts again inside its parent."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            where = f"{relative(path)}:{node.lineno} {node.name}"
            yield Function(where, node.name, _size(node), _parameters(node))


def _size(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


def _parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    named = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    starred = [extra for extra in (node.args.vararg, node.args.kwarg) if extra]
    receiver = bool(named) and named[0].arg in {"self", "cls"}
    return len(named) + len(starred) - receiver
