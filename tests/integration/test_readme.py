"""The README tells the truth: its commands run, its table is the code's, its links are good."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from preview_worker.queue import QueueSettings
from preview_worker.settings import Settings
from tests.workers import WorkerUnderTest, a_worker, environment, run_command

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```sh\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE)
COMMANDS = [line for block in BLOCKS for line in block.splitlines()]
RUN_ELSEWHERE = {
    "pip install .": "tests/architecture/test_package.py installs the wheel",
    "preview-worker work": "every test here talks to such a process",
    "preview-worker doctor": "tests/unit/cli/test_commands.py",
    "preview-worker verify --render": "tests/deployment/test_verify.py",
}

PAGES = sorted(
    path.relative_to(ROOT)
    for pattern in ("*.md", "docs/*.md", "examples/*.md")
    for path in ROOT.glob(pattern)
)

WRITTEN = {"differences.png", "preview", "queue.backup", "still.png"}
"""What commands write where they are typed; a test has them write elsewhere."""


@pytest.fixture
def worker(queue_settings: QueueSettings, tmp_path: Path) -> Iterator[WorkerUnderTest]:
    """A worker on a queue of its own."""
    with a_worker(queue_settings, tmp_path) as running:
        yield running


def test_every_make_command_exists() -> None:
    """Each target that is named can be made; CI runs the two that matter."""
    named = re.findall(r"\bmake ([a-z]+)\b", README)
    assert {"demo", "test", "up", "help"} <= set(named)
    for target in set(named):
        command = ["make", "-n", target]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)


def test_every_command_works_as_it_stands(
    worker: WorkerUnderTest, queue_settings: QueueSettings, tmp_path: Path
) -> None:
    """Typed one after the other where the repository was cloned, each ends with 0."""
    assert worker.process.poll() is None
    env = environment(queue_settings, tmp_path)
    commands = [line for line in COMMANDS if line.startswith("preview-worker ")]
    assert len(commands) >= 9
    for command in commands:
        if command not in RUN_ELSEWHERE:
            arguments = [
                str(ROOT / part) if part.startswith("examples/") else part
                for part in shlex.split(command)[1:]
            ]
            arguments = [str(tmp_path / part) if part in WRITTEN else part for part in arguments]
            done = run_command(*arguments, env=env)
            assert done.returncode == 0, f"{command}: {done.stderr.decode()}"
    assert (tmp_path / "preview" / "preview.mp4").is_file()
    assert (tmp_path / "still.png").is_file()


def test_every_other_command_is_run_elsewhere() -> None:
    """Nothing is shown that no test has run."""
    for line in COMMANDS:
        assert line.startswith(("make ", "export ", "preview-worker ")) or line in RUN_ELSEWHERE


def test_the_table_of_settings_is_the_codes() -> None:
    """Name, default and meaning of each stand in the README as in the code."""
    rows = [
        f"| `{name.upper()}` | {_default(field.default)} | {field.description} |"
        for name, field in Settings.model_fields.items()
    ]
    expected = "\n".join(rows)
    assert expected in README, f"put this into the README:\n{expected}"


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file(page: Path) -> None:
    """Relative links and pictures are there, in the README as in the pages that it leads to."""
    text = (ROOT / page).read_text()
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (ROOT / page.parent / target).exists(), target


def _default(value: object) -> str:
    return f"`{value}`" if value not in (None, "") else ""
