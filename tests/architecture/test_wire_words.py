"""BullMQ's own words stay in the queue room."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.tree import ROOT, relative

SOURCE = ROOT / "src" / "preview_worker"
WIRE_WORDS = {
    "atm",
    "attemptsMade",
    "attemptsStarted",
    "failedReason",
    "failParentOnFailure",
    "finishedOn",
    "keepLogs",
    "lockDuration",
    "processedOn",
    "removeOnComplete",
    "removeOnFail",
    "returnvalue",
    "stacktrace",
}
SPOKEN_TO_NODE = {"src/preview_worker/cli/submission.py", "src/preview_worker/cli/dead.py"}
"""``status --json`` and ``dead show --json`` answer in the names that Node clients read."""


def outside_the_queue() -> Iterator[tuple[Path, ast.Module]]:
    """Yield every source file that is not the queue's, parsed."""
    for path in sorted(SOURCE.rglob("*.py")):
        if "queue" not in path.relative_to(SOURCE).parts[:1]:
            yield path, ast.parse(path.read_text())


def test_no_other_room_speaks_in_wire_words() -> None:
    """Fields of BullMQ's job hash and options are named nowhere else."""
    spoken = [
        f"{relative(path)}:{node.lineno} {node.value}"
        for path, tree in outside_the_queue()
        if relative(path) not in SPOKEN_TO_NODE
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and node.value in WIRE_WORDS
    ]
    assert spoken == []


def test_no_other_room_reads_the_options_of_a_leased_job() -> None:
    """They are the producer's, in BullMQ's spelling, and only the queue acts on them."""
    read = [
        f"{relative(path)}:{node.lineno}"
        for path, tree in outside_the_queue()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr == "options"
        and isinstance(node.value, ast.Name)
        and node.value.id in {"leased", "job", "first"}
        and "worker" in path.relative_to(SOURCE).parts[:1]
    ]
    assert read == []
