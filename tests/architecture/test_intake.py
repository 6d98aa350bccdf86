"""FFmpeg is given files to read through one door, so that no limit can be forgotten."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.architecture.tree import parsed, python_files, relative

DOOR = "src/preview_worker/render/intake.py"


def openings(tree: ast.Module) -> Iterator[tuple[int, bool]]:
    """Yield each place where PyAV opens a file: its line, and whether it is opened for writing."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="av"), attr="open")):
                modes = [*node.args[1:2], *(k.value for k in node.keywords if k.arg == "mode")]
                formats = [k.value for k in node.keywords if k.arg == "format"]
                writing = [getattr(mode, "value", None) for mode in modes] == ["w"]
                yield node.lineno, writing and all(isinstance(f, ast.Constant) for f in formats)
            case ast.ImportFrom(module="av" | "av.container" | "av.container.core"):
                if any(alias.name == "open" for alias in node.names):
                    yield node.lineno, False
            case _:
                pass


def test_nothing_else_has_ffmpeg_read_a_file() -> None:
    """X10: every ``av.open`` of the package stands in the door, or writes in a named format."""
    readers = {
        f"{relative(path)}:{line}"
        for path in python_files("src")
        for line, writing in openings(parsed(path))
        if not writing
    }

    assert {place.partition(":")[0] for place in readers} == {DOOR}
    assert len(readers) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import av\nav.open(path)",
        "import av\nav.open(path, 'r', format='mp4')",
        "import av\nav.open(path, mode)",
        "import av\nav.open(path, 'w', format=kind)",
        "from av import open",
        "from av.container import open",
    ],
)
def test_a_way_past_the_door_is_seen(source: str) -> None:
    """Whether it is opened, or only named."""
    assert [writing for _, writing in openings(ast.parse(source))] == [False]
