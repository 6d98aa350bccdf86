"""The sizes that keep the source readable. A split to meet one gives the new file its own noun."""

from __future__ import annotations

from pathlib import Path

from tests.architecture.tree import functions, python_files, relative

FILE_LINES = 300
FUNCTION_LINES = 50
USUAL_FUNCTION_LINES = 30
USUAL_SHARE = 0.95
PARAMETERS = 6
LINE_LENGTH = 100


def test_no_file_is_longer_than_one_can_keep_in_mind() -> None:
    """No Python file, tests included, has more than 300 lines."""
    sizes = {relative(path): len(_lines(path)) for path in python_files()}

    assert sizes
    assert {name: size for name, size in sizes.items() if size > FILE_LINES} == {}


def test_no_line_is_longer_than_a_hundred_characters() -> None:
    """No line of Python is wider than 100 columns, long words and addresses included."""
    long_lines = [
        f"{relative(path)}:{number}"
        for path in python_files()
        for number, line in enumerate(_lines(path), start=1)
        if len(line) > LINE_LENGTH
    ]

    assert long_lines == []


def test_no_function_is_longer_than_a_screen() -> None:
    """No function has more than 50 lines, its docstring not counted."""
    long_ones = [
        f"{function.where}: {function.lines} lines"
        for path in python_files()
        for function in functions(path)
        if function.lines > FUNCTION_LINES
    ]

    assert long_ones == []


def test_nearly_all_functions_of_the_package_are_short() -> None:
    """At least 95 % of the functions under src have 30 lines or fewer."""
    sizes = [function.lines for path in python_files("src") for function in functions(path)]
    short = [size for size in sizes if size <= USUAL_FUNCTION_LINES]

    assert len(short) >= USUAL_SHARE * len(sizes)


def test_no_function_asks_for_more_than_six_things() -> None:
    """No function has more than 6 parameters, ``self`` not counted."""
    greedy = [
        f"{function.where}: {function.parameters} parameters"
        for path in python_files()
        for function in functions(path)
        if function.parameters > PARAMETERS
    ]

    assert greedy == []


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
